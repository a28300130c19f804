//! A person at a terminal: the program runs behind a pseudo-terminal that `script` makes.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::project::Project;

/// How long a test waits for what must come at once: machines may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// What was shown so far, and how much of it was waited for.
    shown: String,
    seen: usize,
}

impl Terminal {
    /// Runs imgctl in a project's folder.
    pub fn open(project: &Project, words: &[&str], variables: &[(&str, &str)]) -> Terminal {
        Terminal::of(project, &[&[env!("CARGO_BIN_EXE_imgctl")], words].concat(), variables)
    }

    /// Runs another program there.
    pub fn of(project: &Project, words: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let words: Vec<String> = words
            .iter()
            .copied()
            .map(|word| shlex::try_quote(word).unwrap().into_owned())
            .collect();
        // Ctrl-C also comes to a shell that waits for the program, and would be its status.
        let command = format!("exec {}", words.join(" "));
        let mut child = Command::new("/usr/bin/script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(project.path())
            .env_clear()
            .env("HOME", project.path())
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut bytes) {
                if sender.send(bytes[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { child, input, output, shown: String::new(), seen: 0 }
    }

    /// Waits until this is shown behind what was waited for before.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Terminal {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return self;
            }
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no {text:?} in:\n{}", self.shown)
                }
            }
        }
    }

    /// Types at the prompt.
    #[track_caller]
    pub fn types(&mut self, text: &str) -> &mut Terminal {
        self.input.write_all(text.as_bytes()).unwrap();
        self.input.flush().unwrap();
        self
    }

    /// Waits for the end; its status, and all that was shown.
    pub fn ends(mut self) -> (i32, String) {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or(-1), std::mem::take(&mut self.shown))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
