//! Errors about items that a list, a text or a number does not have, in words.

use rhai::EvalAltResult;

use crate::{Code, Error};

/// None: it is another error.
#[must_use]
pub fn error(error: &EvalAltResult) -> Option<Error> {
    let (what, item, count, index) = match error {
        EvalAltResult::ErrorArrayBounds(count, index, _) => ("the list", "item", count, index),
        EvalAltResult::ErrorStringBounds(count, index, _) => {
            ("the text", "character", count, index)
        }
        EvalAltResult::ErrorBitFieldBounds(count, index, _) => ("a number", "bit", count, index),
        _ => return None,
    };
    let message = match *count {
        0 => format!("{what} has no {item} {index}: it is empty"),
        1 => format!("{what} has no {item} {index}: it has 1, which is {item} 0"),
        _ => format!("{what} has no {item} {index}: it has {count}, from 0 to {}", count - 1),
    };
    Some(Error::new(Code::Script, message))
}
