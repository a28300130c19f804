//! `imgctl run`: files, code, standard input, and their arguments.

use std::fs::File;

use crate::project::Project;

#[test]
fn the_worth_of_an_expression_is_its_result() {
    let project = Project::new();
    let cases = [
        ("1 + 1", "2\n"),
        ("\"a\"", "a\n"),
        ("print(\"a\")", "a\n"),
        ("let a = 1;", ""),
        ("[1, \"a\"]", "[1, \"a\"]\n"),
        ("config::get(\"defaults.cloud\")", "fake\n"),
    ];
    for (code, stdout) in cases {
        assert_eq!(project.imgctl(&["run", "-e", code]).succeeds().stdout, stdout, "{code}");
    }
    project.imgctl(&["up"]);
    let ran = project.imgctl(&["run", "-e", "cloud::host()"]);
    assert_eq!(ran.stdout, "imgctl-debian12\n");
    project.imgctl(&["run", "-e", "let a = ;"]).fails(2).says("-e:1").calls_nothing();
}

#[test]
fn a_script_comes_from_standard_input() {
    let project = Project::new();
    project.write("code", "print(`${args::positional()}`);\nthrow \"line two\";\n");
    let ran = project.imgctl_with_setup(&["run", "-", "a", "b"], |command| {
        command.stdin(File::open(project.path().join("code")).unwrap());
    });
    assert_eq!(ran.fails(1).says("--> stdin:2").stdout, "[\"a\", \"b\"]\n");
}

#[test]
fn arguments_have_places_and_names() {
    let project = Project::new();
    let script = "let given = args::parse([\"host\"], #{ user: \"root\" });\n\
                  print(`${given.host} ${given.user}`);\n";
    project.write("tool.rhai", script);
    let run = |words: &[&str]| project.imgctl(&[&["run", "tool.rhai"], words].concat());
    assert_eq!(run(&["10.0.0.7"]).stdout, "10.0.0.7 root\n");
    assert_eq!(run(&["10.0.0.7", "user=ci"]).stdout, "10.0.0.7 ci\n");
    assert_eq!(run(&["user=ci", "host=10.0.0.7"]).stdout, "10.0.0.7 ci\n");
    run(&["--user", "ci"])
        .fails(2)
        .says("imgctl has no option `--user`")
        .hints("run tool.rhai user=ci`");
    run(&[])
        .fails(2)
        .says("error: tool.rhai needs the argument `host`")
        .hints("usage: ")
        .calls_nothing();
    run(&["a", "b", "c"])
        .fails(2)
        .says("error: tool.rhai does not take the argument")
        .hints("usage: ")
        .calls_nothing();
    run(&["a", "usr=b"])
        .fails(2)
        .says("error: tool.rhai has no argument `usr`")
        .says("did you mean `user`?")
        .calls_nothing();
}

#[test]
fn a_word_gives_arguments_with_commas_and_quotes() {
    let project = Project::new();
    project.write(
        "scripts/show.rhai",
        "//! Show.\nprint(args::text());\nprint(args::parse([\"a\"], #{ b: \"\" }));\n",
    );
    let ran = project.imgctl(&["show:one,b=two words"]).succeeds();
    assert_eq!(ran.stdout, "one,b=two words\n#{\"a\": \"one\", \"b\": \"two words\"}\n");
}

#[test]
fn the_command_given_to_ssh_passes_its_status_on() {
    let project = Project::new().answer("- {command: '^make check$', status: 4}");
    project.imgctl(&["up"]);
    project.imgctl(&["ssh:make check"]).fails(4);
    project.imgctl(&["ssh:true"]).succeeds();
}

#[test]
fn an_instance_that_cannot_be_reached_is_asked_about_in_the_cloud() {
    let project = Project::new();
    project.imgctl(&["cloud:fake", "up"]);
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    // As if somebody else had done it, or a spot market: the state knows nothing of it.
    let behind_our_back = |task| {
        project.imgctl(&[task]);
        project.write(".state.json", &state);
    };
    behind_our_back("down");
    for words in [["ssh:true"], ["tests"]] {
        let ran = project.imgctl(&words).says(") is stopped");
        ran.says("caused by: cannot connect").hints("`imgctl up`");
    }
    behind_our_back("destroy");
    project.imgctl(&["ssh:true"]).fails(1).says("no longer exists").never_says("is kept");
}

/// The tests fail on it, so that verify_image keeps it.
fn with_a_verify_instance() -> Project {
    let project =
        Project::new().answer("- {host: verify, command: '^make check$', stdout: checked}");
    project.write("scripts/tests.rhai", "//! Fail.\nif args::text() != \"\" { throw \"no\" }\n");
    project.imgctl(&["up", "create_image"]).succeeds();
    project.imgctl(&["verify_image"]).fails(1).says("`imgctl ssh:instance=verify`");
    project
}

#[test]
fn a_shell_on_the_instance_that_verify_image_keeps() {
    let project = with_a_verify_instance();
    let ran = project.imgctl(&["ssh:instance=verify,make check"]).succeeds();
    assert!(ran.calls.iter().any(|call| call.contains("ssh verify run: make check")), "{ran}");
    let ran = project.imgctl(&["ssh:instance=verify"]).succeeds();
    assert!(ran.calls.iter().any(|call| call.contains("ssh verify shell")), "{ran}");
    project.imgctl(&["ssh:instance=nobody"]).fails(1).hints("role: \"nobody\"");
}

#[test]
fn a_verify_instance_that_is_gone_or_stopped_is_cured_by_verify_image() {
    let project = with_a_verify_instance();
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    let words = ["ssh:instance=verify,true"];
    project.imgctl(&["run", "-e", "cloud::down(\"verify\")"]).succeeds();
    project.imgctl(&words).fails(2).hints("`imgctl verify_image`").never_says("`imgctl up`");
    project.write(".state.json", &state);
    project.imgctl(&words).fails(1).says(") is stopped").hints("`imgctl verify_image`");
    project.imgctl(&["run", "-e", "cloud::destroy(\"verify\")"]).succeeds();
    let ran = project.imgctl(&words).fails(1).hints("`imgctl verify_image`");
    ran.says("there is no instance `verify`");
    project.write(".state.json", &state);
    let ran = project.imgctl(&words).fails(1).says("no longer exists");
    ran.hints("`imgctl verify_image`").never_says("destroy up");
}

#[test]
fn a_host_key_that_was_to_be_read_is_not_taken_from_whoever_answers() {
    let project = Project::new();
    let console = ["--set", "clouds.fake.ssh={host_key: console, ready_timeout: 1s}"];
    let with = |words: &[&'static str]| project.imgctl(&[&console, words].concat());
    let ran = with(&["cloud:fake", "up"]);
    assert_ne!(ran.status, 0, "the fake's console shows no key:\n{ran}");
    let ran = with(&["ssh:true"]).fails(2);
    ran.says("the host key of imgctl-debian12 is not known yet").hints("`imgctl up`");
}

#[test]
fn what_is_hardly_meant_is_told_before_a_file_runs() {
    let project = Project::new();
    let warning = "warning: odd.rhai:1:5: `unused` is never read";
    project.write("odd.rhai", "let unused = 1;\nprint(\"done\");\n");
    let ran = project.imgctl(&["run", "odd.rhai"]).succeeds().says(warning).prints("done\n");
    assert_eq!(ran.stderr.matches("warning").count(), 1, "{}", ran.stderr);
    // A line that was typed is seen as it is.
    project.imgctl(&["run", "-e", "let unused = 1;"]).succeeds().never_says("warning");
    let unused: String = (0..5).map(|n| format!("let unused{n} = 1;\n")).collect();
    project.write("odd.rhai", &unused);
    project.imgctl(&["run", "odd.rhai"]).says("2 more: `imgctl check odd.rhai` shows them");
}

#[test]
fn a_whole_number_that_is_too_large_is_told() {
    let project = Project::new();
    for (code, number) in [
        ("json::parse(\"[-99999999999999999999]\")", "-99999999999999999999"),
        ("yaml::parse(\"a: 18446744073709551615\")", "18446744073709551615"),
    ] {
        let ran = project.imgctl(&["run", "-e", code]).succeeds();
        ran.says(&format!("warning: the whole number {number} has more than 63 bits"));
    }
    project.imgctl(&["run", "-e", "json::parse(\"[1, 1e30]\")"]).succeeds().never_says("warning");
}
