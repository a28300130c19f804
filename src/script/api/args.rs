//! The arguments of a task.

use rhai::plugin::*;
use rhai::{Array, Map};

use super::run;
use crate::error::nearest;
use crate::script::Arguments;
use crate::script::errors::{Fallible, throw};
use crate::{Code, Error};

/// The value an argument's text stands for: the default's type says how to read it.
fn typed(name: &str, text: &str, default: &Dynamic) -> Fallible<Dynamic> {
    let wrong = |wanted: &str| {
        throw(Error::usage(format!("the argument `{name}` is `{text}`, which is not {wanted}")))
    };
    if default.is_bool() {
        return match text {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err(wrong("true or false")),
        };
    }
    if default.is_int() {
        return text.parse::<i64>().map(Dynamic::from).map_err(|_| wrong("a whole number"));
    }
    Ok(text.to_string().into())
}

/// The values of a task's arguments, by the names and defaults it declares.
pub fn parse(
    script: &str,
    arguments: &Arguments,
    required: &[String],
    optional: &Map,
) -> Fallible<Map> {
    let usage = || {
        let optional = optional.iter().map(|(name, default)| format!("{name}={default}"));
        let words: Vec<String> = required.iter().cloned().chain(optional).collect();
        format!("usage: {script}:{}", words.join(","))
    };
    let fail = |message: String| throw(Error::usage(message).hint(usage()));
    let names: Vec<&str> =
        required.iter().map(String::as_str).chain(optional.keys().map(|k| k.as_str())).collect();
    let mut values: Map = optional.clone();
    for name in arguments.named.keys() {
        if !names.contains(&name.as_str()) {
            let near = nearest(name, names.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(fail(format!("{script} has no argument `{name}`{near}")));
        }
    }
    // Options have no order of their own, so only a single one can be meant by position.
    let places = required.len() + usize::from(optional.len() == 1);
    if let Some(extra) = arguments.positional.get(places) {
        return Err(fail(format!("{script} does not take the argument `{extra}`")));
    }
    for (position, name) in names.iter().enumerate() {
        let given = match (arguments.positional.get(position), arguments.named.get(*name)) {
            (Some(_), Some(_)) => {
                return Err(fail(format!("the argument `{name}` is given twice")));
            }
            (text, None) | (None, text) => text,
        };
        match given {
            Some(text) => {
                let default = optional.get(*name).cloned().unwrap_or_else(|| "".into());
                values.insert((*name).into(), typed(name, text, &default)?);
            }
            None if optional.contains_key(*name) => {}
            None => return Err(fail(format!("{script} needs the argument `{name}`"))),
        }
    }
    Ok(values)
}

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
        context: NativeCallContext,
        required: Array,
        optional: Map,
    ) -> Fallible<Map> {
        let run = run(&context)?;
        if optional.values().any(|value| value.is_unit()) {
            return Err(throw(Error::new(Code::Script, "args::parse: a default cannot be ()")));
        }
        let required: Vec<String> = required.iter().map(ToString::to_string).collect();
        parse(&run.script, &run.arguments, &required, &optional)
    }

    /// Everything behind the task's colon, as typed.
    ///
    /// ```rhai
    /// if args::text() != "" { cloud::host().shell(args::text()); }
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(context: NativeCallContext) -> Fallible<String> {
        Ok(run(&context)?.arguments.text.clone())
    }

    /// The arguments without a name, as an array of text.
    ///
    /// ```rhai
    /// for address in args::positional() { print(address); }
    /// ```
    #[rhai_fn(name = "positional", return_raw)]
    pub fn positional(context: NativeCallContext) -> Fallible<Array> {
        let run = run(&context)?;
        Ok(run.arguments.positional.iter().map(|text| text.clone().into()).collect())
    }
}
