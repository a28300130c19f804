//! Replacing in a text, up to the memory that a script may have: each match may be replaced by something longer,
//! so that a text of a megabyte can become one of a terabyte in one call, which would end the process.

use rhai::{Engine, ImmutableString};

use super::room;
use crate::script::errors::Fallible;

/// Replaces Rhai's own functions.
pub fn register(engine: &mut Engine) {
    let replace = move |text: &mut ImmutableString, find: &str, with: &str| -> Fallible<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (mut grown, mut at) = (String::new(), 0);
        for (found, matched) in text.match_indices(find) {
            grown.push_str(&text[at..found]);
            grown.push_str(with);
            room::fits(grown.len())?;
            at = found + matched.len();
        }
        grown.push_str(&text[at..]);
        *text = grown.into();
        Ok(())
    };
    engine.register_fn("replace", replace);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, with: char| {
        replace(text, find, with.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, with: &str| {
        replace(text, find.encode_utf8(&mut [0; 4]), with)
    });
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, with: char| {
        replace(text, find.encode_utf8(&mut [0; 4]), with.encode_utf8(&mut [0; 4]))
    });
}
