//! What is typed wrongly is refused before anything is done, with status 2 and the cure.

use crate::project::Project;

#[test]
fn an_unknown_name_is_refused_with_the_nearest_one() {
    let project = Project::new();
    let config = "\
defaults: {cloud: fake, distribution: debian12}
clouds: {fake: {regions: {north-1: {}, south-1: {}}}}
";
    project.write("config.yaml", config);
    let cases: &[(&[&str], &str, &str)] = &[
        (&["up", "boostrap"], "there is no task `boostrap`", "did you mean `bootstrap`?"),
        (&["cloud:fak", "up"], "unknown cloud `fak`", "did you mean `fake`?"),
        (&["--cloud", "fak", "up"], "unknown cloud `fak`", "did you mean `fake`?"),
        (&["clod:fake", "up"], "there is no task `clod`", "did you mean `cloud:fake`?"),
        (&["region:nort-1", "up"], "unknown region `nort-1`", "did you mean `north-1`?"),
        (
            &["cloud:local", "distribution:debian21", "up"],
            "unknown distribution `debian21` of cloud local",
            "did you mean `debian12`?",
        ),
        (
            &["--set", "ci_imag.umask=022", "up"],
            "--set ci_imag.umask: unknown key ci_imag",
            "did you mean `ci_image`?",
        ),
        (
            &["--set", "clouds.fake.worlds=x", "up"],
            "--set clouds.fake.worlds: unknown key clouds.fake.worlds",
            "did you mean `world`?",
        ),
        (&["--dryrun", "up"], "unexpected argument '--dryrun'", "'--dry-run'"),
        (&["up:bse=x"], "up has no argument `bse`", "did you mean `base`?"),
        (&["lst"], "there is no task or command `lst`", "did you mean `list`?"),
        (&["build"], "there is no task or command `build`", "write `imgctl bake`"),
        (&["validate", "config.yaml"], "there is no task or command `validate`", "`imgctl check`"),
        (&["bake", "-var", "x=1"], "imgctl has no option `-var`", "write `--set vars.NAME=VALUE`"),
        (&["bake", "-on-error=ask"], "imgctl has no option `-on-error`", "write `--on-error`"),
        (&["--list"], "imgctl has no option `--list`", "write `imgctl list`"),
        (&["run", "bootstrap"], "cannot read bootstrap", "`imgctl bootstrap` runs it"),
        (&["help", "host.run"], "there is no task `host.run`", "`imgctl api host.run` shows how"),
        (&["help", "std/package"], "there is no task `std/package`", "`imgctl api package`"),
        (&["help", "region"], "there is no task `region`", "it is a setting, `region:NAME`"),
    ];
    for (words, error, hint) in cases {
        project.imgctl(words).fails(2).says(&format!("error: {error}")).says(hint).calls_nothing();
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_right_form() {
    let project = Project::new();
    let cases: &[(&[&str], &str, &str)] = &[
        (&["cloud:", "up"], "`cloud:` names no cloud", "write `cloud:NAME`"),
        (&["cloud:local", "region:x", "up"], "cloud local has no regions", "omit `region:`"),
        (&["--set", "memory", "up"], "`--set memory` has no value", "--set key=value"),
        (&["up", "list"], "`list` is a command, not a task", "run it by itself"),
        (&["list", "up"], "unexpected argument 'up'", "Usage: imgctl list"),
        (&["destroy:now"], "destroy takes no arguments", ""),
        (&["delete_image"], "delete_image needs the argument `id`", "usage: delete_image:id"),
        (
            &["--fresh", "--from", "x", "bootstrap"],
            "the argument '--fresh' cannot be used",
            "--from",
        ),
        (&["bootstrap", "--from", "packges"], "no task of this command has a step", "whole name"),
        (&["run"], "`imgctl run` needs a script", "pass a script file"),
        (&["run", "missing.rhai"], "cannot read missing.rhai", "pass the path of a script file"),
        (&["run", "--from", "x", "-e", "1"], "`--from` needs a script file", ""),
    ];
    for (words, error, hint) in cases {
        project.imgctl(words).fails(2).says(&format!("error: {error}")).says(hint).calls_nothing();
    }
}

#[test]
fn a_mistake_in_the_last_word_shows_before_the_first_is_run() {
    let project = Project::new();
    project.write("scripts/last.rhai", "//! Last.\ncloud::host().rnu(\"ls\");\n");
    project
        .imgctl(&["up", "last"])
        .fails(2)
        .says("error: a host has no method `rnu`")
        .says("scripts/last.rhai:2")
        .calls_nothing();
    project
        .imgctl(&["up", "tests:x,y"])
        .fails(2)
        .says("error: tests does not take the argument")
        .hints("usage")
        .calls_nothing();
}

#[test]
fn a_state_of_something_else_is_refused_and_kept() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let before = project.everything();
    let cases: &[(&[&str], &str)] = &[
        (&["cloud:local", "status"], "belongs to cloud `fake`, not `local`"),
        (&["region:x", "down"], "not `x`"),
        (&["distribution:centos7", "up"], "not `centos7`"),
    ];
    for (words, error) in cases {
        let ran = project.imgctl(words).fails(2).says("error: PROJECT/.state.json").says(error);
        ran.hints("`imgctl destroy`").calls_nothing();
    }
    let ran = project.imgctl(&["cloud:fak", "status"]).fails(2).says("unknown cloud `fak`");
    ran.hints("did you mean `fake`?").never_says("destroy").calls_nothing();
    assert_eq!(project.everything(), before);
}

#[test]
fn help_shows_every_task_command_and_examples() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "//! Mine alone.\n//!\n//! More about it.\nprint(1);\n");
    let tasks = ["up", "bootstrap", "tests", "create_image", "verify_image", "destroy", "mine"];
    // No words are help, too.
    for words in [&["help"][..], &[]] {
        let ran = project.imgctl(words).succeeds();
        assert_eq!(ran.stderr, "");
        for task in tasks {
            let line = |line: &str| line.trim_start().starts_with(&format!("{task} "));
            assert!(ran.stdout.lines().any(line), "no {task} in\n{}", ran.stdout);
        }
        ran.says("Mine alone.");
    }
    let page = project.imgctl(&["help:mine"]).stdout;
    assert!(page.starts_with("Mine alone.\n\nMore about it.\n"), "{page}");

    let help = project.imgctl(&["--help"]).stdout;
    let commands = ["run", "list", "check", "api", "lsp", "init", "gc", "completions"];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "no {command} in\n{help}");
        let ran = project.imgctl(&[command, "--help"]).succeeds();
        assert!(ran.stdout.starts_with(|c: char| c.is_uppercase()), "{}", ran.stdout);
    }
    for (command, example) in
        [("run", "imgctl run -e"), ("check", "imgctl check"), ("gc", "gc --dry-run")]
    {
        let help = project.imgctl(&[command, "--help"]).stdout;
        let examples = help.split("Examples:").nth(1).unwrap_or_default();
        assert!(examples.contains(example), "no example in\n{help}");
    }
    assert!(help.contains("Examples:\n  imgctl cloud:local"), "{help}");
}

#[test]
fn a_task_may_not_be_called_like_a_command() {
    let project = Project::new();
    project.write("scripts/gc.rhai", "//! Mine.\nprint(\"mine\");\n");
    project.imgctl(&["check"]).fails(2).says("scripts/gc.rhai");
}

#[test]
fn completions_are_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Project::new().imgctl(&["completions", shell]).succeeds();
        assert_eq!(ran.says("__complete").stderr, "");
    }
}

#[test]
fn user_data_that_cloud_init_would_not_carry_out_is_refused() {
    let project = Project::new();
    project.write("setup.sh", "#!/bin/sh\necho mine\n");
    project.write("notes.txt", "remember the milk\n");
    let set = |words: &[&'static str]| {
        let options = words.iter().flat_map(|word| ["--set", word]);
        options.chain(["cloud:fake", "up"]).collect::<Vec<_>>()
    };
    let cases: &[(&[&'static str], &str, &str)] = &[
        (
            &["clouds.fake.user_data=setup.sh"],
            "user_data begins with \"setup.sh\"",
            "`user_data_file`",
        ),
        (&["clouds.fake.user_data_file=notes.txt"], "user_data_file ", "#cloud-config"),
        (&["clouds.fake.user_data_file=setup.txt"], "cannot read user_data_file ", "No such file"),
        (
            &["clouds.fake.user_data='#!/bin/sh'", "clouds.fake.user_data_file=setup.sh"],
            "user_data and user_data_file are both set",
            "remove one of them",
        ),
    ];
    for (words, error, cure) in cases {
        project
            .imgctl(&set(words))
            .fails(2)
            .says(&format!("error: {error}"))
            .says(cure)
            .calls_nothing();
    }
    project.imgctl(&set(&["clouds.fake.user_data_file=setup.sh"])).succeeds();
}

#[test]
fn only_arguments_that_are_declared_for_certain_are_refused_ahead() {
    let project = Project::new();
    let code = "//! Either.
let given = if args::text().starts_with(\"x=\") { args::parse([], #{ x: 1 }) } else { args::parse([], #{ y: 1 }) };
print(given);
";
    project.write("scripts/either.rhai", code);
    project
        .write("scripts/helper.rhai", "//! Helper.\nfn never() { args::parse([], #{ a: 1 }) }\n");
    project.imgctl(&["either:y=2"]).succeeds().prints("#{\"y\": 2}\n");
    project.imgctl(&["either:x=2"]).succeeds().prints("#{\"x\": 2}\n");
    project.imgctl(&["helper:b=2"]).succeeds();
    let code = "//! One.\nconst DEFAULTS = #{ rate: 1.5, \"key-one\": 1 };
let given = args::parse([], DEFAULTS);\nprint(given.rate + given[\"key-one\"]);\n";
    project.write("scripts/one.rhai", code);
    project.imgctl(&["help", "one"]).succeeds().says("rate").says("number").says("key-one");
    project.imgctl(&["one:rate=2.5,key-one=3"]).succeeds().prints("5.5\n");
    project.imgctl(&["one:rate=x"]).fails(2).says("which is not a number").calls_nothing();
    project.imgctl(&["one:port=3"]).fails(2).says("has no argument `port`").calls_nothing();
    project.imgctl(&["help", "ssh"]).succeeds().says("Arguments:\n  instance");
}

/// 130 is shown by the tests about interruptions.
#[test]
fn exit_codes_are_those_of_the_readme() {
    let project = Project::new();
    project.imgctl(&["run", "-e", "print(1)"]).succeeds();
    project.imgctl(&["run", "-e", "throw \"x\""]).fails(1);
    project.imgctl(&["run", "-e", "task::exit(7)"]).fails(7);
    project.imgctl(&["--no-such-option"]).fails(2);
    project.imgctl(&["run", "-e", "nohting()"]).fails(2);
    project.imgctl(&["--set", "ssh.prot=1", "up"]).fails(2);
    project.imgctl_with("fail_at", 1, &["up"]).fails(3);
    project.imgctl(&["run", "-e", "http::get(\"http://127.0.0.1:1/\")"]).fails(3);
    project.imgctl(&["up"]).succeeds();
    project.imgctl(&["ssh:exit 7"]).fails(7);
    project.write(".state.json", "{");
    project.imgctl(&["status"]).fails(2);
}
