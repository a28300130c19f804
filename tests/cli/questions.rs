//! Ctrl-C and SIGTERM at a question end it at once.

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;
use crate::terminal::Terminal;

const QUESTIONS: [&str; 3] = ["confirm(\"sure\")", "prompt(\"sure\")", "secret::ask(\"sure\")"];

#[test]
fn an_interrupted_question_ends() {
    for question in QUESTIONS {
        let project = Project::new();
        let code = format!("{question}; fs::write(\"answered\", \"\")");
        let mut terminal = Terminal::open(&project, &["run", "-e", &code], &[]);
        terminal.shows("sure").types("\x03");
        let (status, shown) = terminal.ends();
        assert_eq!(status, 130, "{question}: {shown}");
        assert!(!project.path().join("answered").exists(), "{question}");
    }
}

#[test]
fn a_question_ends_with_the_process_that_is_told_to() {
    for question in QUESTIONS {
        let project = Project::new();
        let code = format!(
            "let pid = local::query(\"echo $PPID\").stdout; pid.trim(); fs::write(\"pid\", pid); {question}; fs::write(\"answered\", \"\")"
        );
        let mut terminal = Terminal::open(&project, &["run", "-e", &code], &[]);
        terminal.shows("sure");
        let pid = std::fs::read_to_string(project.path().join("pid")).unwrap();
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let (status, shown) = terminal.ends();
        assert_eq!(status, 130, "{question}: {shown}");
        assert!(!project.path().join("answered").exists(), "{question}");
    }
}
