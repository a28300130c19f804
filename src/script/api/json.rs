//! JSON.

use rhai::plugin::*;

use super::{convert, integers, room};
use crate::Error;
use crate::script::errors::{Fallible, call_begins, throw};

#[export_module]
pub mod functions {
    /// The value of a JSON text. A whole number of more than 63 bits is read as one with a fraction, with a warning.
    ///
    /// ```rhai
    /// let answer = json::parse(host.query("lsblk --json").stdout);
    /// ```
    #[rhai_fn(name = "parse", return_raw)]
    pub fn parse(call: NativeCallContext, text: &str) -> Fallible<Dynamic> {
        call_begins(&call);
        room::fits_document(text)?;
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| throw(Error::failed("this is not valid JSON").cause(error)))?;
        integers::tell(&call, integers::of_json(text))?;
        convert::to_script(&value)
    }

    /// A value as JSON text on one line.
    ///
    /// ```rhai
    /// fs::write("image.json", json::text(#{ id: image.id, name: image.name }));
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext, value: Dynamic) -> Fallible<String> {
        call_begins(&call);
        Ok(convert::to_json(&value)?.to_string())
    }
}
