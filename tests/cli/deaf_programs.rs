//! Programs that do not heed signals, and Ctrl-C with a terminal and without one.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;

/// Runs a program at a terminal of its own: what is written to its standard input is typed there.
const TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/// What the shell of `local::run` is given: the first process ends at once when it is told to, what it started
/// does not. Each process appends its id to `pids`.
const PROGRAMS: [&str; 4] = [
    // Two processes, of which the second heeds nothing.
    "sh -c 'trap \"\" INT TERM HUP; echo $$ >>pids; : >ready; while :; do sleep 1; done'; :",
    // Its parent has ended.
    "(trap \"\" INT TERM HUP; sh -c 'echo $$ >>pids; : >ready; exec sleep 3600' &) ; sleep 3600",
    // One that starts others without end.
    "trap \"\" INT TERM; echo $$ >>pids; while :; do sh -c 'echo $$ >>pids; : >ready; exec sleep 0.05'; done",
    // In a session of its own, as long as its parent lives.
    "trap \"\" INT TERM HUP; echo $$ >>pids; setsid sh -c 'echo $$ >>pids; : >ready; exec sleep 3600'; :",
];

struct Running {
    project: Project,
    child: Child,
    has_terminal: bool,
}

impl Running {
    fn start(program: &str, has_terminal: bool) -> Running {
        let project = Project::new();
        let code = format!("local::run(`{program}`)");
        let imgctl = env!("CARGO_BIN_EXE_imgctl");
        let mut command = Command::new(if has_terminal { "python3" } else { "setsid" });
        let first: &[&str] =
            if has_terminal { &["-c", TERMINAL, imgctl] } else { &["--wait", imgctl] };
        command.args(first).args(["run", "-e", &code]).current_dir(project.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        while !project.path().join("ready").exists() {
            assert!(child.try_wait().unwrap().is_none(), "{program} has ended");
            std::thread::yield_now();
        }
        Running { project, child, has_terminal }
    }

    /// The id of imgctl itself, which started the first one of `pids`.
    fn imgctl(&self) -> Option<Pid> {
        let children = |of: u32| {
            let path = format!("/proc/{of}/task/{of}/children");
            std::fs::read_to_string(path).unwrap_or_default()
        };
        let own = self.child.id();
        let is_imgctl = |pid: u32| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.trim() == "imgctl"
        };
        let below = children(own);
        let mut all = below.split_whitespace().map(|pid| pid.parse().unwrap()).chain([own]);
        all.find(|pid| is_imgctl(*pid)).and_then(|pid| Pid::from_raw(pid.cast_signed()))
    }

    /// Does nothing if it has ended.
    fn interrupt(&mut self) {
        if self.has_terminal {
            let _ = self.child.stdin.as_mut().unwrap().write_all(b"\x03");
        } else if let Some(imgctl) = self.imgctl() {
            let _ = kill_process(imgctl, Signal::INT);
        }
    }

    /// One that follows at once is the same interruption.
    fn interrupt_until_it_ends(&mut self) {
        while self.child.try_wait().unwrap().is_none() {
            self.interrupt();
            // A terminal echoes what is typed, which nobody reads meanwhile.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Waits until it says that it has been interrupted.
    fn is_told(&mut self) -> BufReader<Box<dyn Read>> {
        let stream: Box<dyn Read> = match self.has_terminal {
            true => Box::new(self.child.stdout.take().unwrap()),
            false => Box::new(self.child.stderr.take().unwrap()),
        };
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while !line.contains("interrupted: cleaning up") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "it has ended");
        }
        reader
    }

    /// The programs that still run at the end.
    fn left(mut self, mut rest: impl Read) -> Vec<String> {
        // The end of the stream comes after all that have it.
        let _ = rest.read_to_end(&mut Vec::new());
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
        let pids = std::fs::read_to_string(self.project.path().join("pids")).unwrap();
        let left: Vec<String> =
            pids.lines().filter(|pid| super::interrupt::runs(pid)).map(str::to_owned).collect();
        for pid in &left {
            let _ = kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), Signal::KILL);
        }
        left
    }
}

/// Tries all programs side by side, with a terminal and without, and names those that leave something.
fn all_leave_nothing(tries: usize, interruptions: usize) {
    std::thread::scope(|scope| {
        let mut tried = Vec::new();
        for has_terminal in [false, true] {
            for program in PROGRAMS {
                tried.push(scope.spawn(move || {
                    for _ in 0..tries {
                        let mut running = Running::start(program, has_terminal);
                        running.interrupt();
                        let rest = running.is_told();
                        if interruptions > 1 {
                            running.interrupt_until_it_ends();
                        }
                        let left = running.left(rest);
                        let how = format!("{program}, at a terminal: {has_terminal}");
                        assert_eq!(left, Vec::<String>::new(), "{how}");
                    }
                }));
            }
        }
        tried.into_iter().for_each(|tried| tried.join().unwrap());
    });
}

#[test]
fn nothing_is_left_after_a_second_interruption() {
    all_leave_nothing(3, 2);
}

/// Those that heed no signal are killed in the end.
#[test]
fn nothing_is_left_after_one_interruption() {
    all_leave_nothing(1, 1);
}

/// It is asked to end first, whatever the shell before it does.
#[test]
fn a_program_behind_a_shell_may_clean_up() {
    let program = "sh -c 'trap \"sleep 0.3; echo yes >cleaned; exit\" TERM; : >ready; while :; do sleep 0.1; done'; :";
    let mut running = Running::start(program, false);
    running.interrupt();
    let mut rest = running.is_told();
    rest.read_to_end(&mut Vec::new()).unwrap();
    running.child.wait().unwrap();
    assert!(running.project.path().join("cleaned").exists());
}
