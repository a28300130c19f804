//! `--log FILE`: all that is told, whatever the screen shows of it, each line with its time.

use std::fmt;
use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::duration::duration;
use super::event::Event;
use super::human::Human;
use super::terminal::Terminal;
use crate::{Error, Result};

/// What a command prints and what it is sent may be for nobody else's eyes.
const MODE: u32 = 0o600;

pub struct LogFile {
    path: PathBuf,
    human: Human,
    file: Mutex<State>,
}

struct State {
    file: std::fs::File,
    /// The first error.
    failure: Option<std::io::Error>,
}

impl LogFile {
    /// Opens the file to append to it; a new one is for its owner alone, and so is an old one from now on.
    ///
    /// # Errors
    /// `Usage` if it cannot be written.
    pub fn open(path: &Path) -> Result<LogFile> {
        let opened = OpenOptions::new().append(true).create(true).mode(MODE).open(path);
        let file = opened.and_then(|file| {
            if file.metadata()?.is_file() {
                file.set_permissions(Permissions::from_mode(MODE))?;
            }
            Ok(file)
        });
        let file = file.map_err(|error| {
            Error::usage(format!("cannot write the log {}", path.display()))
                .cause(error)
                .hint("pass to `--log` a file in a folder that exists and that you can write to")
        })?;
        let terminal = Terminal { unicode: true, ..Terminal::default() };
        let state = State { file, failure: None };
        Ok(LogFile { path: path.to_owned(), human: Human::new(terminal), file: Mutex::new(state) })
    }

    /// `text` cleans and redacts; `chain` is the one of several that tells it.
    pub(super) fn take(
        &self,
        chain: Option<&str>,
        event: &Event<'_>,
        text: &dyn Fn(&str) -> String,
    ) {
        let lines = match event {
            Event::Subject(subject) => {
                let at = [&subject.cloud, &subject.region, &subject.distribution];
                let at: Vec<&str> =
                    at.iter().map(|it| it.as_str()).filter(|it| !it.is_empty()).collect();
                let run = match subject.run.as_str() {
                    "" => String::new(),
                    run => format!(", run {run}"),
                };
                text(&format!("on {}{run}", at.join(" ")))
            }
            Event::WaitStarted { activity, .. } => format!("  … {}", text(activity)),
            Event::WaitFinished { seconds, .. } => format!("  … waited {}", duration(*seconds)),
            other => self.human.render(other, text).1,
        };
        self.lines(chain, &lines);
    }

    /// Lines that were cleaned and redacted.
    pub(super) fn lines(&self, chain: Option<&str>, lines: &str) {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        let chain = chain.map(|chain| format!(" [{chain}]")).unwrap_or_default();
        let text: String = lines.lines().map(|line| format!("{now}{chain} {line}\n")).collect();
        let mut state = self.state();
        // In one call: other processes may append to the same file.
        if let Err(error) = state.file.write_all(text.as_bytes()) {
            // A full disk must not end a build.
            state.failure.get_or_insert(error);
        }
    }

    /// What could not be written, in words.
    pub fn failure(&self) -> Option<String> {
        let state = self.state();
        let error = state.failure.as_ref()?;
        Some(format!("the log {} is not complete: {error}", self.path.display()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogFile({})", self.path.display())
    }
}
