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
