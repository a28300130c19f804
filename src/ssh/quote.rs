//! Words quoted for a shell.

use std::borrow::Cow;

use crate::{Error, Result};

/// The word, quoted for the shell.
pub(super) fn quote(word: &str) -> Result<Cow<'_, str>> {
    shlex::try_quote(word)
        .map_err(|_| Error::usage("a word of a command must not contain a zero byte"))
}

/// [`quote`] for words that are known to contain no zero byte.
pub(super) fn quote_plain(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word that every shell reads as the same: sh, fish, and the C shell, which changes exclamation
/// marks in quotes, too. It contains no line end.
pub(super) fn quote_for_any_shell(word: &str) -> String {
    let mut quoted = String::with_capacity(word.len() + 2);
    quoted.push('\'');
    for c in word.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            '\\' => quoted.push_str(r"'\\'"),
            '!' => quoted.push_str(r"'\!'"),
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// A path on a host as a word for `sh`: `~` and `~user` at its beginning are home folders, and a dash
/// there is no option. An error if it contains a zero byte.
pub fn quote_path(path: &str) -> Result<String> {
    if path.starts_with('-') {
        return Ok(quote(&format!("./{path}"))?.into_owned());
    }
    // A tilde is one only if neither it nor the slash behind it is quoted.
    let end = path.find('/').map_or(path.len(), |at| at + 1);
    let (first, rest) = path.split_at(end);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match first.strip_prefix('~') {
        Some(user) if user.trim_end_matches('/').chars().all(is_name) => {
            let rest = if rest.is_empty() { Cow::Borrowed("") } else { quote(rest)? };
            Ok(format!("{first}{rest}"))
        }
        _ => Ok(quote(path)?.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::quote_path;

    #[test]
    fn a_tilde_is_left_to_the_shell_and_the_rest_is_quoted() {
        let quoted = |path| quote_path(path).unwrap_or_default();
        assert_eq!(quoted("~/a b"), "~/'a b'");
        assert_eq!(quoted("~/"), "~/");
        assert_eq!(quoted("~ci/x"), "~ci/x");
        assert_eq!(quoted("~"), "~");
        assert_eq!(quoted("~a b/c"), "'~a b/c'");
        assert_eq!(quoted("-x"), "./-x");
        assert_eq!(quoted("/a~/x"), "'/a~/x'");
    }
}
