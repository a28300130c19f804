//! Between JSON values and script values.

use rhai::{Array, Dynamic, Map};
use serde::Serialize;
use serde_json::Value;

use super::room;
use crate::script::errors::{Fallible, throw};
use crate::script::kind::kind;
use crate::{Code, Error};

/// A serialisable value as a script value; `null` becomes `()`.
pub fn to_script<T: Serialize>(value: &T) -> Fallible<Dynamic> {
    rhai::serde::to_dynamic(value)
}

/// A script value as JSON. An error for functions, hosts and other values that are not data.
pub fn to_json(value: &Dynamic) -> Fallible<Value> {
    if !is_data(value) {
        let message = format!("{} cannot be written as data", kind(not_data(value)));
        return Err(throw(Error::new(Code::Script, message)));
    }
    room::fits(room::size(value))?;
    serde_json::to_value(value).map_err(|error| {
        throw(Error::new(Code::Script, "this value cannot be written as data").cause(error))
    })
}

/// The type of the first thing in a value that is not data.
fn not_data(value: &Dynamic) -> &'static str {
    let inside = if let Some(list) = value.read_lock::<Array>() {
        list.iter().find(|item| !is_data(item)).map(not_data)
    } else if let Some(map) = value.read_lock::<Map>() {
        map.values().find(|item| !is_data(item)).map(not_data)
    } else {
        None
    };
    inside.unwrap_or_else(|| value.type_name())
}

/// Whether a value is data, including everything in it.
fn is_data(value: &Dynamic) -> bool {
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().all(is_data);
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.values().all(is_data);
    }
    value.is_unit()
        || value.is_bool()
        || value.is_int()
        || value.is_float()
        || value.is_string()
        || value.is_char()
        || value.is_blob()
}
