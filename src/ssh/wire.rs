//! Turns a [`Command`] into a script for `sh`.

use std::fmt::Write;

use super::command::Command;
use super::quote::quote;
use crate::{Error, Result};

/// The longest command shown in a line, in characters.
const SHOWN: usize = 200;

/// The command as it may be shown: one line, not too long, and nothing of a secret.
pub(super) fn shown(command: &Command) -> String {
    if command.secret {
        return "(hidden: it contains a secret)".to_string();
    }
    // Enough of it for the characters that are shown.
    let end = command.line.char_indices().nth(8 * SHOWN).map_or(command.line.len(), |(at, _)| at);
    let short = command.line[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    match short.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    }
}

/// The error for a command with a secret and a terminal.
pub(super) fn secret_on_terminal() -> Error {
    Error::usage("a command that contains a secret cannot have a `pty`")
        .hint("omit `pty`, because a terminal shows its input, or pass the secret in a file")
}

/// The script, with environment and folder.
pub(super) fn script(command: &Command) -> Result<String> {
    if command.pty && command.secret {
        return Err(secret_on_terminal());
    }
    if command.line.contains('\0') {
        return Err(Error::usage("a command must not contain a zero byte"));
    }
    let mut script = String::new();
    for (name, value) in &command.env {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || !name.chars().all(word)
        {
            return Err(Error::usage(format!(
                "`{name}` is not a valid name of an environment variable"
            ))
            .hint("use letters, digits and underscores, and begin with no digit"));
        }
        let _ = writeln!(script, "export {name}={}", quote(value)?);
    }
    if let Some(folder) = &command.cwd {
        let _ = writeln!(script, "cd -- {} || exit 1", quote(folder)?);
    }
    script.push_str(&command.line);
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        Command { line: line.to_string(), ..Command::default() }
    }

    #[test]
    fn a_secret_on_a_terminal_is_refused() {
        let both = Command { secret: true, pty: true, ..command("login --with hunter2") };
        let error = script(&both).unwrap_err();
        assert!(error.message().contains("`pty`") && !error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_bad_variable_name_is_refused() {
        let bad = Command { env: [("A B".to_string(), String::new())].into(), ..command("id") };
        assert!(script(&bad).unwrap_err().message().contains("`A B`"));
    }
}
