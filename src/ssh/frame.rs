//! The frame around every command: a constant script for `sh` that marks where the output of the
//! command begins and ends. What login files print is outside of it, and an end without its mark is
//! known not to be the command's. Whatever the login shell is (sh, fish, csh…), it reads one line of words in
//! quotes and becomes `sh`.

use super::marks::Mark;
use super::quote::{quote_for_any_shell, quote_plain};

/// Servers accept packets of 35,000 bytes at least, which a longer line may exceed.
const LONGEST: usize = 30_000;

/// The beginning when any shell reads the line. `$1` and `$2` are a backslash or two as that shell
/// understands them; it is told whether the shell is `sh` itself. `$3` is the nonce, `$4` the command,
/// `$5` a user. It contains nothing that any shell changes within single quotes.
const LEARN: &str = r#"imgctl_d=0; [ "$1" = "$2$2" ] && [ "$SHELL" -ef /bin/sh ] 2>/dev/null && imgctl_d=1; shift 2; "#;

/// How a command is to be run.
pub(super) struct Program<'a> {
    /// For `sh`.
    pub(super) text: &'a str,
    /// Run by sudo as this user.
    pub(super) user: Option<&'a str>,
    pub(super) pty: bool,
    /// The login shell is `sh` itself, which an earlier command has found out.
    pub(super) is_sh: bool,
}

impl Program<'_> {
    /// The line for the login shell; its marks carry this nonce.
    pub(super) fn line(&self, nonce: &str) -> String {
        let user = self.user.unwrap_or_default();
        if self.is_sh {
            let words = [nonce, self.text, user].map(quote_plain).join(" ");
            return format!("set -- {words}; imgctl_d=1; {}", self.frame(false));
        }
        // The C shell knows no line ends within quotes.
        let encoded = self.text.contains('\n');
        let format = match encoded {
            // The blank keeps it from being an option.
            true => format!(
                " {}",
                self.text.replace('\\', "\\\\").replace('%', "%%").replace('\n', "\\n")
            ),
            false => self.text.to_owned(),
        };
        let frame = format!("{LEARN}{}", self.frame(encoded));
        let words = [nonce, &format, user].map(quote_for_any_shell).join(" ");
        format!(r#"exec /bin/sh -c '{frame}' sh '\\' "\\" {words}"#)
    }

    /// Whether the line is too long to be sent as one.
    pub(super) fn is_too_long(&self) -> bool {
        self.line("").len() > LONGEST
    }

    /// A subshell keeps `exit`, `exec` and traps of the command away from the mark after it.
    fn frame(&self, encoded: bool) -> String {
        let text = if encoded { r#"$(printf "$2")"# } else { "$2" };
        let begin = format!(r#"echo "{} $1 $imgctl_d""#, Mark::BEGIN);
        // A terminal has one stream.
        let begin = if self.pty { begin } else { format!("{begin}; {begin} >&2") };
        let run = match self.user {
            // sudo is understood in English only, and passes the variable on.
            Some(_) => {
                r#"LANGUAGE=C sudo -n -H -u "$imgctl_u" -- sh -c "unset LANGUAGE; $imgctl_c""#
            }
            None => r#"(eval "$imgctl_c")"#,
        };
        let end = format!(r#"echo "{} $imgctl_n $imgctl_c""#, Mark::END);
        format!(
            r#"{begin}; imgctl_n=$1 imgctl_c={text} imgctl_u=$3; shift 3; {run}; imgctl_c=$?; {end}; exit $imgctl_c"#
        )
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Program;

    /// Texts in which shells differ.
    const NASTY: [&str; 4] = [
        r#"printf '%s|' 'a!b' "c\\d" e\'f '$HOME' 'g%h'"#,
        "printf '%s|' 'two\nlines!' \"it's\" '\\n' '100%'",
        "-n",
        "exit 3",
    ];

    #[test]
    fn every_shell_that_is_here_runs_the_same() {
        for text in NASTY {
            let program = |is_sh| Program { text, user: None, pty: false, is_sh }.line("n0");
            let run = |shell: &str, is_sh| {
                let output =
                    Command::new(shell).arg("-c").arg(program(is_sh)).env("HOME", "/none").output();
                let output = output.ok()?;
                let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
                let (_, inside) = stdout.split_once('\n')?;
                Some((output.status.code(), inside.to_owned()))
            };
            let expected = run("sh", true).expect("sh is here");
            for shell in ["sh", "bash", "dash", "zsh", "ksh", "fish", "tcsh", "csh"] {
                let Some(found) = run(shell, false) else { continue };
                assert_eq!(found, expected, "{shell}: {text}");
            }
        }
    }
}
