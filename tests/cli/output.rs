//! What is shown, to people and to programs.

use serde_json::Value;

use crate::project::Project;

const BAKE: &[&str] = &["up", "bootstrap", "tests", "create_image", "list_images", "destroy"];

#[test]
fn pipes_get_no_colours_unless_asked_for() {
    let project = Project::new();
    let ran = project.imgctl(BAKE).succeeds();
    let escapes = |text: &str| text.contains('\x1b');
    assert!(!escapes(&ran.stdout) && !escapes(&ran.stderr), "{}", ran.stderr);
    let forced = project.imgctl_with_setup(&["up"], |command| {
        command.env("CLICOLOR_FORCE", "1");
    });
    assert!(escapes(&forced.stderr), "{}", forced.stderr);
    let refused = project.imgctl_with_setup(&["status", "destroy"], |command| {
        command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    });
    assert!(!escapes(&refused.stdout) && !escapes(&refused.stderr), "{}", refused.stderr);
    // What is typed wins over NO_COLOR, and IMGCTL_COLOR is the option.
    let with = |words: &[&str], name: &str, value: &str| {
        let ran = project.imgctl_with_setup(words, |command| {
            command.env(name, value);
        });
        escapes(&ran.stderr)
    };
    assert!(with(&["--color", "always", "nosuch"], "NO_COLOR", "1"));
    assert!(!with(&["--color", "never", "nosuch"], "CLICOLOR_FORCE", "1"));
    assert!(with(&["nosuch"], "IMGCTL_COLOR", "always"));
    assert!(with(&["--nonsense"], "IMGCTL_COLOR", "always"));
    assert!(!with(&["--nonsense", "--color=never"], "IMGCTL_COLOR", "always"));
}

#[test]
fn results_are_on_stdout_and_the_story_on_stderr() {
    let project = Project::new();
    let ran = project.imgctl(&["up", "create_image"]);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    let id = ran.stdout.trim().strip_prefix("created server image: ").unwrap();
    assert!(project.images().contains(id));
    ran.says("create_image (");
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_line_of_json_is_an_event() {
    let project = Project::new();
    let ran = project.imgctl(&[&["--output", "json"], BAKE].concat()).succeeds();
    assert_eq!(ran.stderr, "");
    let events = events(&ran.stdout);
    let named = |name: &str| -> Vec<&Value> {
        events.iter().filter(|event| event["event"] == name).collect()
    };
    let tasks: Vec<_> = named("task_finished").iter().map(|event| event["task"].clone()).collect();
    assert_eq!(tasks, BAKE);
    let image = &named("created_image")[0]["id"];
    assert_eq!(&named("row")[0]["row"]["id"], image);
    assert!(named("step_finished").len() > 5, "{}", ran.stdout);

    let failed = project.imgctl(&["--output", "json", "tests"]).fails(1);
    assert_eq!(failed.stderr, "");
    let mut events = self::events(&failed.stdout);
    assert_eq!(events.pop().unwrap()["event"], "end");
    let last = events.pop().unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["code"], "not_found");
    assert_eq!(last["hint"], "run `imgctl up` to start one");
    assert_eq!(last["place"], "scripts/tests.rhai:13:19");
    assert_eq!((&last["file"], &last["line"]), (&"scripts/tests.rhai".into(), &13.into()));
    assert_eq!(last["column"], 19);
}

#[test]
fn quiet_shows_results_and_failures_only() {
    let project = Project::new();
    let ran = project.imgctl(&["-q", "up", "create_image"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.starts_with("created server image: "), "{}", ran.stdout);
    project.imgctl(&["-q", "delete_image:nothing"]).fails(1).says("error: ");
}

/// Every code of a thrown error ends the process as the README says.
#[test]
fn exit_codes_tell_what_kind_of_failure_it_was() {
    let project = Project::new();
    let code = |code: &str| format!("throw #{{ code: \"{code}\", message: \"m\" }};");
    let cases = [
        ("failed", 1),
        ("command_failed", 1),
        ("not_found", 1),
        ("timeout", 1),
        ("io", 1),
        ("usage", 2),
        ("config", 2),
        ("script", 2),
        ("state", 2),
        ("capability", 2),
        ("refused", 3),
        ("connection", 3),
        ("authentication", 3),
        ("host_key_changed", 3),
        ("interrupted", 130),
    ];
    for (name, status) in cases {
        project.imgctl(&["run", "-e", &code(name)]).fails(status);
    }
    project.imgctl(&["run", "-e", "1"]).succeeds();
    let leave = "fn leave() { exit(42); }\nretry(#{}, || leave());";
    for leaves in ["task::exit(42);", "exit(42);", leave] {
        let script = format!("//! Leave.\n{leaves}\nprint(\"not reached\");\n");
        project.write("scripts/leave.rhai", &script);
        assert_eq!(project.imgctl(&["leave", "up"]).fails(42).stdout, "");
    }
    assert_eq!(project.imgctl(&["run", "-e", "exit(); print(1)"]).succeeds().stdout, "");
}

#[test]
fn an_error_of_a_script_shows_its_line() {
    let project = Project::new();
    let cases = [
        // It does not compile.
        ("let a = ;", " --> scripts/one.rhai:2:9\n  |\n2 | let a = ;\n  |         ^\n"),
        // The check finds it.
        (
            "clod::up();",
            " --> scripts/one.rhai:2:1\n  |\n2 | clod::up();\n  | ^^^^\nhint: did you mean `cloud`?\n",
        ),
        // It fails, in a function.
        (
            "fn f(x) { x.nothing.more }\nf(5);",
            " --> scripts/one.rhai:2:13\n  |\n2 | fn f(x) { x.nothing.more }\n  |             ^^^^^^^\n",
        ),
        // What another task throws.
        ("task::run(\"two\");", " --> scripts/two.rhai:2:1\n  |\n2 | throw \"no\";\n  | ^^^^^\n"),
    ];
    project.write("scripts/two.rhai", "//! Two.\nthrow \"no\";\n");
    for (text, shown) in cases {
        project.write("scripts/one.rhai", &format!("//! One.\n{text}\n"));
        let ran = project.imgctl(&["one"]);
        assert!(ran.status != 0 && ran.stderr.contains(shown), "{ran}");
    }
    // In a module, called by the script.
    project.write("stdlib/three.rhai", "fn three() { throw \"no\"; }\n");
    project.write("scripts/one.rhai", "import \"std/three\" as three;\nthree::three();\n");
    let ran = project.imgctl(&["one"]);
    let shown = "2 | three::three();\n  |        ^^^^^\n  |\n  = note: in stdlib/three.rhai:1\n";
    assert!(ran.stderr.contains(shown), "{ran}");
}

#[test]
fn scripts_read_and_write_yaml() {
    let project = Project::new();
    let script = r##"//! Read and write.
let read = yaml::parse("a: [1, 012, yes, ~, 1.5]\nb: &b {2: x}\nc: {<<: *b}\na: [0x1f, 1e3]\n");
print(read);
let long = "";
for n in 0..50 { long += "long "; }
print(yaml::text(#{ list: [1, "yes", "012", #{ a: 1, b: [] }], map: #{}, text: "one\ntwo\n", none: (), long: long }));
try { yaml::parse("a: [\n") } catch (error) { print(error.message + ": " + error.causes[0]); }
"##;
    project.write("scripts/one.rhai", script);
    let ran = project.imgctl(&["one"]).succeeds();
    let long = "long ".repeat(50);
    let expected = format!(
        "\
#{{\"a\": [31, 1000.0], \"b\": #{{\"2\": \"x\"}}, \"c\": #{{\"<<\": #{{\"2\": \"x\"}}}}}}
list:
- 1
- \"yes\"
- \"012\"
- a: 1
  b: []
long: \"{long}\"
map: {{}}
none: null
text: |
  one
  two

this is not valid YAML: line 1, column 4: unclosed bracket '['
"
    );
    assert_eq!(ran.stdout, expected);
}

#[test]
fn a_failed_task_keeps_the_instance_or_removes_it_as_asked() {
    let project = Project::new();
    project.write("scripts/fail.rhai", "//! Fail.\nthrow \"no\";\n");
    project.imgctl(&["up", "fail"]).fails(1).says("the instance is kept");
    assert_eq!(project.debris().len(), 2);
    let destroyed = project.imgctl(&["--on-error", "destroy", "up", "fail"]).fails(1);
    let shown = "error: no\n --> scripts/fail.rhai:2:1\n  |\n2 | throw \"no\";\n  | ^^^^^\n";
    assert!(destroyed.stderr.ends_with(shown), "{destroyed}");
    assert!(project.debris().is_empty());
    // One that is gone is not kept, and there is nothing to look at.
    project.imgctl(&["up"]).succeeds();
    std::fs::remove_file(project.path().join("world.json")).unwrap();
    let gone = project.imgctl(&["up"]).fails(1).says("no longer exists").hints("destroy up");
    gone.never_says("is kept");
}

/// A defect of imgctl must not cost more than any other failure.
#[test]
fn a_panic_is_an_error_and_on_error_is_honoured() {
    // In a provider, in the wait for SSH, and on a host.
    for call in [4, 6, 12] {
        for on_error in ["keep", "destroy"] {
            let project = Project::new();
            let words = ["--on-error", on_error, "up", "bootstrap"];
            project
                .imgctl_with("panic_at", call, &words)
                .fails(1)
                .says("internal error: this is a defect of imgctl")
                .says(&format!("call {call} panics"))
                .says("src/rehearsal/journal.rs:")
                .hints("report it");
            assert_eq!(project.debris().is_empty(), on_error == "destroy", "{call} {on_error}");
        }
    }
    let project = Project::new();
    let words = ["--output", "json", "--set", "clouds.fake.panic_at=6", "up", "bootstrap"];
    let ran = project.imgctl(&words).fails(1);
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
    }
}

#[test]
fn a_status_that_no_process_has_is_refused() {
    let project = Project::new();
    for (exit, status) in [("task::exit", "300"), ("task::exit", "-1"), ("exit", "256")] {
        let ran = project.imgctl(&["run", "-e", &format!("{exit}({status})")]).fails(2);
        ran.says(&format!("cannot end with status {status}"));
    }
}

#[test]
fn a_variable_that_is_nearly_an_options_is_no_silent_default() {
    let project = Project::new();
    for (name, near) in [("IMGCTL_DRYRUN", "IMGCTL_DRY_RUN"), ("IMGCTL_CLOUDS", "IMGCTL_CLOUD")] {
        let ran = project.imgctl_with_setup(&["up"], |command| {
            command.env(name, "true");
        });
        ran.fails(2).says(name).hints(near).calls_nothing();
    }
    for (name, value) in [("IMGCTL_PLAN", "github"), ("IMGCTL_JOBS", "3"), ("IMGCTL_STEPS", "1")] {
        let ran = project.imgctl_with_setup(&["up"], |command| {
            command.env(name, value);
        });
        ran.fails(2).says("is not read from the variable").hints(name).calls_nothing();
    }
    let other = project.imgctl_with_setup(&["list"], |command| {
        command.env("IMGCTL_OF_MY_OWN", "1");
    });
    other.succeeds();
}
