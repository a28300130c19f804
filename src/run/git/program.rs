//! The `git` program: it asks nobody, and a surrounding hook does not tell it where to work.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::report::Watch;
use crate::run::Run;
use crate::run::program::{self, Bounds};
use crate::{Code, Error, Result, said};

/// Hooks of a push may run a project's tests, and a fetch may bring a large repository.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// What a server answers that is only asked for its branches and rights.
const PATIENCE: Duration = Duration::from_secs(2 * 60);
/// Bytes of each stream: the longest output is a list of branches.
const KEEP: u64 = 16 << 20;
/// `--no-write-fetch-head` is of this version.
const OLDEST: (u32, u32) = (2, 29);
/// Settings in the environment are of this one.
const OLDEST_WITH_COUNT: (u32, u32) = (2, 31);
/// How many settings git is given there; programs around imgctl may have given some.
const COUNT: &str = "GIT_CONFIG_COUNT";

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
    pub fn words(&self) -> Vec<String> {
        said::lines(self.stderr.as_bytes())
    }

    /// What it printed, without the line end.
    ///
    /// # Errors
    /// `failed` in the words of git, if its status is not 0.
    pub fn text(self, failed: impl FnOnce() -> Error) -> Result<String> {
        match self.status {
            0 => Ok(self.stdout.trim_end_matches('\n').to_owned()),
            _ => Err(self.words().into_iter().fold(failed(), Error::cause)),
        }
    }
}

/// A setting of git.
#[derive(Debug, Clone)]
pub struct Setting {
    /// `url.BASE.insteadOf`
    pub name: String,
    pub value: String,
}

impl Setting {
    /// git takes what follows the first `=` of an argument for the value.
    fn fits_argument(&self) -> bool {
        !self.name.contains('=')
    }

    /// # Errors
    /// There is no way to give it to a git as old as this one.
    pub fn check(&self, git: &Git) -> Result<()> {
        match self.fits_argument() {
            true => Ok(()),
            false => git.check_at_least(OLDEST_WITH_COUNT),
        }
    }
}

/// git in a folder.
#[derive(Clone)]
pub struct Git {
    pub run: Arc<Run>,
    pub folder: PathBuf,
    /// For its calls only.
    settings: Vec<Setting>,
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

    /// With these settings of git.
    pub fn with(&self, settings: Vec<Setting>) -> Git {
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
        self.check_at_least(OLDEST)
    }

    fn check_at_least(&self, oldest: (u32, u32)) -> Result<()> {
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
        if version >= oldest {
            return Ok(());
        }
        let (major, minor) = oldest;
        Err(Error::new(Code::Capability, format!("git is too old: {}", told.stdout.trim()))
            .hint(format!("install git {major}.{minor} or newer")))
    }

    /// Runs git, whatever its status.
    pub fn output(&self, words: &[&str]) -> Result<Output> {
        self.output_within(TIMEOUT, words)
    }

    /// As `output` for what only asks the server of the remote, which has to answer soon.
    ///
    /// # Errors
    /// It does not answer: `Timeout`.
    pub fn asked(&self, words: &[&str]) -> Result<Output> {
        self.output_within(PATIENCE, words).map_err(|error| match error.code() {
            Code::Timeout => error.hint(
                "the server of the remote, or a program that git asks for a login, does not answer: \
                 see whether `git fetch` works there without asking",
            ),
            _ => error,
        })
    }

    fn output_within(&self, timeout: Duration, words: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::new("git");
        self.set(&mut command);
        command.args(words).current_dir(&self.folder);
        for name in LOCAL {
            command.env_remove(name);
        }
        // Nobody sits at the other end of its standard streams, and the terminal shows progress: what asks there
        // would wait for ever. A program with a window of its own may ask.
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_EDITOR", "true");
        command.env("SSH_ASKPASS_REQUIRE", "force").env_remove("GPG_TTY");
        if std::env::var_os("SSH_ASKPASS").is_none() {
            command.env("SSH_ASKPASS", "false");
        }
        let shown = format!("git {}", words.first().copied().unwrap_or_default());
        let bounds = Bounds { timeout: Some(timeout), keep: KEEP };
        let ended = self.run.finish(program::run(command, &shown, &bounds, &self.watch))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let signal = std::os::unix::process::ExitStatusExt::signal(&ended.status);
        Ok(Output {
            status: ended.status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default()),
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        })
    }

    /// Gives it the settings, after those that are in the environment already.
    fn set(&self, command: &mut tokio::process::Command) {
        let known = std::env::var(COUNT).ok().and_then(|count| count.trim().parse().ok());
        let mut count: usize = known.unwrap_or_default();
        for setting in &self.settings {
            let Setting { name, value } = setting;
            if setting.fits_argument() {
                command.args(["-c", &format!("{name}={value}")]);
                continue;
            }
            command.env(format!("GIT_CONFIG_KEY_{count}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
            command.env(COUNT, count.to_string());
        }
    }

    /// What git printed, without the line end.
    ///
    /// # Errors
    /// `failed` in the words of git, if its status is not 0.
    pub fn text(&self, failed: &str, words: &[&str]) -> Result<String> {
        self.output(words)?.text(|| Error::failed(failed))
    }
}
