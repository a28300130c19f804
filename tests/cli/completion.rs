//! What shells complete: by the program, and by a real bash, zsh and fish.

use std::path::Path;
use std::process::Command;

use crate::project::Project;
use crate::terminal::Terminal;

/// What the last of these words may become, without the descriptions.
fn complete(project: &Project, words: &[&str]) -> Vec<String> {
    let index = words.len().to_string();
    let asked = [&["__complete", &index, "imgctl"], words].concat();
    let ran = project.imgctl(&asked).succeeds().calls_nothing();
    assert_eq!(ran.stderr, "", "{ran}");
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn project() -> Project {
    let project = Project::new();
    let config = "\
defaults: {cloud: fake, distribution: debian12}
clouds:
  fake: {world: world.json, journal: journal.txt, regions: {north: {}, south: {}}, region: north}
  ec2: {regions: {us-west-2: {}, eu-central-1: {}}}
";
    project.write("config.yaml", config);
    let script = "//! Deploy an agent.
let given = args::parse([\"image\", \"label\"], #{ fast: false, port: 8080, instance: \"build\" });
step(\"fetch it\", || ());
step(\"start it\", || ());
";
    project.write("scripts/deploy.rhai", script);
    project
}

#[test]
fn tasks_settings_arguments_and_options_are_known() {
    let project = project();
    project.imgctl(&["up", "create_image"]).succeeds();
    let image = project.images().into_iter().next_back().unwrap();
    for (words, wanted) in [
        (&["boots"][..], &["bootstrap"][..]),
        (&["up", "boots"], &["bootstrap"]),
        (&["help", "boots"], &["bootstrap"]),
        (&["help", "compl"], &["completions"]),
        // It needs arguments.
        (&["deplo"], &["deploy:"]),
        (&["cloud:e"], &["cloud:ec2"]),
        (&["reg"], &["region:"]),
        (&["region:"], &["region:north", "region:south"]),
        (&["cloud:ec2", "region:us"], &["region:us-west-2"]),
        (&["--cloud", "ec2", "--region=eu"], &["--region=eu-central-1"]),
        (&["--cloud", "ec2", "--region", "us-west-2,eu"], &["us-west-2,eu-central-1"]),
        (&["--cloud", "oc"], &[]),
        (&["--cloud", "op"], &["openstack"]),
        (&["--output", "j"], &["json"]),
        (&["--on-error=k"], &["--on-error=keep"]),
        (&["--quie"], &["--quiet"]),
        (&["--dry-run", "--dry"], &[]),
        (&["gc", "--older"], &["--older-than"]),
        (&["run", "scripts/deploy.rhai", "lab"], &["label="]),
        (&["run", "scripts/deploy.rhai", "fast="], &["fast=true", "fast=false"]),
        (&["run", "scripts/deploy.rhai", "nothing-like-it"], &[":files"]),
        (&["gc", "--dry"], &["--dry-run"]),
        (&["--config", ""], &[":files"]),
        (&["test", ""], &[":files"]),
        (&["man", ""], &[":folders"]),
        (&["ssh:inst"], &["ssh:instance="]),
        (&["ssh:instance=bu"], &["ssh:instance=build"]),
        (&["up:base=n"], &["up:base=newest"]),
        (&["cloud:fake", "distribution:ubuntu24"], &["distribution:ubuntu2404"]),
        (&["run", "scr"], &[":files"]),
        (&["matrix", "c"], &["collect"]),
        (&["completions", "f"], &["fish"]),
        (&["deploy", "--from", ""], &["fetch it", "start it"]),
        (&["bootstrap", "--from", "doc"], &["docker", "docker_images"]),
        (&["help:boots"], &["help:bootstrap"]),
        (&["deploy:newest,l"], &["deploy:newest,label="]),
        (&["deploy:image=n"], &["deploy:image=newest"]),
        (&["deploy:newest,x,p"], &["deploy:newest,x,port="]),
        (&["deploy:newest,x,fast="], &["deploy:newest,x,fast=true", "deploy:newest,x,fast=false"]),
        (&["deploy:newest,x,instance="], &["deploy:newest,x,instance=build"]),
        (
            &["copy_image:newest,regions="],
            &["copy_image:newest,regions=north", "copy_image:newest,regions=south"],
        ),
        (&["deploy:a\\,b"], &[]),
        (&["--", "--quie"], &[]),
    ] {
        assert_eq!(complete(&project, words), wanted, "{words:?}");
    }
    let images = complete(&project, &["delete_image:"]);
    for wanted in ["delete_image:newest", &format!("delete_image:{image}"), "delete_image:force="] {
        assert!(images.iter().any(|it| it == wanted), "{wanted}: {images:?}");
    }
    let all = complete(&project, &[""]);
    for word in ["up", "bake", "gc", "completions", "cloud:", "deploy"] {
        assert!(all.iter().any(|it| it == word), "{word}: {all:?}");
    }
    assert!(!all.iter().any(|it| it.starts_with('_')), "{all:?}");
}

#[test]
fn a_project_that_cannot_be_read_completes_what_is_shipped_and_says_nothing() {
    for (file, text) in [
        ("config.yaml", "defaults: {cloud: [\n"),
        (".state.json", "{"),
        ("images.json", "no"),
        ("scripts/deploy.rhai", "//! Broken.\nlet given = args::parse([\"a\"], #{"),
    ] {
        let project = Project::new();
        project.write(file, text);
        assert_eq!(complete(&project, &["boots"]), ["bootstrap"], "{file}");
        assert_eq!(complete(&project, &["cloud:ec"]), ["cloud:ec2"], "{file}");
        complete(&project, &["region:"]);
        complete(&project, &["deploy:a"]);
        assert!(
            complete(&project, &["delete_image:n"]).contains(&"delete_image:newest".to_owned())
        );
    }
    let project = Project::new();
    for nonsense in [&["__complete"][..], &["__complete", "x"], &["__complete", "9", "imgctl", "a"]]
    {
        assert_eq!(project.imgctl(nonsense).succeeds().stderr, "");
    }
}

/// The lock is held by a chain that works, and completion does not wait for it.
#[test]
fn nothing_is_changed_and_no_lock_is_taken() {
    let project = project();
    project.imgctl(&["up"]).succeeds();
    let before = project.everything();
    complete(&project, &["deploy:newest,x,instance="]);
    assert_eq!(project.everything(), before);
}

fn with_program_on_path() -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_imgctl")).parent().unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

fn script(project: &Project, shell: &str) -> String {
    let text = project.imgctl(&["completions", shell]).succeeds().stdout;
    let name = if shell == "zsh" { "_imgctl".to_owned() } else { format!("imgctl.{shell}") };
    project.write(&name, &text);
    name
}

/// What is typed, and how the line goes on behind it.
const TYPED: [(&str, &str); 7] = [
    ("imgctl boots", "trap "),
    ("imgctl cloud:ec2 region:us-", "west-2 "),
    ("imgctl deplo", "y:"),
    ("imgctl -q deploy:newest,lab", "el="),
    ("imgctl deploy:newest,x,instance=b", "uild "),
    ("imgctl --on-error=dest", "roy "),
    ("imgctl gc cloud:fake --older", "-than "),
];

fn at_a_prompt(mut shell: Terminal, reload: &str) {
    shell.types(&format!("{reload}; echo re''ady\n")).shows("ready");
    for (typed, rest) in TYPED {
        // Ctrl-U empties the line at last.
        shell.types(&format!("{typed}\t")).shows(&format!("{typed}{rest}")).types("\x15");
    }
    shell.types("exit\n");
    shell.ends();
}

#[test]
fn bash_completes_words_with_colons_and_equals_signs() {
    let project = project();
    project.imgctl(&["up"]).succeeds();
    let name = script(&project, "bash");
    let words = ["/usr/bin/bash", "--norc", "--noprofile", "-i"];
    let path = with_program_on_path();
    let shell = Terminal::of(&project, &words, &[("PATH", &path), ("TERM", "dumb")]);
    at_a_prompt(
        shell,
        &format!(
            "PS1='> '; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; . ./{name}"
        ),
    );
}

#[test]
fn bash_keeps_a_name_of_several_words_one_word() {
    let project = project();
    let name = script(&project, "bash");
    let words = ["/usr/bin/bash", "--norc", "--noprofile", "-i"];
    let path = with_program_on_path();
    let mut shell = Terminal::of(&project, &words, &[("PATH", &path), ("TERM", "dumb")]);
    let load = "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'";
    shell.types(&format!("PS1='> '; {load}; . ./{name}; echo re''ady\n")).shows("ready");
    shell.types("imgctl deploy --from sta\t").shows("--from start\\ it ").types("\x15");
    shell.types("imgctl deploy --from 'sta\t").shows("--from 'start it' ").types("\x15");
    shell.types("exit\n");
    shell.ends();
}

#[test]
fn zsh_completes_the_same() {
    let project = project();
    project.imgctl(&["up"]).succeeds();
    let name = script(&project, "zsh");
    let path = with_program_on_path();
    let words = ["/usr/bin/zsh", "-f", "-i"];
    let shell = Terminal::of(&project, &words, &[("PATH", &path), ("TERM", "dumb")]);
    let load = format!(
        "PS1='> '; unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -u -D; . ./{name}"
    );
    at_a_prompt(shell, &load);
}

#[test]
fn fish_completes_the_same() {
    let project = project();
    project.imgctl(&["up"]).succeeds();
    let name = script(&project, "fish");
    for (typed, rest) in TYPED {
        let output = Command::new("/usr/bin/fish")
            .args(["--no-config", "--command", &format!("source {name}; complete -C {typed:?}")])
            .current_dir(project.path())
            .env("PATH", with_program_on_path())
            .env("HOME", project.path())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let word = typed.rsplit(' ').next().unwrap();
        let wanted = format!("{word}{}", rest.trim());
        let first = shown.lines().next().unwrap_or_default().split('\t').next().unwrap();
        assert_eq!(first, wanted, "{typed}\n{shown}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn other_shells_complete_options_and_commands() {
    let project = Project::new();
    for shell in ["elvish", "powershell"] {
        project.imgctl(&["completions", shell]).succeeds().says("--dry-run");
    }
}
