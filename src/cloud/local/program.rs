//! Other programs: looked up, followed while they run, ended by Ctrl-C.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::report::Watch;
use crate::{Code, Error, Result, said};

/// The time for a program to clean up after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// How many of the last lines on standard error an error quotes, and how many are kept to choose these from.
const QUOTED_LINES: usize = 6;
const KEPT_LINES: usize = 100;
/// Bytes of such a line.
const LINE: usize = 4096;
/// Bytes of standard output that are kept, and after which a line without end is cut.
const KEPT: usize = 16 << 20;

/// Looks a program up in `PATH` (and the folders of system programs), unless its file is given.
///
/// # Errors
/// `Config` if it is not there; the hint names the Debian package.
pub fn find(name: &str, file: Option<&Path>, package: &str) -> Result<PathBuf> {
    if let Some(file) = file {
        if file.is_file() {
            return Ok(file.to_owned());
        }
        return Err(Error::config(format!("program {} does not exist", file.display()))
            .hint(format!("remove the setting to use {name} from PATH")));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        // mke2fs and others are in folders that only root's PATH contains.
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            Error::config(format!("{name} is not installed"))
                .hint(format!("run `sudo apt install {package}`"))
        })
}

/// Runs a program to its end and returns its standard output. `on_line` gets each line of both
/// streams as it comes; a carriage return ends a line too. Ctrl-C ends the program and its children.
///
/// # Errors
/// `Failed` if it does not exit with 0, with its last lines on standard error; `Interrupted`.
pub async fn run(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    watch: &Watch,
    on_line: impl FnMut(&str) + Send,
) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    run_command(command, Redirect::default(), watch, on_line).await
}

/// Files as a program's standard input (default: empty) and output (default: returned).
#[derive(Debug, Default)]
pub struct Redirect {
    pub stdin: Option<File>,
    pub stdout: Option<File>,
}

/// [`run`] for a command with a folder, variables or redirections of its own.
pub async fn run_command(
    command: Command,
    files: Redirect,
    watch: &Watch,
    on_line: impl FnMut(&str) + Send,
) -> Result<String> {
    let program = PathBuf::from(command.as_std().get_program());
    let ended = run_to_end(command, files, watch, on_line).await?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    Err(ended.failure(&name, |_| true))
}

/// How a program ended.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    errors: VecDeque<String>,
}

impl Ended {
    /// Its last lines, of those that tell something: on standard error, or where that has none, on standard
    /// output.
    pub fn last(&self, tells: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = self.errors();
        lines.retain(|line| tells(line));
        if lines.is_empty() {
            lines = said::lines(self.stdout.as_bytes());
            lines.retain(|line| tells(line));
        }
        lines.split_off(lines.len().saturating_sub(QUOTED_LINES))
    }

    /// The last lines on its standard error.
    pub fn errors(&self) -> Vec<String> {
        let errors: String = self.errors.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        said::lines(errors.as_bytes())
    }

    /// The error for a failure of the program `name`.
    pub fn failure(&self, name: &str, tells: impl Fn(&str) -> bool) -> Error {
        let error = Error::failed(format!("{name} failed ({})", self.status));
        self.last(tells).into_iter().fold(error, Error::cause)
    }
}

/// [`run_command`] for a program whose exit status has a meaning.
///
/// # Errors
/// `Interrupted`; `Io` if it cannot be run.
pub async fn run_to_end(
    mut command: Command,
    files: Redirect,
    watch: &Watch,
    mut on_line: impl FnMut(&str) + Send,
) -> Result<Ended> {
    watch.check()?;
    let program = PathBuf::from(command.as_std().get_program());
    let mut child = command
        .stdin(files.stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(files.stdout.map_or_else(Stdio::piped, Stdio::from))
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .env("LC_ALL", "C.UTF-8")
        .spawn()
        .map_err(|error| Error::io("run", &program, error))?;
    let mut out = Splitter::new(child.stdout.take());
    let mut err = Splitter::new(child.stderr.take());
    let mut lines = Lines { stdout: String::new(), errors: VecDeque::new(), on_line: &mut on_line };
    let status = tokio::select! {
        () = watch.cancel.cancelled() => {
            end(&mut child, out, err).await;
            return Err(Error::interrupted());
        }
        result = follow(&mut child, &mut out, &mut err, &mut lines) => {
            result.map_err(|error| Error::io("follow", &program, error))?
        }
    };
    Ok(Ended { status, stdout: lines.stdout, errors: lines.errors })
}

/// Ends a program and its process group: by SIGTERM, then by SIGKILL. A program that writes a last word into a
/// closed pipe would be ended by that, in place of cleaning up.
async fn end(
    child: &mut Child,
    mut out: Splitter<impl AsyncRead + Unpin>,
    mut err: Splitter<impl AsyncRead + Unpin>,
) {
    let Some(group) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else { return };
    // Both fail only when the group has already ended.
    let _ = kill_process_group(group, Signal::TERM);
    let ended = async {
        tokio::join!(out.discard(), err.discard());
        child.wait().await
    };
    let _ = tokio::time::timeout(GRACE, ended).await;
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait().await;
}

struct Lines<'a> {
    stdout: String,
    errors: VecDeque<String>,
    on_line: &'a mut (dyn FnMut(&str) + Send),
}

impl Lines<'_> {
    fn take(&mut self, line: &str, error: bool) {
        (self.on_line)(line);
        if error && !line.trim().is_empty() {
            if self.errors.len() == KEPT_LINES {
                self.errors.pop_front();
            }
            let end = (LINE.min(line.len())..line.len()).find(|at| line.is_char_boundary(*at));
            self.errors.push_back(line[..end.unwrap_or(line.len())].to_owned());
        }
    }
}

async fn follow(
    child: &mut Child,
    out: &mut Splitter<impl AsyncRead + Unpin>,
    err: &mut Splitter<impl AsyncRead + Unpin>,
    lines: &mut Lines<'_>,
) -> std::io::Result<std::process::ExitStatus> {
    while !(out.done && err.done) {
        tokio::select! {
            chunk = out.next(), if !out.done => {
                let chunk = chunk?;
                // What is made of it is far shorter; a program without end is followed until it is ended.
                if lines.stdout.len() < KEPT {
                    lines.stdout.push_str(&chunk);
                }
                for line in out.lines(&chunk) {
                    lines.take(&line, false);
                }
            }
            chunk = err.next(), if !err.done => {
                let chunk = chunk?;
                for line in err.lines(&chunk) {
                    lines.take(&line, true);
                }
            }
        }
    }
    child.wait().await
}

/// Cuts a stream into lines.
struct Splitter<R> {
    stream: Option<R>,
    begun: String,
    done: bool,
}

impl<R: AsyncRead + Unpin> Splitter<R> {
    fn new(stream: Option<R>) -> Self {
        Splitter { done: stream.is_none(), stream, begun: String::new() }
    }

    /// The next piece of text; empty at the end.
    async fn next(&mut self) -> std::io::Result<String> {
        let mut buffer = [0; 8192];
        let count = match &mut self.stream {
            Some(stream) => stream.read(&mut buffer).await?,
            None => 0,
        };
        self.done = count == 0;
        Ok(String::from_utf8_lossy(&buffer[..count]).into_owned())
    }

    /// Reads what is left.
    async fn discard(&mut self) {
        if let Some(stream) = &mut self.stream {
            // What cannot be read has ended.
            let _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
        }
    }

    /// The lines which that piece completes.
    fn lines(&mut self, chunk: &str) -> Vec<String> {
        self.begun.push_str(chunk);
        let mut lines = Vec::new();
        while let Some(at) = self.begun.find(['\n', '\r']) {
            let rest = self.begun.split_off(at + 1);
            lines.push(std::mem::replace(&mut self.begun, rest).trim_end().to_owned());
        }
        if (self.done || self.begun.len() > KEPT) && !self.begun.is_empty() {
            lines.push(std::mem::take(&mut self.begun));
        }
        lines
    }
}

/// Whether the program was ended by Ctrl-C, in place of failing.
#[must_use]
pub fn was_interrupted(error: &Error) -> bool {
    error.code() == Code::Interrupted
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::report::Silent;

    async fn failure(script: &str) -> Error {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
        run_command(command, Redirect::default(), &watch, |_| ()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_failure_is_told_by_the_last_lines_wherever_they_were_printed() {
        let error = failure("echo one >&2; echo two; echo three >&2; exit 3").await;
        assert_eq!(error.message(), "sh failed (exit status: 3)");
        assert_eq!(error.causes(), ["one", "three"]);
        let error = failure("seq 9; exit 3").await;
        assert_eq!(error.causes(), ["4", "5", "6", "7", "8", "9"]);
    }

    #[tokio::test]
    async fn a_failure_shows_no_credential() {
        let error = failure("echo 'Get:1 https://me:hunter2@mirror/ refused' >&2; exit 3").await;
        assert_eq!(error.causes(), ["Get:1 https://me:***@mirror/ refused"]);
    }
}
