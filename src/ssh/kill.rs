//! Kills a command that was given up. libssh2 does not offer the protocol's signal request, so a
//! second channel of the same session looks for the command: both shells are children of the one
//! server process that serves this session.

use std::io::Read;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::limits::Limits;
use super::link::Link;
use super::quote::quote_plain;

const PATIENCE: Duration = Duration::from_secs(2);

/// `$1` is the server process, `$2` the shell that must be spared. Each other child of the server
/// leads a process group of its own. The script uses only builtins of every shell.
const SCRIPT: &str = r#"for entry in /proc/[0-9]*; do
pid=${entry#/proc/}
{ read -r line < "$entry/stat"; } 2>/dev/null || continue
line=${line##*) }; line=${line#* }
[ "${line%% *}" = "$1" ] && [ "$pid" != "$2" ] && kill -s TERM -- "-$pid"
done"#;

/// Sends TERM to the command and all processes it started. A failure is not reported: the session is
/// dropped afterwards in any case.
pub(super) fn terminate(link: &Link, job: &Job) {
    let limits = Limits::new(CancellationToken::new(), Some(PATIENCE));
    let Ok(mut channel) = link.call(&limits, || link.session.channel_session()) else { return };
    let sudo = match &job.sudo {
        Some(user) => format!("sudo -n -u {} -- ", quote_plain(user)),
        None => String::new(),
    };
    let line = format!("{sudo}sh -c {} sh \"$PPID\" \"$$\"", quote_plain(SCRIPT));
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
