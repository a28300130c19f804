//! Where a value ends that follows its name, and whether it could be secret.

use std::ops::Range;

use super::word;

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The name is quoted, as in JSON.
    Json,
    Equals,
    Colon,
}

/// Words that tell what is wrong with a credential. They are not credentials themselves.
const TOLD: [&str; 24] = [
    "yes",
    "no",
    "true",
    "false",
    "null",
    "none",
    "nil",
    "eof",
    "empty",
    "missing",
    "invalid",
    "expired",
    "required",
    "revoked",
    "denied",
    "unset",
    "unknown",
    "unauthorized",
    "forbidden",
    "failed",
    "rejected",
    "requires",
    "cannot",
    "timeout",
];

/// The value that begins at `at`, or some blanks later. None: the text ends there, or the value is not a secret.
pub fn after(text: &str, at: usize, between: Between, name: &str) -> Option<Range<usize>> {
    let rest = &text[at..];
    let is_blank = |c: char| match between {
        Between::Json => c.is_whitespace(),
        _ => c == ' ' || c == '\t',
    };
    let begins = rest.trim_start_matches(is_blank);
    let blanks = rest.len() - begins.len();
    let start = at + blanks;
    let line = begins.split('\n').next().unwrap_or_default();
    // JSON may be cut off anywhere, and what else begins with a quote ends with its line.
    if let Some(quoted) = quoted(if between == Between::Json { begins } else { line }) {
        return Some(start + quoted.start..start + quoted.end).filter(|range| !range.is_empty());
    }
    if begins.starts_with(['[', '{']) {
        return Some(start..start + bracketed(begins));
    }
    let word = begins.split(char::is_whitespace).next().unwrap_or_default();
    let length = word.trim_end_matches(['"', '\'', '`', ',', ';', ')', ']', '}', '>', '\\']).len();
    let (word, after) = (&word[..length], &begins[word.len()..]);
    let is_secret = match between {
        _ if is_told(word) => false,
        Between::Json => true,
        Between::Equals => !word::is_path(word),
        Between::Colon if blanks == 0 => !is_place(name, word) && !word.starts_with([':', '/']),
        Between::Colon => {
            let is_last = after.split('\n').next().unwrap_or_default().trim().is_empty();
            !word::is_path(word) && (is_last || word::is_odd(word))
        }
    };
    is_secret.then_some(start..start + length)
}

/// Whether the word tells something about a credential in place of being one.
pub fn is_told(word: &str) -> bool {
    let bare = word.trim_end_matches(['.', ',', ':', ';', '!', ')', '\'', '"', '`']);
    bare.is_empty()
        || bare.starts_with("***")
        || bare.len() <= 3 && bare.chars().all(|c| c.is_ascii_digit())
        || TOLD.iter().any(|told| bare.eq_ignore_ascii_case(told))
}

/// `token.rs:12:5:`, a line of a file.
fn is_place(name: &str, word: &str) -> bool {
    name.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == ':')
}

/// The inside of a text in quotes, which may have backslashes before them (JSON within JSON).
fn quoted(text: &str) -> Option<Range<usize>> {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    let quote = text[slashes..].chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let start = slashes + 1;
    // GNU's programs quote `so'.
    let ends_so = |c: char| c == quote || quote == '`' && c == '\'';
    let ends = text[start..].match_indices(ends_so).map(|(at, _)| start + at).find_map(|at| {
        let inner = &text[start..at];
        let before = inner.len() - inner.trim_end_matches('\\').len();
        let is_end = if slashes == 0 { before.is_multiple_of(2) } else { before == slashes };
        is_end.then_some(at - slashes.min(before))
    });
    Some(start..ends.unwrap_or(text.len()))
}

/// The length of a list or map, to its last bracket.
fn bracketed(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}
