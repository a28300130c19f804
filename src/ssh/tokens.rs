//! Tokens in the options of `~/.ssh/config`: `%h`, `${NAME}`, `~`.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// What the tokens stand for.
pub(super) struct Tokens<'a> {
    pub(super) home: &'a Path,
    /// The name that was asked for.
    pub(super) alias: &'a str,
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) user: &'a str,
    /// The name of the user of this computer.
    pub(super) own_user: &'a str,
    pub(super) key_alias: Option<&'a str>,
}

impl Tokens<'_> {
    /// The file that an option names. What cannot be replaced stands as written: such a file does not
    /// exist.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        let (mut path, mut rest) = (String::new(), text);
        if let Some(below) = rest.strip_prefix("~/") {
            path = format!("{}/", self.home.display());
            rest = below;
        }
        while let Some(c) = rest.chars().next() {
            let token = match c {
                '%' => rest.get(1..2).and_then(|name| Some((2, self.token(name)?))),
                '$' => variable(rest),
                _ => None,
            };
            let (length, value) = token.unwrap_or_else(|| (c.len_utf8(), c.to_string()));
            path.push_str(&value);
            rest = &rest[length..];
        }
        path.into()
    }

    fn token(&self, name: &str) -> Option<String> {
        Some(match name {
            "%" => "%".to_string(),
            "d" => self.home.display().to_string(),
            "h" => self.host.to_string(),
            "i" => rustix::process::getuid().as_raw().to_string(),
            "j" => String::new(),
            "k" => self.key_alias.unwrap_or(self.host).to_string(),
            "l" => own_name(),
            "L" => own_name().split('.').next().unwrap_or_default().to_string(),
            "n" => self.alias.to_string(),
            "p" => self.port.to_string(),
            "r" => self.user.to_string(),
            "u" => self.own_user.to_string(),
            _ => return None,
        })
    }

    /// The words of a program that no shell interprets, with their tokens replaced, except for those that
    /// depend on a host key.
    pub(super) fn words(&self, command: &str) -> Result<Vec<String>> {
        let words = shlex::split(command).filter(|words| !words.is_empty()).ok_or_else(|| {
            Error::config(format!("`{command}` is not a command: a quote is missing"))
                .hint("correct KnownHostsCommand in ~/.ssh/config")
        })?;
        let filled = words.iter().map(|word| {
            // The last replacement takes the sign of the token away.
            let word = word.replace("%%", "%%%%");
            self.path(&word).to_string_lossy().into_owned()
        });
        Ok(filled.collect())
    }

    /// The proxy command with `%h`, `%n`, `%p`, `%r` and `%%` replaced. Shells interpret it, on this
    /// machine and perhaps on others: no quoting is right for all, so values that would need any are
    /// refused.
    pub(super) fn command(&self, command: &str) -> Result<String> {
        let mut filled = String::new();
        let mut rest = command.chars();
        while let Some(c) = rest.next() {
            match (c, if c == '%' { rest.next() } else { None }) {
                ('%', Some('h')) => filled.push_str(plain("%h", self.host)?),
                ('%', Some('n')) => filled.push_str(plain("%n", self.alias)?),
                ('%', Some('p')) => filled.push_str(&self.port.to_string()),
                ('%', Some('r')) => filled.push_str(plain("%r", self.user)?),
                ('%', Some('%')) => filled.push('%'),
                (c, other) => {
                    filled.push(c);
                    filled.extend(other);
                }
            }
        }
        Ok(filled)
    }
}

/// The value for a placeholder in a proxy command, if every shell takes it for plain text.
///
/// # Errors
/// `Code::Config` for a value with other characters than letters, digits and `._-:@%+=,/`, or with a
/// dash at its beginning.
pub fn plain<'a>(place: &str, value: &'a str) -> Result<&'a str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:@%+=,/".contains(c);
    if !value.is_empty() && !value.starts_with('-') && value.chars().all(is_plain) {
        return Ok(value);
    }
    Err(Error::config(format!(
        "`{value}` cannot be put in the place of {place} in a proxy command"
    ))
    .cause("a shell would not take it for plain text")
    .hint(format!("write the value in the place of {place}, quoted as that command needs it")))
}

/// `${NAME}` at the beginning of the text: its length and the variable's value.
fn variable(text: &str) -> Option<(usize, String)> {
    let (name, _) = text.strip_prefix("${")?.split_once('}')?;
    Some((name.len() + 3, std::env::var(name).ok()?))
}

fn own_name() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let name = files.iter().find_map(|file| std::fs::read_to_string(file).ok());
    name.unwrap_or_default().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens<'static> {
        Tokens {
            home: Path::new("/home/me"),
            alias: "a",
            host: "h",
            port: 1,
            user: "u",
            own_user: "me",
            key_alias: None,
        }
    }

    #[test]
    fn a_proxy_command_gets_its_tokens() {
        assert_eq!(tokens().command("nc %h %p %r %% %x").unwrap(), "nc h 1 u % %x");
    }

    #[test]
    fn a_value_that_a_shell_would_interpret_is_refused() {
        for user in ["$(id)", "a b", "a;b", "a`b`", "-oX", "a'b", "a\nb", ""] {
            assert!(Tokens { user, ..tokens() }.command("nc %r").is_err(), "{user}");
        }
        assert!(Tokens { host: "fe80::1%eth0", ..tokens() }.command("nc %h").is_ok());
    }

    #[test]
    fn a_file_gets_its_tokens() {
        let path = |text| tokens().path(text).display().to_string();
        assert_eq!(path("~/.ssh/%h-%r-%n-%p%%"), "/home/me/.ssh/h-u-a-1%");
        assert_eq!(path("%d/%u ü"), "/home/me/me ü");
        assert_eq!(path("/${NO_SUCH_VARIABLE}/x"), "/${NO_SUCH_VARIABLE}/x");
    }
}
