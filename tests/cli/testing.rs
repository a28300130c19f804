//! `imgctl test`: tests of scripts, without cloud and machine.

use serde_json::Value;

use crate::project::Project;

const PASSING: &str = r#"
import "std/file" as file;

fn install(host) { file::contents(host, "/etc/agent.conf", "port=1\n") }

fn test_once() {
    let host = fake_host(#{ os: "rocky9" });
    assert_eq(host.os.family, "redhat");
    assert(install(host));
    assert(!install(host), "nothing is left to do");
}

fn test_apart() {
    assert(!fake_host().exists("/etc/agent.conf"));
}
"#;

#[test]
fn tests_pass_without_cloud_and_machine() {
    let project = Project::new();
    project.write("tests/agent_test.rhai", PASSING);
    let ran = project.imgctl(&["test"]).succeeds();
    ran.says("test_once").says("test_apart").says("2 tests passed").calls_nothing();
}

#[test]
fn a_failing_test_shows_its_line_both_values_and_what_it_printed() {
    let project = Project::new();
    project.write(
        "tests/one.rhai",
        "fn test_sum() {\n    print(\"seen\");\n    assert_eq(1 + 1, 3);\n}\n",
    );
    project.write("tests/two.rhai", "fn test_fine() { print(\"unseen\"); }\n");
    project.write("tests/kind.rhai", "fn test_kind() { assert_eq(\"1\", 1); }\n");
    let ran = project.imgctl(&["test"]).fails(1);
    ran.says("test_sum: found 2, wanted 3")
        .says("tests/one.rhai:3:5")
        .says("    assert_eq(1 + 1, 3);")
        .says("^^^^^^^^^")
        .says("seen")
        .says("test_kind: found \"1\", wanted 1")
        .says("text is not a whole number")
        .says("2 of 3 tests failed")
        .never_says("unseen");
}

#[test]
fn a_long_difference_is_shown_as_one() {
    let project = Project::new();
    let test = r#"fn test_text() {
    let lines = ["one line of the text", "another line of the text", "the third line of it", "the last one"];
    assert_eq(lines.join("\n"), lines.join("\n").to_upper().to_lower() + "!");
}"#;
    project.write("tests/long.rhai", test);
    let ran = project.imgctl(&["test"]).fails(1);
    ran.says("-the last one!").says("+the last one").says(" the third line of it");
}

#[test]
fn no_test_is_wrong_usage() {
    let project = Project::new();
    project.imgctl(&["test"]).fails(2).says("there are no tests in this project");
    project.write("tests/agent_test.rhai", PASSING);
    project
        .imgctl(&["test", "--filter", "test_onec"])
        .fails(2)
        .says("no test's name contains `test_onec`")
        .says("did you mean `test_once`?");
    let ran = project.imgctl(&["test", "--filter", "apart"]).succeeds();
    ran.says("1 test passed").never_says("test_once");
}

#[test]
fn mistakes_are_told_before_any_test_runs() {
    let project = Project::new();
    project.write("tests/fine_test.rhai", "fn test_fine() { print(\"ran\"); assert(false); }\n");
    project.write("tests/wrong_test.rhai", "fn test_wrong() { log::inof(\"x\"); }\n");
    let ran = project.imgctl(&["test"]).fails(2);
    ran.says("there is no function `log::inof`").says("tests/wrong_test.rhai:1").never_says("ran");
    project.write("tests/wrong_test.rhai", "fn test_wrong(host) { host.run(\"x\"); }\n");
    project.imgctl(&["test"]).fails(2).says("the test test_wrong takes arguments");
}

#[test]
fn a_program_that_the_host_does_not_know_fails_the_test() {
    let project = Project::new();
    let test = "fn test_typo() { fake_host().run(\"sytsemctl start agent\"); }
fn test_answered() {
    let host = fake_host(#{ commands: #{ \"^agent\": \"any\", \"^agent --version\": \"2.1\" } });
    assert_eq(host.run(\"agent --version\").stdout, \"2.1\");
    assert_eq(host.run(\"agent status\").stdout, \"any\");
}\n";
    project.write("tests/typo.rhai", test);
    let ran = project.imgctl(&["test"]).fails(1);
    ran.says("does not know the program `sytsemctl`").says("1 of 2 tests failed");
}

#[test]
fn a_misspelt_command_fails_the_test_though_its_error_is_caught() {
    let project = Project::new();
    let cases = [
        ("host.run(\"frobnicate --now\")", "the program `frobnicate`"),
        ("host.sudo(\"apt-get instal jq\")", "`apt-get instal`"),
        ("host.sudo(\"systemctl restrat nginx\")", "`systemctl restrat`"),
        ("host.run(\"mkdir --parnets /tmp/x\")", "the option `--parnets` of mkdir"),
        (
            "{ host.write(\"/tmp/s.sh\", \"frobnicate\\n\"); host.run(\"sh /tmp/s.sh\") }",
            "the program `frobnicate`",
        ),
    ];
    for (call, wanted) in cases {
        let test = format!(
            "fn test_it() {{ let host = fake_host(); try {{ {call}; }} catch {{ print(\"no\"); }} }}\n"
        );
        project.write("tests/typo.rhai", &test);
        let wanted = format!("does not know {wanted}");
        project.imgctl(&["test"]).fails(1).says(&wanted).says("1 of 1 test");
    }
}

#[test]
fn a_fake_host_has_the_programs_of_its_packages_and_no_folder_that_nobody_made() {
    let project = Project::new();
    let test = "fn test_programs() {
    let host = fake_host(#{ packages: [\"jq\"], commands: #{ \"^agent --version\": \"2.1\" } });
    assert(host.test(\"command -v jq\") && host.test(\"which curl\") && host.test(\"command -v agent\"));
    assert(!host.test(\"command -v git\"));
    host.sudo(\"apt-get install -y git\");
    assert(host.test(\"command -v git\"));
}
fn test_folder() { assert(!fake_host().test(\"echo a > /nodir/x\")); }\n";
    project.write("tests/there.rhai", test);
    project.imgctl(&["test"]).succeeds().says("2 tests passed");
}

#[test]
fn nothing_outside_of_a_test_is_reached() {
    let project = Project::new();
    let test = "fn test_local() { local::run(\"touch reached\"); }
fn test_query() { local::query(\"touch reached\"); }
fn test_http() { http::get(\"http://127.0.0.1:1/\"); }
fn test_ssh() { ssh::connect(\"admin@127.0.0.1\").run(\"true\"); }
fn test_cloud() { cloud::at(#{ cloud: \"ec2\", region: \"us-east-1\", distribution: \"debian12\" }, || cloud::images()); }
fn test_faked() {
    fake_local(#{ \"^git rev-parse\": \"3f2a1bc\" });
    assert_eq(local::query(\"git rev-parse HEAD\").stdout, \"3f2a1bc\");
    assert_eq(fake_calls(), [\"local git rev-parse HEAD\"]);
}\n";
    project.write("tests/out.rhai", test);
    let ran = project.imgctl(&["test"]).fails(1);
    ran.says("5 of 6 tests failed")
        .says("a test does not run `touch reached` on this machine")
        .says("a test does not send GET http://127.0.0.1:1/")
        .says("a test does not connect to 127.0.0.1")
        .says("--reach-out");
    assert!(!project.path().join("reached").exists());
    project.imgctl(&["test", "--reach-out", "--filter", "test_local"]).succeeds();
    assert!(project.path().join("reached").exists());
}

#[test]
fn a_test_has_the_fake_cloud_for_itself() {
    let project = Project::new();
    let test =
        "fn test_one() { cloud::up(#{}); assert_eq(cloud::host().query(\"true\").status, 0); }
fn test_other() { assert_throws(|| cloud::host(), \"no instance\"); }\n";
    project.write("tests/cloud_test.rhai", test);
    project.imgctl(&["test"]).succeeds().calls_nothing();
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn a_test_that_never_ends_has_a_limit() {
    let project = Project::new();
    project.write(
        "tests/endless.rhai",
        "fn test_endless() { loop { } }\nfn test_waits() { sleep(1000); }\n",
    );
    let ran = project.imgctl(&["test", "--limit", "1s"]).fails(1);
    ran.says("test_endless: it has not ended within 1 s").says("test_waits: it has not ended");
    project.imgctl(&["test", "--limit", "soon"]).fails(2).says("write 30s or 5m");
}

#[test]
fn a_secret_of_a_failed_test_is_not_shown() {
    let project = Project::new();
    let test = "fn test_secret() {
    let token = secret::mark(\"hunter2-hunter2\");
    print(`token ${token}`);
    assert_eq(token, \"other\");
}\n";
    project.write("tests/secret.rhai", test);
    project.imgctl(&["test"]).fails(1).says("token ").never_says("hunter2");
}

#[test]
fn programs_get_events_and_a_junit_file() {
    let project = Project::new();
    project.write(
        "tests/one_test.rhai",
        "fn test_good() { }\nfn test_bad() { assert(false, \"no luck\"); }\n",
    );
    let ran = project.imgctl(&["--output", "json", "test", "--junit", "tests.xml"]).fails(1);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let checks: Vec<Value> = lines.filter(|line| line["event"] == "check").collect();
    let told: Vec<(&str, &str)> = checks
        .iter()
        .map(|it| (it["check"].as_str().unwrap(), it["result"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("test_good", "passed"), ("test_bad", "failed")]);
    assert!(checks[1]["why"].as_str().unwrap().contains("no luck"));
    let xml = std::fs::read_to_string(project.path().join("tests.xml")).unwrap();
    assert!(
        xml.contains("test_good") && xml.contains("test_bad") && xml.contains("no luck"),
        "{xml}"
    );
}

#[test]
fn the_library_passes_its_own_tests() {
    let project = Project::new();
    project.imgctl(&["test", "--library"]).succeeds().says("stdlib/tests/user_test.rhai");
    // A copy of the project is what is tested.
    project.write("stdlib/text.rhai", "fn lines(text) { [] }\nfn joined(lines) { \"\" }\nfn with_lines(old, now) { old }\nfn with_line(text, line, pattern) { text }\nfn with_block(text, name, block, options) { text }\n");
    project
        .imgctl(&["test", "--library", "--filter", "text_test"])
        .fails(1)
        .says("test_lines_come_apart");
}

#[test]
fn a_folder_that_is_named_holds_tests_from_wherever_it_is_named() {
    let project = Project::new();
    project.write("mytests/agent.rhai", "fn test_my() { assert_eq(1, 2); }\n");
    project
        .imgctl(&["test", "mytests"])
        .fails(1)
        .says("test_my: found 1, wanted 2")
        .says("mytests/agent.rhai:1");
    project.imgctl(&["test"]).fails(2).says("there are no tests in this project");
    project.write("tests/deep/one.rhai", "fn test_one() { assert_eq(1, 1.0); }\n");
    for (folder, path) in [("tests", "."), ("tests", "deep"), ("tests/deep", "../../tests")] {
        let inside = project.path().join(folder);
        let ran = project.imgctl_with_setup(&["test", path], |command| {
            command.current_dir(inside);
        });
        ran.succeeds().says("1 test passed");
    }
}

#[test]
fn values_of_every_kind_are_compared_and_shown() {
    let project = Project::new();
    let test = "fn test_same() {
    let h = fake_host();
    assert_eq(h.query(\"true\"), h.query(\"true\"));
    assert_eq([h, #{ a: 1 }], [h, #{ a: 1.0 }]);
    let f = |x| x;
    assert_eq(f, f);
    assert_eq(1, 1.0);
}
fn test_result() { let h = fake_host(); assert_eq(h.query(\"echo a\"), h.query(\"echo b\")); }
fn test_host() { assert_eq(fake_host(#{ label: \"one\" }), fake_host(#{ label: \"two\" })); }
fn test_list() { assert_eq([1, \"a\"], [1, \"b\"]); }\n";
    project.write("tests/kinds.rhai", test);
    let ran = project.imgctl(&["test"]).fails(1).says("3 of 4 tests failed");
    ran.says("found the result #{ status: 0, stdout: \"a\", stderr: \"\" }, wanted the result")
        .says("found the host one, wanted the host two");
    let ran = project.imgctl(&["--output", "json", "test", "--filter", "test_list"]).fails(1);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let check = lines.into_iter().find(|line| line["event"] == "check").unwrap();
    assert_eq!(check["found"], serde_json::json!([1, "a"]));
    assert_eq!(check["wanted"], serde_json::json!([1, "b"]));
}

#[test]
fn hints_in_a_test_are_about_tests() {
    let project = Project::new();
    let test = "fn test_http() { http::get(\"http://127.0.0.1:1/\"); }
fn test_state() { state::set(\"a\", 1); }\n";
    project.write("tests/hints.rhai", test);
    let ran = project.imgctl(&["test"]).fails(1);
    ran.says("test what is done with the answer in a function of its own")
        .says("call `cloud::up(#{})` first in the test")
        .never_says("fake_local");
}
