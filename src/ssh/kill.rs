//! Kills a command that was given up. libssh2 does not offer the protocol's signal request, so a
//! second channel of the same session looks for the command: both shells are children of the one
//! server process that serves this session.

use std::io::Read;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::limits::Limits;
use super::link::Link;
use super::quote::quote_for_any_shell;

const PATIENCE: Duration = Duration::from_secs(2);

/// `$1` is the server process, `$2` the shell that must be spared. Each other child of the server
/// leads a process group of its own. The script uses only builtins of every shell, and nothing that a
/// login shell changes within single quotes.
const SCRIPT: &str = "for entry in /proc/[0-9]*; do pid=${entry#/proc/}; \
    { read -r line < \"$entry/stat\"; } 2>/dev/null || continue; \
    line=${line##*) }; line=${line#* }; \
    [ \"${line%% *}\" = \"$1\" ] && [ \"$pid\" != \"$2\" ] && kill -s TERM -- \"-$pid\"; done";

/// The line that runs it, for login shells of every kind.
fn line(user: Option<&str>) -> String {
    let Some(user) = user else {
        return format!(r#"exec /bin/sh -c 'set -- "$PPID" "$$"; {SCRIPT}'"#);
    };
    let words = [SCRIPT, user].map(quote_for_any_shell).join(" ");
    format!(r#"exec /bin/sh -c 'exec sudo -n -u "$2" -- sh -c "$1" sh "$PPID" "$$"' sh {words}"#)
}

/// Sends TERM to the command and all processes it started. A failure is not reported: the session is
/// dropped afterwards in any case.
pub(super) fn terminate(link: &Link, job: &Job) {
    let limits = Limits::new(CancellationToken::new(), Some(PATIENCE));
    let Ok(mut channel) = link.call(&limits, || link.session.channel_session()) else { return };
    let line = line(job.sudo.as_deref());
    if link.call(&limits, || channel.exec(&line)).is_err() {
        return;
    }
    let mut rest = [0; 1024];
    while !channel.eof() {
        // The output is of no use, but the channel ends only once it is read.
        let read = [0, 1].map(|id| channel.stream(id).read(&mut rest).unwrap_or(0));
        if read == [0, 0] && link.wait(&limits).is_err() {
            return;
        }
    }
    let _ = link.call(&limits, || channel.close());
}
