//! Turns a [`Command`] into the line for the login shell of the remote user.

use std::fmt::Write;
use std::io::{Cursor, Read};

use super::command::Command;
use super::quote::quote;
use super::sudo::as_user;
use crate::{Error, Result};

/// The longest command shown in messages, in characters.
const SHOWN: usize = 200;

/// What is sent to run a command.
pub(super) struct Wire {
    pub(super) line: String,
    pub(super) input: Option<Box<dyn Read + Send>>,
    /// The user it runs as by sudo, if not the login user.
    pub(super) sudo: Option<String>,
}

/// Builds what is sent for `command` by a session of the user `login`.
pub(super) fn wire(command: &Command, login: &str) -> Result<Wire> {
    let script = script(command)?;
    let sudo = command.sudo.as_deref().filter(|user| *user != login).map(str::to_string);
    let input = command.stdin.clone().unwrap_or_default();
    // Every user of the remote machine can read a command line in the list of processes, and sudo
    // writes it to its log. So a secret is sent ahead of the input, and the shell reads exactly its
    // bytes from there. A terminal would show its input.
    if command.secret && command.pty {
        return Err(Error::usage("a command cannot have both `secret` and `pty`")
            .hint("omit `pty`, because a terminal shows its input, or pass the secret in a file"));
    }
    if command.secret {
        let loader = format!("eval \"$(dd bs=1 count={} 2>/dev/null)\"", script.len());
        let input = Cursor::new(script.into_bytes()).chain(Cursor::new(input));
        let line = as_user(&loader, sudo.as_deref())?;
        return Ok(Wire { line, input: Some(Box::new(input)), sudo });
    }
    let line = as_user(&script, sudo.as_deref())?;
    let input: Option<Box<dyn Read + Send>> =
        if input.is_empty() { None } else { Some(Box::new(Cursor::new(input))) };
    Ok(Wire { line, input, sudo })
}

/// The command as it may be shown: one line, not too long, and nothing of a secret.
pub(super) fn shown(command: &Command) -> String {
    if command.secret {
        return "(hidden: it contains a secret)".to_string();
    }
    let line = command.line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn script(command: &Command) -> Result<String> {
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
    fn a_plain_command_is_sent_as_it_is() {
        let sent = wire(&command("echo 'a b' | wc"), "root").unwrap();
        assert_eq!(sent.line, "echo 'a b' | wc");
        assert!(sent.input.is_none());
    }

    #[test]
    fn sudo_to_the_login_user_is_omitted() {
        let root = Command { sudo: Some("root".into()), ..command("id") };
        assert_eq!(wire(&root, "root").unwrap().line, "id");
        assert_eq!(wire(&root, "admin").unwrap().line, "sudo -n -H -u root -- sh -c id");
    }

    #[test]
    fn a_secret_is_in_no_argument() {
        let secret = Command {
            secret: true,
            sudo: Some("root".into()),
            env: [("TOKEN".to_string(), "s3cret".to_string())].into(),
            ..command("login --with hunter2")
        };
        let sent = wire(&secret, "admin").unwrap();
        assert!(!sent.line.contains("hunter2") && !sent.line.contains("s3cret"), "{}", sent.line);
        assert!(!shown(&secret).contains("hunter2"));
    }

    #[test]
    fn a_secret_on_a_terminal_is_refused() {
        let both = Command { secret: true, pty: true, ..command("login --with hunter2") };
        let error = wire(&both, "root").err().unwrap();
        assert!(error.message().contains("`pty`") && !error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_bad_variable_name_is_refused() {
        let bad = Command { env: [("A B".to_string(), String::new())].into(), ..command("id") };
        assert!(wire(&bad, "root").err().unwrap().message().contains("`A B`"));
    }
}
