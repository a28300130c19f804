//! A wait for another process to be done with what is kept under a name.

use std::path::Path;
use std::time::{Duration, Instant};

use super::alone::endless;
use super::of_project;
use crate::report::Level;
use crate::run::{Run, combination};
use crate::state::{Holder, Lock};
use crate::{Code, Error, Result};

/// Waits that lead to each other are told when they were seen so often in a row: who has just got what it waited for
/// says so a moment later.
const SEEN: u32 = 5;
/// Longer ways are not followed.
const MOST: usize = 32;

/// For whoever changes a value in several steps; waits until nobody else does so, for as long as `most`.
///
/// # Errors
/// Those of [`Lock::wait`]; `Code::Script` where the wait would never end, `Code::Timeout` where it takes too long.
pub fn lock(run: &Run, name: &str, most: Option<Duration>) -> Result<Lock> {
    combination::make_folder(run.options.beside())?;
    let path = &of_project::path(run, name);
    let began = Instant::now();
    let mut wait = Wait { run, name, path, most, began, told: String::new(), seen: 0 };
    Lock::wait_looking(path, "what is kept", &run.watch, |holder| wait.look(holder))
}

/// One wait.
struct Wait<'r> {
    run: &'r Run,
    name: &'r str,
    path: &'r Path,
    most: Option<Duration>,
    began: Instant,
    /// Who was told last.
    told: String,
    seen: u32,
}

impl Wait<'_> {
    /// Tells who holds it, and ends a wait that has no end.
    fn look(&mut self, holder: &Holder) -> Result<()> {
        let who = match self.run.alone.is_held(self.path) {
            true => "another part of this command".to_owned(),
            false => holder.name(),
        };
        if who != self.told {
            let message = format!("waiting for {who}, which works on `{}`", self.name);
            self.run.watch.report.log(Level::Info, &message);
            self.told = who;
        }
        match self.circle(holder) {
            Some(names) if self.seen >= SEEN => return Err(endless(&names)),
            Some(_) => self.seen += 1,
            None => self.seen = 0,
        }
        match self.most {
            Some(most) if self.began.elapsed() > most => Err(self.too_long(most)),
            _ => Ok(()),
        }
    }

    /// The names from this one to one that is held here, each of whose holders waits for the next. Of the processes
    /// in such a circle, the one with the highest number gives up, so that the others go on.
    fn circle(&self, holder: &Holder) -> Option<Vec<String>> {
        let own = std::process::id();
        let (mut at, mut names) = (holder.clone(), vec![self.name.to_owned()]);
        while names.len() < MOST && at.process().is_some_and(|process| process <= own) {
            let path = self.path.with_file_name(&at.wants);
            names.push(of_project::name_of(&path)?);
            if self.run.alone.holds(&path) {
                return Some(names);
            }
            at = Lock::holder(&path)?;
        }
        None
    }

    fn too_long(&self, most: Duration) -> Error {
        let message = format!("{} works on `{}` for longer than {most:?}", self.told, self.name);
        Error::new(Code::Timeout, message)
            .hint("find out what it does, and end it if it hangs; or give `timeout` more time")
    }
}
