//! YAML.

use rhai::plugin::*;

use super::convert;
use crate::Error;
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
        let value: serde_json::Value = serde_norway::from_str(text)
            .map_err(|error| throw(Error::failed("this is not YAML").cause(error)))?;
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
        serde_norway::to_string(&value)
            .map_err(|error| throw(Error::failed("this cannot be written as YAML").cause(error)))
    }
}
