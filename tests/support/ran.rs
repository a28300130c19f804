//! One run of the program that has ended, and what a test states about it:
//! `project.imgctl(&["up"]).fails(2).says("no such cloud").hints("imgctl init")`.

#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

/// One process that has ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The arguments, for the messages of failed tests.
    pub words: String,
    /// 128 + n for a signal n.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// The lines it added to the journal of the fake cloud; a line repeated at once is there once.
    pub calls: Vec<String>,
}

/// What no user should ever read: names of this program's source and of the language it is
/// written in.
const INTERNALS: [&str; 5] = ["imgctl::", "panicked", "RUST_BACKTRACE", "Some(", "Err("];

impl Ran {
    pub fn new(words: &[&str], output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Ran {
            words: words.join(" "),
            status: output
                .status
                .code()
                .or(output.status.signal().map(|number| 128 + number))
                .expect("a code or a signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            calls: Vec::new(),
        }
    }

    /// It ended with status 0.
    #[track_caller]
    pub fn succeeds(self) -> Ran {
        self.ends(0)
    }

    /// It ended with this status, with an error in words for a user. 1: the task failed, 2: wrong
    /// usage, config, script or state, 3: the cloud or the network refused, 130: interrupted.
    #[track_caller]
    pub fn fails(self, status: i32) -> Ran {
        for name in INTERNALS {
            assert!(!self.stderr.contains(name), "{name:?} is not for users:\n{self}");
        }
        self.ends(status)
    }

    #[track_caller]
    fn ends(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "the exit status of:\n{self}");
        self
    }

    /// This text is in what it printed, on stdout or stderr.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(self.shown().any(|shown| shown.contains(text)), "no {text:?} in:\n{self}");
        self
    }

    /// All of its standard output is this.
    #[track_caller]
    pub fn prints(self, text: &str) -> Ran {
        assert_eq!(self.stdout, text, "the standard output of:\n{self}");
        self
    }

    /// This text is nowhere in what it printed.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Ran {
        assert!(!self.shown().any(|shown| shown.contains(text)), "{text:?} is in:\n{self}");
        self
    }

    /// One of the hints contains this text.
    #[track_caller]
    pub fn hints(self, text: &str) -> Ran {
        let after = self.stderr.split("hint: ").skip(1);
        assert!(after.into_iter().any(|hint| hint.contains(text)), "no hint {text:?} in:\n{self}");
        self
    }

    /// It made no call to the fake cloud or its hosts.
    #[track_caller]
    pub fn calls_nothing(self) -> Ran {
        assert_eq!(self.calls, Vec::<String>::new(), "something was done:\n{self}");
        self
    }

    fn shown(&self) -> impl Iterator<Item = &String> {
        [&self.stdout, &self.stderr].into_iter()
    }

    /// The images it said it had created.
    pub fn announced(&self) -> BTreeSet<String> {
        let ids =
            self.stdout.lines().filter_map(|line| line.strip_prefix("created server image: "));
        ids.map(str::to_owned).collect()
    }

    /// The error's first line, if there was one.
    pub fn error(&self) -> &str {
        self.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default()
    }

    /// The calls that were carried out and begin with this.
    pub fn done<'a>(&'a self, begins: &'a str) -> impl Iterator<Item = &'a String> {
        self.calls.iter().filter(move |call| {
            let lost = ["=> injected fault", "=> killed before"];
            call.starts_with(begins) && !lost.iter().any(|ending| call.ends_with(ending))
        })
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "$ imgctl {}\n{}{}-> {}", self.words, self.stdout, self.stderr, self.status)
    }
}
