//! Texts cut into parts. Rhai's own functions make them whatever memory that takes: each part of a single letter
//! takes dozens of bytes.

use rhai::{Array, Dynamic, Engine, INT};

use super::room;
use crate::script::errors::Fallible;

/// Replaces Rhai's own functions.
pub fn register(engine: &mut Engine) {
    engine.register_fn("to_chars", |text: &str| -> Fallible<Array> {
        room::fits(text.len().saturating_mul(size_of::<Dynamic>()))?;
        Ok(text.chars().map(Into::into).collect())
    });
    engine.register_fn("split", |text: &str| -> Fallible<Array> {
        if text.is_empty() {
            return Ok(vec![text.into()]);
        }
        room::fits_parts(text.split_whitespace().count(), text.len())?;
        Ok(text.split_whitespace().map(Into::into).collect())
    });
    for (name, from_end) in [("split", false), ("split_rev", true)] {
        engine.register_fn(name, move |text: &str, at: &str| split(text, at, INT::MAX, from_end));
        engine.register_fn(name, move |text: &str, at: char| {
            split(text, at.encode_utf8(&mut [0; 4]), INT::MAX, from_end)
        });
        engine.register_fn(name, move |text: &str, at: &str, most: INT| {
            split(text, at, most, from_end)
        });
        engine.register_fn(name, move |text: &str, at: char, most: INT| {
            split(text, at.encode_utf8(&mut [0; 4]), most, from_end)
        });
    }
}

/// At most so many parts, the first or the last ones; the rest of the text is the last part.
fn split(text: &str, at: &str, most: INT, from_end: bool) -> Fallible<Array> {
    let found = text.matches(at).count();
    if most <= 1 || text.is_empty() || found == 0 {
        return Ok(vec![text.into()]);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    room::fits_parts(most.min(found.saturating_add(1)), text.len())?;
    Ok(match from_end {
        true => text.rsplitn(most, at).map(Into::into).collect(),
        false => text.splitn(most, at).map(Into::into).collect(),
    })
}
