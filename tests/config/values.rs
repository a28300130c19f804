//! What a user of `state::set` relies on.

use crate::project::Project;

fn run(project: &Project, code: &str) -> crate::project::Ran {
    project.imgctl(&["run", "-e", code])
}

#[test]
fn values_live_as_long_as_their_run() {
    let project = Project::new();
    run(&project, "state::set(\"a\", 1)").fails(2).says("there is no run to keep `a` with");
    project.imgctl(&["up"]).succeeds();
    let code = "state::set(\"a\", #{ n: 1, list: [1.5, \"x\", ()] }); state::set(\"b\", 2, #{ keep: true })";
    run(&project, code).succeeds();
    run(&project, "print(state::get(\"a\").list[1]); print(state::keys())")
        .succeeds()
        .prints("x\n[\"a\", \"b\"]\n");
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    assert!(state.contains("\"values\""), "{state}");
    let code = "print(state::remove(\"a\")); print(state::remove(\"a\")); print(state::get(\"a\", \"gone\"))";
    run(&project, code).succeeds().prints("true\nfalse\ngone\n");
    run(&project, "state::set(\"a\", \"again\")").succeeds();
    project.imgctl(&["destroy"]).succeeds();
    run(&project, "print(state::get(\"a\") ?? \"-\"); print(state::get(\"b\"))")
        .succeeds()
        .prints("-\n2\n");
    run(&project, "print(state::remove(\"b\")); print(state::keys())")
        .succeeds()
        .prints("true\n[]\n");
}

#[test]
fn a_value_too_large_for_the_state_is_beside_it() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code =
        "let text = \"x\"; text.pad(100000, \"y\"); state::set(\"a\", text); state::set(\"b\", 1)";
    run(&project, code).succeeds();
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    assert!(!state.contains("yyyy"), "the state has the value");
    run(&project, "print(state::get(\"a\").len()); print(state::keys())")
        .succeeds()
        .prints("100000\n[\"a\", \"b\"]\n");
    run(&project, "state::set(\"a\", 1); print(state::get(\"a\"))").succeeds().prints("1\n");
    run(&project, code).succeeds();
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.path().join(".imgctl").exists() || files(&project).is_empty());
}

fn files(project: &Project) -> Vec<std::path::PathBuf> {
    let folders = std::fs::read_dir(project.path().join(".imgctl")).unwrap().flatten();
    folders
        .flat_map(|it| std::fs::read_dir(it.path()))
        .flatten()
        .flatten()
        .map(|it| it.path())
        .collect()
}

#[test]
fn names_and_values_are_checked() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    run(&project, "state::set(\"a/b\", 1)").fails(2).says("`a/b` cannot be the name of a value");
    run(&project, "state::set(\"a\", || 1)").fails(2).says("a function cannot be written as data");
    let ran = run(&project, "state::set(\"a\", 1, #{ kep: true })");
    ran.fails(2).hints("did you mean `keep`?");
    run(&project, "state::keep(\"a\", 1)").fails(2).hints("write `state::set(name, value)`");
    let code = "let text = \"x\"; text.pad(999, \"y\"); let all = []; all.pad(70000, text); state::set(\"a\", all)";
    let ran = run(&project, code);
    ran.fails(2).says("at most 64 MiB can be kept").hints("write it to a file");
}

#[test]
fn a_dry_run_remembers_and_keeps_nothing() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "state::set(\"a\", 1); print(state::get(\"a\")); print(state::keys())";
    project.imgctl(&["--dry-run", "run", "-e", code]).succeeds().prints("1\n[\"a\"]\n");
    run(&project, "print(state::keys())").succeeds().prints("[]\n");
}

#[test]
fn a_value_is_an_input_of_the_steps_that_read_it() {
    let project = Project::new();
    let code = "//! Own.
step(\"set\", || { if state::get(\"a\") == () { state::set(\"a\", 1); } });
step(\"read\", || { print(`read ${state::get(\"a\")}`); });
";
    project.write("scripts/own.rhai", code);
    project.imgctl(&["up", "own"]).succeeds().says("read 1");
    // The step that sets it is skipped, and the value stays.
    let ran = project.imgctl(&["own"]).succeeds();
    assert!(!ran.stdout.contains("read"), "{ran}");
    run(&project, "state::set(\"a\", 2)").succeeds();
    let ran = project.imgctl(&["own"]).succeeds();
    ran.says("the value a of state::set has changed").says("read 2").never_says("set` again");
}

#[test]
fn values_of_secret_names_are_never_shown() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    run(&project, "state::set(\"token\", \"hunter2hunter2\")").succeeds();
    run(&project, "print(state::get(\"token\"))").succeeds().prints("***\n");
}

#[test]
fn what_would_come_back_as_something_else_is_refused() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    for (value, place) in
        [("1.0 / 0.0", "`a`"), ("#{ x: [1, 0.0 / 0.0] }", "`a.x[1]`"), ("blob(2, 1)", "`a`")]
    {
        run(&project, &format!("state::set(\"a\", {value})")).fails(2).says(place).says("be kept");
    }
}

#[test]
fn a_secret_that_is_kept_stays_one_for_who_does_not_know_it() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let with_secret = |code: &str| {
        let words = ["run", "-e", code];
        project.imgctl_with_setup(&words, |command| {
            command.env("PW", "hunter2-hunter2");
        })
    };
    let value = "#{ user: \"ci\", line: `login ${secret::env(\"PW\")}` }";
    let long = "let text = \"x\"; text.pad(100000, \"y\"); let all = [text, secret::env(\"PW\")]";
    with_secret(&format!("state::set(\"a\", {value})")).succeeds();
    with_secret(&format!("state::set(\"b\", {value}, #{{ keep: true }})")).succeeds();
    with_secret(&format!("{long}; state::set(\"c\", all)")).succeeds();
    for name in ["a", "b"] {
        let code = format!("print(state::get(\"{name}\"))");
        let ran = run(&project, &code).succeeds().never_says("hunter2");
        ran.says("login ***").says("ci");
        project.imgctl(&["--output", "json", "run", "-e", &code]).succeeds().never_says("hunter2");
    }
    run(&project, "print(state::get(\"c\")[1])").succeeds().prints("***\n");
    // What is kept in its place is none.
    run(&project, "state::set(\"a\", \"plain\"); print(state::get(\"a\"))")
        .succeeds()
        .prints("plain\n");
}

/// It would wait for itself for ever, directly or through a thread that it waits for.
#[test]
fn working_alone_inside_of_itself_is_refused() {
    let project = Project::new();
    let held = "`a` is held by this very script";
    let nested = "state::alone(\"a\", || state::alone(\"a\", || 1))";
    run(&project, nested).fails(2).says(held).hints("use another name inside");
    project.imgctl(&["--dry-run", "run", "-e", nested]).fails(2).says(held);
    let inner = "[1, 2]";
    for threads in [
        format!("parallel({inner}, |n| state::alone(\"a\", || n))"),
        "parallel([|| state::alone(\"a\", || 1)])".to_owned(),
        format!("parallel({inner}, |n| parallel([n], |m| state::alone(\"a\", || m)))"),
    ] {
        run(&project, &format!("state::alone(\"a\", || {threads})")).fails(2).says(held);
    }
}

/// Each holds what the next one asks for.
#[test]
fn threads_that_would_wait_for_each_other_are_told() {
    for names in [vec!["a", "b"], vec!["a", "b", "c"]] {
        let pairs = (0..names.len()).map(|at| [names[at], names[(at + 1) % names.len()]]);
        let pairs: Vec<String> = pairs.map(|pair| format!("{pair:?}")).collect();
        let code = format!(
            "parallel([{}], |pair| state::alone(pair[0], || {{
                fs::write(`in-${{pair[0]}}`, \"\");
                while !fs::exists(`in-${{pair[1]}}`) {{ }}
                state::alone(pair[1], || 1)
            }}))",
            pairs.join(", ")
        );
        let project = Project::new();
        let ran = run(&project, &code).fails(2).says("would never end").hints("in the same order");
        for name in names {
            assert!(ran.stderr.contains(&format!("`{name}`")), "{ran}");
        }
    }
    // A thread that is waited for may be the one that waits.
    let project = Project::new();
    let code = "parallel([
        || state::alone(\"a\", || {
            fs::write(\"in-a\", \"\");
            while !fs::exists(\"in-b\") { }
            parallel([1], |n| state::alone(\"b\", || n))
        }),
        || state::alone(\"b\", || {
            fs::write(\"in-b\", \"\");
            while !fs::exists(\"in-a\") { }
            state::alone(\"a\", || 1)
        }),
    ])";
    run(&project, code).fails(2).says("would never end").says("`a`").says("`b`");
}

#[test]
fn other_names_and_other_threads_work_alone_in_turn() {
    let project = Project::new();
    // One that has ended is held no more, also after an error.
    let code = "
print(state::alone(\"a\", || state::alone(\"b\", || 1)));
try { state::alone(\"a\", || throw \"no\"); } catch { }
print(state::alone(\"a\", || 2));
parallel([1, 2, 3, 4], |n| state::alone(\"count\", || {
    state::set(\"count\", state::get(\"count\", 0) + n, #{ keep: true });
}));
print(state::get(\"count\"));";
    run(&project, code).succeeds().prints("1\n2\n10\n");
}
