//! What arrays can do besides Rhai's own functions.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::Array;
use rhai::plugin::*;

use super::room;
use crate::script::errors::{Fallible, call_begins, throw};
use crate::script::kind::kind;
use crate::{Code, Error};

#[export_module]
pub mod functions {
    /// The items as one text with `separator` between them. Items are texts and numbers; any other is an
    /// error.
    ///
    /// ```rhai
    /// let names = ["git", "curl"];
    /// print(names.join(", "));
    /// ```
    #[rhai_fn(name = "join", pure, return_raw)]
    pub fn join(call: NativeCallContext, list: &mut Array, separator: &str) -> Fallible<String> {
        call_begins(&call);
        let mut text = String::new();
        for (at, item) in list.iter().enumerate() {
            if !(item.is_string() || item.is_char() || item.is_int() || item.is_float()) {
                let found = kind(item.type_name());
                let message = format!("item {at} of this array is {found}, which join cannot take");
                let hint = "turn each item into text with `map` before";
                return Err(throw(Error::new(Code::Script, message).hint(hint)));
            }
            if at > 0 {
                text.push_str(separator);
            }
            text.push_str(&item.to_string());
            room::fits(text.len())?;
        }
        Ok(text)
    }
}
