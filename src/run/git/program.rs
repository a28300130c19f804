//! The `git` program: it asks nobody, and a surrounding hook does not tell it where to work.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::report::Watch;
use crate::run::Run;
use crate::run::program::{self, Bounds};
use crate::{Code, Error, Result};

/// Hooks of a push may run a project's tests.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// Bytes of each stream: the longest output is a list of branches.
const KEEP: u64 = 16 << 20;
/// `--no-write-fetch-head` is of this version.
const OLDEST: (u32, u32) = (2, 29);

/// What a hook, or git itself, tells its children about the repository that it works on.
const LOCAL: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
    "GIT_QUARANTINE_PATH",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_REFLOG_ACTION",
    "GIT_PUSH_OPTION_COUNT",
];

/// How a call of git ended.
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Each line of what it said about its failure.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.stderr.lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

/// git in a folder.
#[derive(Clone)]
pub struct Git {
    pub run: Arc<Run>,
    pub folder: PathBuf,
    /// `name=value`, for its calls only.
    settings: Vec<String>,
    watch: Watch,
}

impl Git {
    pub fn new(run: &Arc<Run>, folder: &Path) -> Git {
        let settings = Vec::new();
        Git { run: run.clone(), folder: folder.to_owned(), settings, watch: run.watch.clone() }
    }

    pub fn at(&self, folder: &Path) -> Git {
        Git { folder: folder.to_owned(), ..self.clone() }
    }

    /// With these settings of git, each `name=value`.
    pub fn with(&self, settings: Vec<String>) -> Git {
        Git { settings, ..self.clone() }
    }

    /// For cleaning up, which Ctrl-C does not end.
    pub fn to_the_end(&self) -> Git {
        let watch = Watch { report: self.watch.report.clone(), cancel: CancellationToken::new() };
        Git { watch, ..self.clone() }
    }

    /// # Errors
    /// There is no git, or an older one than is needed.
    pub fn check_version(&self) -> Result<()> {
        let told = self.output(&["--version"]).map_err(|error| match error.code() {
            Code::Io => error
                .context("git cannot be run")
                .with_code(Code::NotFound)
                .hint("install git, or correct PATH"),
            _ => error,
        })?;
        let number = told.stdout.split_whitespace().nth(2).unwrap_or_default();
        let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
        let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if version >= OLDEST {
            return Ok(());
        }
        let (major, minor) = OLDEST;
        Err(Error::new(Code::Capability, format!("git is too old: {}", told.stdout.trim()))
            .hint(format!("install git {major}.{minor} or newer")))
    }

    /// Runs git, whatever its status.
    pub fn output(&self, words: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::new("git");
        command.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        command.args(words).current_dir(&self.folder);
        for name in LOCAL {
            command.env_remove(name);
        }
        // Nobody sits at the other end of its standard streams: what asks there would wait for ever.
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_EDITOR", "true");
        if std::env::var_os("SSH_ASKPASS").is_none() {
            command.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
        }
        let shown = format!("git {}", words.first().copied().unwrap_or_default());
        let bounds = Bounds { timeout: Some(TIMEOUT), keep: KEEP };
        let ended = self.run.finish(program::run(command, &shown, &bounds, &self.watch))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let signal = std::os::unix::process::ExitStatusExt::signal(&ended.status);
        Ok(Output {
            status: ended.status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default()),
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        })
    }

    /// What git printed, without the line end.
    ///
    /// # Errors
    /// `failed` in the words of git, if its status is not 0.
    pub fn text(&self, failed: &str, words: &[&str]) -> Result<String> {
        let output = self.output(words)?;
        match output.status {
            0 => Ok(output.stdout.trim_end_matches('\n').to_owned()),
            _ => Err(output.words().fold(Error::failed(failed), |error, line| error.cause(line))),
        }
    }
}
