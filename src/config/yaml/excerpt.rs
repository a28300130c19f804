//! As much of a line as an error may show: no value that may be a secret.

use super::lines::Lines;

/// Parts of the names of keys whose values are secrets, or may contain some.
const SECRET: [&str; 12] = [
    "access_key",
    "apikey",
    "auth",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "private",
    "secret",
    "token",
    "user_data",
    "api_key",
];

/// Whether the value of a key may be, or contain, a secret.
pub fn may_be_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    SECRET.iter().any(|part| key.contains(part))
}

/// The line up to the first key whose value must not be shown, which is every key that is not
/// `harmless`. None: nothing of it may be shown, as it continues the value of such a key, or of none.
pub fn excerpt(lines: &Lines, line: usize, harmless: &dyn Fn(&str) -> bool) -> Option<String> {
    shown(lines, line, harmless, |_, end| end)
}

/// As [`excerpt`], of a file of credentials that cannot be read: what looks like a key may be a part of a
/// value. Only the name of a key for secrets is shown, and nothing before it.
pub fn excerpt_of_secrets(lines: &Lines, line: usize) -> Option<String> {
    let text = lines.line(line);
    let start = |key: &str, end: usize| {
        text.get(..end - 1).and_then(|before| before.rfind(key)).unwrap_or_default()
    };
    let before = keys(text).next().and_then(|(key, end)| text.get(..start(key, end)));
    if before.is_some_and(|before| before.contains(char::is_alphanumeric)) {
        let indent = text.find(|c: char| !c.is_whitespace()).unwrap_or_default();
        return Some(format!("{}***", text.get(..indent)?));
    }
    shown(
        lines,
        line,
        &|_| false,
        |key, end| {
            if may_be_secret(key) { end } else { start(key, end) }
        },
    )
}

/// `cut`: from the first key that is not harmless, and the byte after its colon, to the end of what is shown.
fn shown(
    lines: &Lines,
    line: usize,
    harmless: &dyn Fn(&str) -> bool,
    cut: impl Fn(&str, usize) -> usize,
) -> Option<String> {
    let shown = |key: &str| harmless(key) && !may_be_secret(key);
    let text = lines.line(line);
    if keys(text).next().is_none() {
        let above = (1..line).rev().find_map(|line| keys(lines.line(line)).last());
        // Without any key above, it may be a file of another kind, such as a private key.
        return above.is_some_and(|(key, _)| shown(key)).then(|| text.to_owned());
    }
    let secret = keys(text).find(|(key, _)| !shown(key)).map(|(key, end)| cut(key, end));
    match secret.into_iter().chain(login(text)).min() {
        Some(end) if text.get(end..).is_some_and(|rest| !rest.trim().is_empty()) => {
            let start = text.get(..end)?;
            let gap = if start.ends_with(' ') || start.is_empty() { "" } else { " " };
            Some(format!("{start}{gap}***"))
        }
        _ => Some(text.to_owned()),
    }
}

/// Where the user and password of an address begin: `https://user:password@host`.
fn login(text: &str) -> Option<usize> {
    let at = text.find("://")? + 3;
    let end = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'');
    text.get(at..)?.split(end).next()?.contains('@').then_some(at)
}

/// Whatever looks like a key, with the byte after its colon.
fn keys(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.match_indices(':').filter_map(move |(colon, _)| {
        let (before, after) = (text.get(..colon)?, text.get(colon + 1..)?);
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '<');
        let name = before.trim_end().trim_end_matches(['"', '\'']);
        let start = name.rfind(|c| !is_name(c)).map_or(0, |at| {
            at + name.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let ends = after.is_empty() || after.starts_with([' ', '\t', '{', '[', '"', '\'']);
        let is_quote = |c: char| matches!(c, '"' | '\'');
        // A colon within quotes, of which the second is missing or further on.
        let opens =
            name.get(..start)?.ends_with(is_quote) && !before.trim_end().ends_with(is_quote);
        let name = name.get(start..).filter(|name| !name.is_empty() && ends && !opens)?;
        Some((name, colon + 1))
    })
}
