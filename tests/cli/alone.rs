//! `state::alone` in two imgctl at a time.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;

/// An imgctl that runs this code; it is ended with the test.
struct Other(Child);

impl Other {
    fn start(project: &Project, code: &str) -> Other {
        let child = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .args(["run", "-e", code])
            .current_dir(project.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Other(child.unwrap())
    }

    /// What it prints first.
    fn line(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line
    }

    /// Waits until it shows this.
    fn shows(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let mut stderr = BufReader::new(self.0.stderr.as_mut().unwrap());
        while !shown.contains(text) {
            assert!(stderr.read_line(&mut shown).unwrap() > 0, "no {text:?} in {shown}");
        }
        shown
    }

    /// Its exit status, and what it has shown.
    fn end(mut self) -> (Option<i32>, String) {
        let mut shown = String::new();
        self.0.stderr.as_mut().unwrap().read_to_string(&mut shown).unwrap();
        (self.0.wait().unwrap().code(), shown)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const HOLD: &str =
    "state::alone(\"x\", || { print(\"held\"); while !fs::exists(\"go\") { sleep(0.01); } })";

#[test]
fn a_wait_for_another_process_names_it_and_can_be_ended() {
    let project = Project::new();
    let mut holder = Other::start(&project, HOLD);
    assert_eq!(holder.line(), "held\n");
    let process = format!("(process {})", holder.0.id());

    let code = "state::alone(\"x\", #{ timeout: 0.2 }, || print(\"never\"))";
    let ran = project.imgctl(&["run", "-e", code]).fails(1).says(&process).hints("timeout");
    assert!(ran.says("works on `x`").stdout.is_empty());

    let mut interrupted = Other::start(&project, "state::alone(\"x\", || print(\"never\"))");
    assert!(interrupted.shows("waiting for").contains(&process));
    let pid = Pid::from_raw(interrupted.0.id().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(interrupted.end().0, Some(130));

    let mut waiting = Other::start(&project, "state::alone(\"x\", || print(\"mine\"))");
    waiting.shows("waiting for");
    project.write("go", "");
    assert_eq!(holder.end().0, Some(0));
    assert_eq!(waiting.line(), "mine\n");
    assert_eq!(waiting.end().0, Some(0));
}

/// Each holds what the other one asks for: one gives up, and the other one goes on.
#[test]
fn processes_that_would_wait_for_each_other_are_told() {
    let project = Project::new();
    let code = |own: &str, other: &str| {
        format!(
            "state::alone(\"{own}\", || {{
                fs::write(\"in-{own}\", \"\");
                while !fs::exists(\"in-{other}\") {{ sleep(0.01); }}
                state::alone(\"{other}\", || print(\"both\"))
            }})"
        )
    };
    let both = [Other::start(&project, &code("a", "b")), Other::start(&project, &code("b", "a"))];
    let mut ended = both.map(Other::end);
    ended.sort();
    assert_eq!([ended[0].0, ended[1].0], [Some(0), Some(2)], "{ended:?}");
    assert!(ended[1].1.contains("would never end"), "{ended:?}");
}
