//! `breakpoint()`: a console in the middle of a script.

use crate::project::Project;
use crate::terminal::Terminal;

/// Shown when a line begins to be read.
const PROMPT: &str = "\x1b[?2004h";

fn project(script: &str) -> Project {
    let project = Project::new();
    project.write("scripts/mine.rhai", &format!("//! Mine.\n{script}"));
    project
}

#[test]
fn variables_are_seen_and_assigned_to() {
    let project =
        project("let x = 40;\nconst Y = 2;\nbreakpoint();\nlet z = 1;\nprint(`x is ${x + z}`);\n");
    let mut terminal = Terminal::open(&project, &["mine"], &[]);
    terminal.shows("scripts/mine.rhai:4").shows(PROMPT).types("x + Y\r").shows("42");
    terminal.shows(PROMPT).types("nohting\r").shows("no variable `nohting`");
    // What is defined here is not in the way of the script.
    terminal.shows(PROMPT).types("let z = 7; let more = 8; x = 50\r");
    terminal.shows(PROMPT).types(":vars\r").shows("50").shows(PROMPT).types(":continue\r");
    terminal.shows("x is 51");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn functions_closures_and_modules_have_their_own_variables() {
    let project = project(
        "import \"std/check\" as check;\nimport \"../lib\" as lib;\nfn inner(a) { breakpoint(); a }\n\
         let seen = 40; let unseen = 1;\n[1].for_each(|| print(`it is ${this + seen + inner(1)}`));\n\
         lib::stop(\"lib\");\nunseen += 1;\n",
    );
    project
        .write("lib.rhai", "fn helper() { 42 }\nfn stop(word) {\n    breakpoint();\n    word\n}\n");
    let mut terminal = Terminal::open(&project, &["mine"], &[]);
    terminal.shows("scripts/mine.rhai:4").shows(PROMPT).types("a + 41\r").shows("42");
    terminal.shows(PROMPT).types("\x04").shows("it is 42");
    terminal.shows("lib.rhai:3").shows(PROMPT).types("word + helper()\r").shows("\"lib42\"");
    terminal.shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn a_step_is_repeated_where_that_is_wanted() {
    let project = project(
        "let count = [];\nstep(\"one\", || print(\"one is done\"));\n\
         step(\"two\", || { count.push(1); breakpoint(); print(`tried ${count.len()} times`); });\n\
         breakpoint();\n",
    );
    let words = ["--junit", "junit.xml", "up", "mine"];
    let mut terminal = Terminal::open(&project, &words, &[]);
    terminal.shows("one is done").shows(PROMPT).types(":steps\r").shows("two");
    terminal.shows("not done").shows(PROMPT).types(":retry\r").shows("`two` is repeated");
    terminal.shows(PROMPT).types(":c\r").shows("tried 2 times");
    terminal.shows(PROMPT).types(":retry\r").shows("no step").shows(PROMPT).types(":c\r");
    let (status, shown) = terminal.ends();
    assert_eq!(status, 0, "{shown}");
    assert_eq!(shown.matches("one is done").count(), 1, "{shown}");
    // To be left is no failure, neither in the summary nor in the reports.
    assert!(!shown.contains("failed"), "{shown}");
    let report = std::fs::read_to_string(project.path().join("junit.xml")).unwrap();
    assert!(!report.contains("<failure") && report.contains("left to be repeated"), "{report}");
}

#[test]
fn a_script_that_was_corrected_is_read_anew() {
    let text = "step(\"one\", || print(\"one is done\"));\nstep(\"two\", || { breakpoint(); print(\"old\"); });\n";
    for words in [&["up", "mine"][..], &["run", "scripts/mine.rhai"]] {
        let project = project(text);
        project.imgctl(&["up"]).succeeds();
        let mut terminal = Terminal::open(&project, words, &[]);
        terminal.shows("one is done").shows(PROMPT);
        project.write("scripts/mine.rhai", &format!("//! Mine.\n{}", text.replace("old", "new")));
        terminal.types(":retry\r").shows("one (done before)").shows(PROMPT).types(":c\r");
        terminal.shows("new");
        let (status, shown) = terminal.ends();
        assert_eq!(status, 0, "{shown}");
        assert!(!shown.contains("failed"), "{shown}");
        assert_eq!(shown.matches("one is done").count(), 1, "{shown}");
    }
}

#[test]
fn a_typo_is_told_before_the_step_is_left() {
    let text = "step(\"one\", || { breakpoint(); print(\"old\"); });\n";
    let project = project(text);
    let mut terminal = Terminal::open(&project, &["up", "mine"], &[]);
    terminal.shows(PROMPT);
    let now = |text: &str| project.write("scripts/mine.rhai", &format!("//! Mine.\n{text}"));
    now(&text.replace("print(", "prnit("));
    terminal.types(":retry\r").shows("no function `prnit`").shows(PROMPT);
    now(&text.replace("});", "}"));
    terminal.types(":retry\r").shows("error: ").shows(PROMPT);
    now(&text.replace("old", "new"));
    terminal.types(":retry\r").shows(PROMPT).types(":c\r").shows("new");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn quitting_ends_the_run_and_keeps_everything() {
    let project = project("try { breakpoint(); } catch { }\nprint(\"not reached\");\n");
    let mut terminal = Terminal::open(&project, &["up", "mine"], &[]);
    terminal.shows(PROMPT).types(":quit\r");
    let (status, shown) = terminal.ends();
    assert_eq!(status, 130, "{shown}");
    assert!(!shown.contains("not reached"), "{shown}");
    assert_eq!(project.debris().len(), 2);
}

#[test]
fn ctrl_c_ends_the_line_and_not_the_script() {
    let project = project("breakpoint();\nprint(\"rea\" + \"ched\");\n");
    let mut terminal = Terminal::open(&project, &["mine"], &[]);
    terminal.shows(PROMPT).types("print(\"beg\" + \"un\"); loop {}\r").shows("begun");
    terminal.types("\x03").shows(PROMPT).types("\x04").shows("reached");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn one_of_several_threads_has_the_terminal() {
    let script = "parallel([40, 41], |number| { breakpoint(); print(`done ${number}`); });\n";
    let project = project(script);
    let mut terminal = Terminal::open(&project, &["mine"], &[]);
    for _ in 0..2 {
        terminal.shows(PROMPT).types("number > 39\r").shows("true").shows(PROMPT).types(":c\r");
    }
    let (status, shown) = terminal.ends();
    assert_eq!(status, 0, "{shown}");
    assert!(shown.contains("done 40") && shown.contains("done 41"), "{shown}");
}

#[test]
fn without_a_terminal_a_script_goes_on_with_a_warning() {
    let project = project("fn f() { breakpoint() }\nlet unused = 1;\nf();\nprint(\"done\");\n");
    project.imgctl(&["check", "scripts/mine.rhai", "--strict"]).succeeds();
    let ran = project.imgctl(&["mine"]).succeeds().prints("done\n");
    ran.says("scripts/mine.rhai:2:10: breakpoint() is passed over: no terminal");
}

#[test]
fn the_question_after_a_failure_offers_the_console() {
    let project = project("throw \"no luck\";\n");
    let mut terminal = Terminal::open(&project, &["--on-error", "ask", "up", "mine"], &[]);
    terminal.shows("what now?").shows("destroy:").types("script\n");
    terminal.shows(PROMPT).types("host.os.id + 42\r").shows("\"debian42\"");
    terminal.shows(PROMPT).types("\x04").shows("what now?").shows("destroy:").types("k\n");
    assert_eq!(terminal.ends().0, 1);
}
