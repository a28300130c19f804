//! YAML.

use rhai::plugin::*;

use super::{convert, integers, room};
use crate::Error;
use crate::config::yaml;
use crate::script::errors::{Fallible, call_begins, throw};

#[export_module]
pub mod functions {
    /// The value of a YAML text.
    ///
    /// ```rhai
    /// let matrix = yaml::parse(fs::read("matrix.yaml"));
    /// ```
    #[rhai_fn(name = "parse", return_raw)]
    pub fn parse(call: NativeCallContext, text: &str) -> Fallible<Dynamic> {
        call_begins(&call);
        room::fits_document(text)?;
        let value = yaml::value(text).map_err(|problem| {
            let (line, column) = yaml::Lines::new(text).at(problem.bytes.start);
            let error = Error::failed("this is not valid YAML");
            throw(error.cause(format!("line {line}, column {column}: {}", problem.message)))
        })?;
        integers::tell(&call, integers::of_value(&value))?;
        convert::to_script(&value)
    }

    /// A value as YAML text.
    ///
    /// ```rhai
    /// host.write("/etc/agent.yaml", yaml::text(#{ port: 8080 }), #{ sudo: true });
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext, value: Dynamic) -> Fallible<String> {
        call_begins(&call);
        let value = convert::to_json(&value)?;
        // Long texts stay on one line, as they are in the value.
        let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
        serde_saphyr::to_string_with_options(&value, options).map_err(|error| {
            throw(Error::failed("this value cannot be written as YAML").cause(error))
        })
    }
}
