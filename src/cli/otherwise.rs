//! What people type who know other tools, and what it is here: words of the command line, and options.

use clap::CommandFactory;

use super::arguments::Cli;

/// In place of a task: Packer's, Vagrant's, Terraform's and Ansible's commands, and names that are near at hand.
const WORDS: &[(&str, &str)] = &[
    (
        "apply",
        "write `imgctl bake`, or the tasks that it consists of: `imgctl up bootstrap create_image`",
    ),
    (
        "build",
        "write `imgctl bake`, or the tasks that it consists of: `imgctl up bootstrap create_image`",
    ),
    ("clean", "write `imgctl destroy`, or `imgctl gc` for what other runs have left"),
    ("connect", "write `imgctl ssh`"),
    ("console", "write `imgctl repl`"),
    ("delete", "write `imgctl destroy`, or `imgctl delete_image:ID`"),
    ("docs", "write `imgctl api`"),
    ("exec", "write `imgctl ssh:'COMMAND'`"),
    ("halt", "write `imgctl down`"),
    ("image", "write `imgctl create_image`, or `imgctl list_images`"),
    ("images", "write `imgctl list_images`"),
    ("inspect", "write `imgctl status`"),
    ("install", "write `imgctl bootstrap`"),
    ("lint", "write `imgctl check`"),
    ("logs", "write `--log FILE` beside the tasks, and `-v` to see each command"),
    ("ls", "write `imgctl list_images`, or `imgctl list` for the tasks"),
    ("new", "write `imgctl init`"),
    ("plan", "write `imgctl --dry-run bake`"),
    ("provision", "write `imgctl bootstrap`"),
    ("ps", "write `imgctl status`"),
    ("remove", "write `imgctl destroy`, or `imgctl delete_image:ID`"),
    ("rm", "write `imgctl destroy`, or `imgctl delete_image:ID`"),
    ("shell", "write `imgctl ssh`"),
    ("show", "write `imgctl status`"),
    ("snapshot", "write `imgctl create_image`"),
    ("start", "write `imgctl up`"),
    ("stop", "write `imgctl down`"),
    ("tasks", "write `imgctl list`"),
    ("terminate", "write `imgctl destroy`"),
    ("validate", "write `imgctl check`"),
    ("verify", "write `imgctl verify_image`"),
    ("version", "write `imgctl --version`"),
];

/// In place of an option, without a value.
const OPTIONS: &[(&str, &str)] = &[
    ("--ask", "write `--on-error ask`"),
    ("--check", "write `--dry-run`, or `imgctl check` to look for mistakes only"),
    ("--debug", "write `-v`, or `-vv` for what is sent and compared"),
    ("--diff", "write `--dry-run`, which shows what files would change"),
    ("--extra-vars", "write `--set vars.NAME=VALUE`, or `--vars FILE`"),
    ("--fabfile", "write `--config FOLDER/config.yaml`: tasks are in `scripts/` beside it"),
    (
        "--force",
        "write `--yes` to answer questions; `imgctl help TASK` shows what a task may be forced to",
    ),
    (
        "--hosts",
        "name machines under `hosts:` in config.yaml, and ask for them by `hosts::get(\"NAME\")`",
    ),
    (
        "--inventory",
        "name machines under `hosts:` in config.yaml, and ask for them by `hosts::get(\"NAME\")`",
    ),
    ("--json", "write `--output json`"),
    ("--list", "write `imgctl list`"),
    ("--only", "write `--cloud`, `--region` or `--distribution`"),
    ("--parallel", "write `--jobs COUNT`"),
    ("--tags", "write `--from STEP` to begin at a step"),
    ("--user", "write `--set username=NAME`"),
    ("--var", "write `--set vars.NAME=VALUE`, or `TASK:NAME=VALUE` for an argument of a task"),
    ("--var-file", "write `--vars FILE`"),
    (
        "-H",
        "name machines under `hosts:` in config.yaml, and ask for them by `hosts::get(\"NAME\")`",
    ),
    (
        "-i",
        "name machines under `hosts:` in config.yaml, and ask for them by `hosts::get(\"NAME\")`",
    ),
    ("-j", "write `--jobs COUNT`"),
    ("-l", "write `imgctl list`"),
    ("-machine-readable", "write `--output json`"),
    ("-t", "write `--from STEP` to begin at a step"),
    ("-u", "write `--set username=NAME`"),
];

/// What to write in place of a word that is no task.
pub fn word(name: &str) -> Option<&'static str> {
    WORDS.iter().find(|(word, _)| *word == name).map(|(_, hint)| *hint)
}

/// What to write in place of an option that there is not, as it was typed: with its dashes and its value.
pub fn option(typed: &str) -> Option<String> {
    let name = typed.split('=').next().unwrap_or_default();
    let known = |name: &str| OPTIONS.iter().find(|(option, _)| *option == name);
    // Packer's and Terraform's options have one dash.
    let long = format!("-{name}");
    if let Some((_, hint)) = known(name).or_else(|| known(&long)) {
        return Some((*hint).to_owned());
    }
    let shape = Cli::command();
    let is_one =
        shape.get_arguments().filter_map(clap::Arg::get_long).any(|it| long == format!("--{it}"));
    is_one.then(|| format!("write `{long}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Task;

    #[test]
    fn what_is_written_instead_is_no_task_and_no_option() {
        let shape = Cli::command();
        for (name, _) in WORDS {
            assert!(shape.find_subcommand(name).is_none(), "{name}");
            assert!(Task::find(std::path::Path::new("/nowhere"), name).is_err(), "{name}");
        }
        for (name, _) in OPTIONS {
            let is = |arg: &clap::Arg| {
                arg.get_long().is_some_and(|long| *name == format!("--{long}"))
                    || arg.get_short().is_some_and(|letter| *name == format!("-{letter}"))
            };
            assert!(!shape.get_arguments().any(is), "{name}");
        }
    }

    #[test]
    fn options_of_other_tools_have_one_dash_or_two() {
        assert_eq!(option("-on-error=ask").as_deref(), Some("write `--on-error`"));
        assert_eq!(option("-var-file=a"), option("--var-file"));
        assert!(option("-var").is_some_and(|hint| hint.contains("--set")));
        assert_eq!(option("--nothing-like-it"), None);
        assert_eq!(option("-x"), None);
    }
}
