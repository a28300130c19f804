//! A process of a host: where a program runs, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use super::path;
use crate::rehearsal::world::Machine;

/// Where a program runs.
pub struct Process<'a> {
    pub machine: &'a mut Machine,
    pub user: String,
    pub env: BTreeMap<String, String>,
    pub cwd: Option<String>,
    /// `set -e`
    pub stop_on_error: bool,
    /// The shell is to end.
    pub exited: bool,
    /// What the model does not know: programs, and lines it cannot parse.
    pub unknown: Vec<String>,
    /// Scripts and folders that nothing tells of are not there.
    pub exact: bool,
    /// Programs that are there because rules answer them.
    pub stated: BTreeSet<String>,
}

/// What a program did.
#[derive(Debug, Default)]
pub struct Reply {
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub status: i32,
}

impl<'a> Process<'a> {
    pub fn new(machine: &'a mut Machine, user: &str, cwd: Option<String>) -> Process<'a> {
        let home = match machine.disk.users.get(user) {
            Some(account) => account.home.clone(),
            None => format!("/home/{user}"),
        };
        let env = [("HOME".to_owned(), home), ("USER".to_owned(), user.to_owned())].into();
        Process {
            machine,
            user: user.to_owned(),
            env,
            cwd,
            stop_on_error: false,
            exited: false,
            unknown: Vec::new(),
            exact: false,
            stated: BTreeSet::new(),
        }
    }

    /// A path as the kernel would see it.
    pub fn path(&self, path: &str) -> String {
        let home = self.env.get("HOME").map_or("/", String::as_str);
        path::absolute(path, home, self.cwd.as_deref())
    }

    /// Switches the machine off, and on again if `again`.
    pub fn power(&mut self, again: bool) -> Reply {
        self.machine.running = false;
        if again {
            self.machine.boot();
        }
        Reply::default()
    }
}

impl Reply {
    pub fn prints(text: &str) -> Reply {
        Reply { stdout: text.as_bytes().to_vec(), ..Reply::default() }
    }

    pub fn fails(status: i32, message: &str) -> Reply {
        Reply { stderr: format!("{message}\n"), status, ..Reply::default() }
    }

    /// Goes on with what came later: its output after this, its status instead.
    pub fn add(&mut self, later: Reply) {
        self.stdout.extend(later.stdout);
        self.stderr += &later.stderr;
        self.status = later.status;
    }

    /// Status 0 for true, 1 for false.
    pub fn says(answer: bool) -> Reply {
        Reply { status: i32::from(!answer), ..Reply::default() }
    }
}
