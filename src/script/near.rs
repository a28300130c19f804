//! Names that are most likely meant.

use crate::Error;
use crate::error::nearest;

/// Adds the hint "did you mean" when a known name is near.
pub fn with_nearest<'a>(
    error: Error,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()).or_else(|| begun(word, &known)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// The only name that begins with a word, or that a word begins with: `log::err`, `list.length`.
fn begun<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let is_like = |name: &&&str| {
        name.len().min(word.len()) >= SHORTEST
            && (name.starts_with(word) || word.starts_with(**name))
    };
    let mut found: Vec<&str> = known.iter().filter(is_like).copied().collect();
    found.sort_unstable();
    found.dedup();
    if let [only] = found[..] { Some(only) } else { None }
}
