//! What sudo says when it refuses.

use crate::{Code, Error, said};

/// The error for a command that did not run because sudo refused or is missing; None for a failure
/// of the command itself. sudo has no codes for these: its messages, in English as the frame asks for, are
/// all there is.
pub(super) fn refusal(label: &str, user: &str, status: i32, printed: &[u8]) -> Option<Error> {
    let line = said::lines(printed).into_iter().find(|line| line.contains("sudo"))?;
    let error =
        |what: &str| Error::new(Code::CommandFailed, format!("[{label}] {what}")).cause(&line);
    let asks = ["a password is required", "a terminal is required"];
    match status {
        // Said by the shell, in the user's language.
        127 if line.contains(": sudo: ") => Some(
            error("sudo is not installed")
                .hint(format!("install sudo in the base image, or log in as {user}")),
        ),
        1 if line.contains("must have a tty") => {
            let command =
                "sudo(\"sed -i /requiretty/s/^/#/ /etc/sudoers /etc/sudoers.d/*\", #{ pty: true })";
            Some(error(&format!("sudo requires a terminal to become {user}")).hint(format!(
                "take `requiretty` out of its rules by a terminal: `imgctl run -e 'cloud::host().{command}'`"
            )))
        }
        1 if asks.iter().any(|text| line.contains(text)) => {
            Some(error(&format!("sudo asks for a password to become {user}")).hint(
                "give the login user a NOPASSWD rule in /etc/sudoers.d, or log in as another user",
            ))
        }
        1 if line.contains("not in the sudoers file") || line.contains("is not allowed to") => {
            Some(
                error(&format!("sudo does not allow the login user to become {user}"))
                    .hint("add a rule to /etc/sudoers.d, or log in as another user"),
            )
        }
        1 if line.contains("unknown user") => Some(error(&format!("user {user} does not exist"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_requires_a_terminal_is_no_missing_password() {
        let said = b"sudo: sorry, you must have a tty to run sudo\n";
        let error = refusal("build", "root", 1, said).unwrap();
        assert!(error.message().contains("requires a terminal"), "{error}");
        let said = b"sudo: a password is required\n";
        let error = refusal("build", "root", 1, said).unwrap();
        assert!(error.message().contains("asks for a password"), "{error}");
        assert!(refusal("build", "root", 1, b"sudo: nothing of that kind\n").is_none());
        for said in ["sh: 1: sudo: not found\n", "sh: line 1: sudo: Kommando nicht gefunden.\n"] {
            let error = refusal("build", "root", 127, said.as_bytes()).unwrap();
            assert!(error.message().contains("not installed"), "{error}");
        }
        assert!(refusal("build", "root", 127, b"sh: 1: nosudo: not found\n").is_none());
    }
}
