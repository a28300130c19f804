//! What sudo says when it refuses.

use crate::{Code, Error};

/// The error for a command that did not run because sudo refused or is missing; None for a failure
/// of the command itself. sudo has no codes for these: its English messages are all there is.
pub(super) fn refusal(label: &str, user: &str, status: i32, printed: &[u8]) -> Option<Error> {
    let text = String::from_utf8_lossy(printed);
    let line = text.lines().find(|line| line.contains("sudo"))?.trim().to_string();
    let error =
        |what: &str| Error::new(Code::CommandFailed, format!("[{label}] {what}")).cause(&line);
    let asks = ["a password is required", "a terminal is required", "must have a tty"];
    match status {
        127 if line.contains("not found") => Some(
            error("sudo is not installed")
                .hint(format!("install sudo in the base image, or log in as {user}")),
        ),
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
