//! Kills a command that was given up. libssh2 does not offer the protocol's signal request, so a
//! second channel of the same session runs a script that looks for the command: the nonce of its
//! frame is in the arguments of its shell. The script finds it also when the session ends meanwhile.

use std::io::Read;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::limits::Limits;
use super::link::Link;
use super::link_error::LinkError;
use super::quote::quote_for_any_shell;
use crate::report::Level;

/// How long the server may take.
pub(super) struct Patience {
    /// To answer at all: one that hangs does not.
    opening: Duration,
    /// For everything: on a loaded machine sudo alone takes seconds.
    all: Duration,
}

impl Patience {
    /// Somebody waits, who has pressed Ctrl-C. The watchdog cuts a second later.
    pub(super) const SHORT: Patience =
        Patience { opening: Duration::from_secs(2), all: Duration::from_secs(4) };
    pub(super) const LONG: Patience =
        Patience { opening: Duration::from_secs(5), all: Duration::from_secs(15) };
}

/// `$1` is a pattern for the nonce that does not match itself, `$2` the script that ends the groups
/// found, `$3` a user. The login user owns the shell of the frame and therefore sees it. Where the
/// server gives commands no process groups of their own it would be killed with them: the script gives up.
const FIND: &str = r#"
PATH=$PATH:/usr/bin:/bin;
group() {
    { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 1;
    line=${line##*) }; line=${line#* }; line=${line#* }; group=${line%% *};
};
command -v grep >/dev/null && group "$$" || exit 1;
own=$group; groups=;
for file in $(grep -ls -e "$1" /proc/[0-9]*/cmdline); do
    pid=${file#/proc/}; group "${pid%/cmdline}" || continue;
    [ "$group" = "$own" ] && exit 1;
    case " $groups " in *" $group "*) ;; *) groups="$groups $group";; esac;
done;
[ "$groups" ] || { echo imgctl-ended; exit; };
"#;

/// Sends TERM once to each group, since a second one would disturb a trap that cleans up, and looks
/// whether they end, for about two seconds. One that has ended stays in its group until its parent
/// asks for its status, which the first process of a container may never do.
const END: &str = r#"
runs() {
    for file in /proc/[0-9]*/stat; do
        { read -r line < "$file"; } 2>/dev/null || continue;
        line=${line##*) }; state=${line%% *}; line=${line#* }; line=${line#* };
        case "${line%% *} $state" in "$1 Z") ;; "$1 "*) return 0;; esac;
    done;
    return 1;
};
for group do kill -s TERM -- "-$group" 2>/dev/null; done;
for pause in 0.02 0.1 0.2 0.3 0.4 0.5 0.5; do
    left=;
    for group do kill -s 0 -- "-$group" 2>/dev/null && runs "$group" && left=1; done;
    [ "$left" ] || { echo imgctl-ended; exit; };
    sleep "$pause" 2>/dev/null || sleep 1;
done;
echo imgctl-stays
"#;

/// The line that runs it, for login shells of every kind: not all know line ends within quotes, and
/// the scripts contain nothing else that one of them changes there.
fn line(nonce: &str, user: Option<&str>) -> String {
    let one_line = |script: &str| script.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let (first, rest) = nonce.split_at(1);
    let (pattern, end) = (format!("[{first}]{rest}"), one_line(END));
    let words = [&pattern, &end, user.unwrap_or_default()].map(quote_for_any_shell).join(" ");
    let sudo = if user.is_some() { r#"sudo -n -u "$3" -- "# } else { "" };
    let find = one_line(FIND);
    format!(r#"exec /bin/sh -c '{find} exec {sudo}sh -c "$2" sh $groups' sh {words}"#)
}

/// Sends TERM to the command and all processes it started. The session is dropped afterwards in any
/// case; a warning names a command that may still run then.
pub(super) fn terminate(link: &Link, job: &Job, nonce: &str, patience: &Patience) {
    let limits = Limits::new(CancellationToken::new(), Some(patience.all)).guarded(&link.watchdog);
    let line = line(nonce, job.sudo.as_deref());
    let what = match ask(link, &line, &limits, &limits.within(patience.opening)) {
        Ok(Some(Word::Ended)) => return,
        Ok(Some(Word::Stays)) => "still runs there: it was told to end (SIGTERM) and has not yet",
        Ok(None) | Err(_) => "may still run there: the server did not confirm that it was ended",
    };
    job.report.log(Level::Warning, &format!("{}: `{}` {what}", job.label, job.shown));
}

/// What the script says at its end.
enum Word {
    Ended,
    Stays,
}

fn ask(
    link: &Link,
    line: &str,
    limits: &Limits,
    opening: &Limits,
) -> Result<Option<Word>, LinkError> {
    let mut channel = link.call(opening, || link.session.channel_session())?;
    link.call(opening, || channel.exec(line))?;
    let mut said = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        // A login shell may print on both streams, and the script waits until that is read.
        let read = {
            let _guard = limits.guard();
            [0, 1].map(|id| {
                let length = channel.stream(id).read(&mut buffer).unwrap_or(0);
                said.extend_from_slice(&buffer[..length]);
                length
            })
        };
        let has = |word: &str| said.windows(word.len()).any(|part| part == word.as_bytes());
        if has("imgctl-ended") {
            return Ok(Some(Word::Ended));
        } else if has("imgctl-stays") {
            return Ok(Some(Word::Stays));
        }
        // Enough for the end of one word.
        said.drain(..said.len().saturating_sub(buffer.len()));
        match read {
            [0, 0] if channel.eof() => return Ok(None),
            [0, 0] => link.wait(limits)?,
            _ => limits.check()?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Lines};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, ChildStdout, Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process_group};

    use super::line;

    /// A group of processes with this nonce; its output ends with the last of them.
    struct Group(Child, Lines<BufReader<ChildStdout>>);

    impl Group {
        fn begin(nonce: &str) -> Group {
            let script = "sh -c 'echo begun; exec sleep 1000' & wait; true";
            let mut command = Command::new("sh");
            command.args(["-c", script, nonce]).process_group(0).stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert_eq!(lines.next().unwrap().unwrap(), "begun");
            Group(child, lines)
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            // It may have ended already.
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
            let _ = self.0.wait();
        }
    }

    #[test]
    fn every_shell_that_is_here_ends_the_whole_group_of_a_command_and_no_other() {
        for shell in ["sh", "bash", "dash", "zsh", "ksh", "fish", "tcsh", "csh"] {
            let [nonce, other] = [(); 2].map(|()| format!("{:016x}", fastrand::u64(..)));
            let (mut ended, mut spared) = (Group::begin(&nonce), Group::begin(&other));
            let killer = Command::new(shell)
                .args(["-c", &line(&nonce, None)])
                .env("HOME", "/none")
                .process_group(0)
                .stdout(Stdio::piped())
                .spawn();
            let Ok(killer) = killer else { continue };
            assert!(ended.1.next().is_none(), "{shell}");
            // As the server does: one that has ended belongs to its group until then.
            ended.0.wait().unwrap();
            let output = killer.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), "imgctl-ended\n", "{shell}");
            assert!(spared.0.try_wait().unwrap().is_none(), "{shell}");
        }
    }
}
