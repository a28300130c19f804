//! The arguments of a task.

use rhai::plugin::*;
use rhai::{Array, Map};

use crate::script::declared;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;
use crate::{Code, Error};

#[export_module]
pub mod functions {
    /// Reads the task's arguments: names that must be given (also by position), and a map of the
    /// others with their defaults. Anything else given is an error that shows the usage.
    ///
    /// ```rhai
    /// let args = args::parse(["id"], #{ force: false });
    /// cloud::delete_image(args.id, args.force);
    /// ```
    #[rhai_fn(name = "parse", return_raw)]
    pub fn parse_arguments(
        call: NativeCallContext,
        required: Array,
        optional: Map,
    ) -> Fallible<Map> {
        let script = Script::of(&call)?;
        if optional.values().any(|value| value.is_unit()) {
            return Err(throw(Error::new(Code::Script, "args::parse: a default cannot be ()")));
        }
        let required: Vec<String> = required.iter().map(ToString::to_string).collect();
        declared::parse(&script.name, &script.arguments, &required, &optional)
    }

    /// Everything behind the task's colon, as typed.
    ///
    /// ```rhai
    /// if args::text() != "" { cloud::host().shell(args::text()); }
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext) -> Fallible<String> {
        Ok(Script::of(&call)?.arguments.text.clone())
    }

    /// The arguments without a name, as an array of text.
    ///
    /// ```rhai
    /// for address in args::positional() { print(address); }
    /// ```
    #[rhai_fn(name = "positional", return_raw)]
    pub fn positional(call: NativeCallContext) -> Fallible<Array> {
        let script = Script::of(&call)?;
        Ok(script.arguments.positional.iter().map(|text| text.clone().into()).collect())
    }
}
