//! Where options stand among the words.

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
    // Options of one command may stand before it, too, and code may begin with a dash.
    project.imgctl(&["cloud:fake", "--older-than", "1h", "gc", "-q"]).succeeds();
    project.imgctl(&["-e", "print(1)", "run"]).succeeds().prints("1\n");
    project.imgctl(&["run", "-e", "-1"]).succeeds().prints("-1\n");
    project.imgctl(&["--format", "json", "api"]).succeeds().says("{");
    let both = ["--set", "custom.a=1", "run", "-e", code, "--set", "custom.b=2"];
    assert_eq!(project.imgctl(&both).succeeds().stdout, "3\n");
}

/// All orders of these parts.
fn orders<'p>(parts: &[&'p [&'p str]]) -> Vec<Vec<&'p str>> {
    if parts.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..parts.len() {
        let mut others = parts.to_vec();
        let first = others.remove(at);
        let ends = orders(&others);
        all.extend(ends.into_iter().map(|end| [first, end.as_slice()].concat()));
    }
    all
}

#[test]
fn every_order_of_options_settings_and_words_means_the_same() {
    let project = Project::new();
    let code: &[&str] = &["run", "-e", "print(config::get(`custom.a`) + 1)"];
    let parts: [&[&str]; 4] =
        [code, &["cloud:fake"], &["--output", "json"], &["--set", "custom.a=1"]];
    for words in orders(&parts) {
        // What follows `run` are the script's own arguments.
        let at = |word| words.iter().position(|it| *it == word);
        if at("cloud:fake") < at("run") {
            project.imgctl(&words).succeeds().says("\"text\":\"2\"");
        }
    }
    let parts: [&[&str]; 4] = [&["gc"], &["cloud:fake"], &["-q"], &["--older-than", "8h"]];
    for words in orders(&parts) {
        assert_eq!(project.imgctl(&words).succeeds().stderr, "", "{words:?}");
    }
    let parts: [&[&str]; 4] =
        [&["list_images"], &["-q"], &["--cloud=fake"], &["--on-error", "keep"]];
    for words in orders(&parts) {
        assert_eq!(project.imgctl(&words).succeeds().stderr, "", "{words:?}");
    }
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
fn an_argument_without_its_colon_is_shown_with_it() {
    let project = Project::new();
    project.write("scripts/web.rhai", "//! Web.\nlet given = args::parse([], #{ port: 80 });\n");
    let cases =
        [("web", "port=9090", "`web:port=9090`"), ("web:port=1", "b=c,d", "web:port=1,b=c")];
    for (task, word, hint) in cases {
        project.imgctl(&[task, word]).fails(2).hints(hint).calls_nothing();
    }
}
