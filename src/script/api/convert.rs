//! Between JSON values and script values.

use rhai::Dynamic;
use serde::Serialize;
use serde_json::Value;

use crate::script::errors::{Fallible, throw};
use crate::{Code, Error};

/// Any serialisable value as a script value; `null` becomes `()`.
pub fn to_script<T: Serialize>(value: &T) -> Fallible<Dynamic> {
    rhai::serde::to_dynamic(value)
}

/// A script value as JSON; functions and hosts cannot be one.
pub fn to_json(value: &Dynamic) -> Fallible<Value> {
    serde_json::to_value(value).map_err(|error| {
        throw(Error::new(Code::Script, "this value cannot be written as data").cause(error))
    })
}
