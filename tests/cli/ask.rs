//! `--on-error ask`: what a person at a terminal is offered after a failure.

use crate::project::Project;
use crate::terminal::Terminal;

const BROKEN: &str = "//! Mine.
step(\"first\", || print(\"first is done\"));
step(\"second\", || throw \"no luck\");
";

fn project() -> Project {
    let project = Project::new();
    project.write("scripts/mine.rhai", BROKEN);
    project
}

const WORDS: [&str; 4] = ["--on-error", "ask", "up", "mine"];

#[test]
fn a_step_is_tried_again_as_its_script_says_then() {
    tried_again(&project(), &WORDS);
    let project = project();
    project.imgctl(&["up"]).succeeds();
    tried_again(&project, &["--on-error", "ask", "run", "scripts/mine.rhai"]);
}

fn tried_again(project: &Project, words: &[&str]) {
    let mut terminal = Terminal::open(project, words, &[]);
    terminal.shows("first is done").shows("error: no luck").shows("retry").shows("destroy:");
    terminal.types("r\n").shows("first (done before)").shows("error: no luck").shows("destroy:");
    project.write("scripts/mine.rhai", &BROKEN.replace("throw \"no luck\"", "print(\"better\")"));
    terminal.types("what?\n").shows("destroy:").types("retry\n").shows("better");
    let (status, shown) = terminal.ends();
    assert_eq!(status, 0, "{shown}");
    assert_eq!(shown.matches("first is done").count(), 1, "{shown}");
}

#[test]
fn the_console_is_opened_and_leads_back_to_the_question() {
    let project = project();
    let mut terminal = Terminal::open(&project, &WORDS, &[]);
    terminal.shows("destroy:").types("console\n").shows("the shell has ended with 0");
    terminal.shows("destroy:").types("k\n").shows("the instance is kept");
    assert_eq!(terminal.ends().0, 1);
    assert_eq!(project.debris().len(), 2);
    let journal = std::fs::read_to_string(project.path().join("journal.txt")).unwrap();
    assert!(journal.lines().any(|line| line.contains("shell")), "{journal}");
}

#[test]
fn everything_is_removed_where_that_is_wanted() {
    let project = project();
    let mut terminal = Terminal::open(&project, &WORDS, &[]);
    terminal.shows("destroy:").types("destroy\n");
    assert_eq!(terminal.ends().0, 1);
    assert!(project.debris().is_empty());
}

#[test]
fn without_a_terminal_everything_is_kept() {
    let project = project();
    let ran = project.imgctl(&WORDS).fails(1).says("the instance is kept");
    ran.never_says("what now?");
    assert_eq!(project.debris().len(), 2);
}

#[test]
fn with_yes_nobody_is_asked_and_ctrl_c_at_the_question_is_an_interruption() {
    let project = project();
    let terminal = Terminal::open(&project, &["--on-error", "ask", "--yes", "up", "mine"], &[]);
    let (status, shown) = terminal.ends();
    assert_eq!(status, 1, "{shown}");
    assert!(shown.contains("the instance is kept") && !shown.contains("what now?"), "{shown}");
    let mut terminal = Terminal::open(&project, &["--on-error", "ask", "mine"], &[]);
    terminal.shows("destroy:").types("\u{3}");
    let (status, shown) = terminal.ends();
    assert_eq!(status, 130, "{shown}");
    assert!(shown.contains("no luck") && shown.contains("is kept"), "{shown}");
}

#[test]
fn with_fresh_a_step_that_is_tried_again_repeats_no_other() {
    let project = project();
    tried_again(&project, &["--on-error", "ask", "--fresh", "up", "mine"]);
}
