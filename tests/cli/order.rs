//! Where options stand among the words, and what `help` takes.

use crate::project::Project;

#[test]
fn options_stand_anywhere_among_words_and_commands() {
    let project = Project::new();
    for line in [
        "-q cloud:fake gc",
        "cloud:fake -q gc",
        "cloud:fake gc -q",
        "gc cloud:fake -q",
        "gc -q --cloud fake",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(project.imgctl(&words).succeeds().stderr, "", "{line}");
    }
    for line in [
        "--output json cloud:fake run -e 1+1",
        "cloud:fake --output json run -e 1+1",
        "cloud:fake run --output json -e 1+1",
        "cloud:fake run -e 1+1 --output json",
        "run -e 1+1 --cloud fake --output json",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        project.imgctl(&words).succeeds().says("\"text\":\"2\"");
    }
    let code = "print(config::get(\"custom.a\") + config::get(\"custom.b\"))";
    let both = ["--set", "custom.a=1", "run", "-e", code, "--set", "custom.b=2"];
    assert_eq!(project.imgctl(&both).succeeds().stdout, "3\n");
}

#[test]
fn variables_are_options_that_the_command_line_overrides() {
    let project = Project::new();
    let with = |words: &[&str], name: &str, value: &str| {
        project.imgctl_with_setup(words, |command| {
            command.env(name, value);
        })
    };
    let code = ["run", "-e", "print(1)"];
    with(&code, "IMGCTL_OUTPUT", "json").succeeds().says("\"event\":\"print\"");
    let typed = ["--output", "human", "run", "-e", "print(1)"];
    assert_eq!(with(&typed, "IMGCTL_OUTPUT", "json").succeeds().stdout, "1\n");
    with(&code, "IMGCTL_OUTPUT", "jsn").fails(2).says("IMGCTL_OUTPUT is `jsn`").hints("json");
    with(&["up"], "IMGCTL_DRY_RUN", "yes").succeeds();
    assert!(project.debris().is_empty());
    with(&["up"], "IMGCTL_DRY_RUN", "maybe").fails(2).hints("true or false").calls_nothing();
    let code = ["run", "-e", "print(config::get(\"custom.a\"))"];
    assert_eq!(with(&code, "IMGCTL_SET", "custom.a=7").succeeds().stdout, "7\n");
}

#[test]
fn help_takes_words_and_runs_none() {
    let project = Project::new();
    let page = project.imgctl(&["help:up"]).succeeds().stdout;
    assert!(page.starts_with("Start the instance"), "{page}");
    for words in [
        &["help", "up"][..],
        &["up", "--help"],
        &["cloud:fake", "up", "-h"],
        &["help", "up:base=x"],
    ] {
        let ran = project.imgctl(words).succeeds().calls_nothing();
        assert_eq!(ran.stdout, page, "{words:?}");
    }
    let both = project.imgctl(&["help", "up", "destroy"]).succeeds().calls_nothing();
    assert!(both.stdout.starts_with(&page) && both.stdout.contains("Images stay"), "{both}");
    project.imgctl(&["help", "gc"]).succeeds().says("--older-than");
    project.imgctl(&["up", "help"]).fails(2).hints("imgctl help up").calls_nothing();
    project.imgctl(&["help", "upp"]).fails(2).hints("`up`");
}

#[test]
fn an_argument_without_its_colon_is_shown_with_it() {
    let project = Project::new();
    project.write("scripts/web.rhai", "//! Web.\nlet given = args::parse([], #{ port: 80 });\n");
    let cases =
        [("web", "port=9090", "`web:port=9090`"), ("web:port=1", "b=c,d", "web:port=1,b=c")];
    for (task, word, hint) in cases {
        project.imgctl(&[task, word]).fails(2).hints(hint).calls_nothing();
    }
}
