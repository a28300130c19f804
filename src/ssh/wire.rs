//! Turns a [`Command`] into a script for `sh`.

use std::fmt::Write;

use super::command::Command;
use super::quote::quote;
use crate::Result;

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

/// The script, with environment and folder.
pub(super) fn script(command: &Command) -> Result<String> {
    command.check()?;
    let mut script = String::new();
    for (name, value) in &command.env {
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
    fn a_user_without_a_name_is_refused() {
        let error = script(&Command { sudo: Some(" ".to_string()), ..command("id") }).unwrap_err();
        assert_eq!(error.message(), "the user of a command has no name");
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
