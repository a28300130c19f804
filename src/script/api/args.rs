//! The arguments of a task.

use rhai::plugin::*;
use rhai::{Array, Map};

use super::room;
use crate::script::declared;
use crate::script::errors::{Fallible, throw};
use crate::script::kind::printed;
use crate::script::running::Script;
use crate::state::InputKind;
use crate::{Code, Error};

/// The script, whose arguments are an input of the step that asks for them.
fn script(call: &NativeCallContext) -> Fallible<Script> {
    let script = Script::of(call)?;
    script.notes_value(InputKind::Arguments, "", || Some(script.arguments.text.clone()));
    Ok(script)
}

#[export_module]
pub mod functions {
    /// Reads the task's arguments: the names of those that are required, which may also be given by
    /// position, and a map of the others with their defaults. An argument is read as the type of its
    /// default: text, a number, true or false, or for `[]` a list, whose items are separated by spaces
    /// (`regions='eu-west-1 us-east-1'`) or by `\,`. Any other argument is an error that shows the
    /// usage.
    ///
    /// ```rhai
    /// let given = args::parse(["id"], #{ regions: [], encryption_key: "" });
    /// cloud::copy_image(given.id, given.regions);
    /// ```
    #[rhai_fn(name = "parse", return_raw)]
    pub fn parse_arguments(
        call: NativeCallContext,
        required: Array,
        optional: Map,
    ) -> Fallible<Map> {
        let script = script(&call)?;
        if optional.values().any(|value| value.is_unit()) {
            return Err(throw(Error::new(Code::Script, "a default of args::parse cannot be ()")));
        }
        room::fits(room::size_of_items(&required))?;
        let required: Vec<String> = required.iter().map(printed).collect();
        declared::parse(&script.name, &script.source_name, &script.arguments, &required, &optional)
    }

    /// Everything after the task's colon, as typed.
    ///
    /// ```rhai
    /// if args::text() != "" { cloud::host().shell(args::text()); }
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext) -> Fallible<String> {
        Ok(script(&call)?.arguments.text.clone())
    }

    /// The arguments without a name, as an array of text.
    ///
    /// ```rhai
    /// for address in args::positional() { print(address); }
    /// ```
    #[rhai_fn(name = "positional", return_raw)]
    pub fn positional(call: NativeCallContext) -> Fallible<Array> {
        let script = script(&call)?;
        Ok(script.arguments.positional.iter().map(|text| text.clone().into()).collect())
    }
}
