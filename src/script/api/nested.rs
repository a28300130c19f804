//! Arrays and maps as text, and compared. Rhai copies each level of nested values for every level above
//! it: at a few thousand levels there is no memory that suffices.

use std::fmt::Write;

use rhai::{Array, Dynamic, Engine, FnPtr, Map, NativeCallContext};

use super::{convert, room};
use crate::script::errors::{Fallible, throw};
use crate::script::kind::kind;

/// Replaces Rhai's own functions.
pub fn register(engine: &mut Engine) {
    for name in ["print", "debug"] {
        engine
            .register_fn(name, |call: NativeCallContext, list: &mut Array| whole_list(&call, list));
        engine.register_fn(name, |call: NativeCallContext, map: &mut Map| whole_map(&call, map));
        engine.register_fn(name, function_text);
    }
    // Rhai calls these for a value in a text, too.
    for name in ["to_string", "to_debug"] {
        engine.register_fn(name, |call: NativeCallContext, list: &mut Array| {
            whole_list(&call, list).unwrap_or_else(|_| room::leave_out())
        });
        engine.register_fn(name, |call: NativeCallContext, map: &mut Map| {
            whole_map(&call, map).unwrap_or_else(|_| room::leave_out())
        });
        engine.register_fn(name, function_text);
    }
    // Rhai's own writes what a function captures, which may be the function itself.
    engine.register_fn("to_json", |map: &mut Map| -> Fallible<String> {
        Ok(convert::to_json(&Dynamic::from(map.clone()))?.to_string())
    });
    engine.register_fn("==", |call: NativeCallContext, a: &mut Array, b: Array| {
        equal_lists(&call, a, &b)
    });
    engine.register_fn("!=", |call: NativeCallContext, a: &mut Array, b: Array| {
        equal_lists(&call, a, &b).map(|equal| !equal)
    });
    engine
        .register_fn("==", |call: NativeCallContext, a: &mut Map, b: Map| equal_maps(&call, a, &b));
    engine.register_fn("!=", |call: NativeCallContext, a: &mut Map, b: Map| {
        equal_maps(&call, a, &b).map(|equal| !equal)
    });
}

/// A value as `print` shows it.
///
/// # Errors
/// If its text would exceed the memory that the script may have.
pub fn text_of(call: &NativeCallContext, value: &Dynamic) -> Fallible<String> {
    if is_plain(value) {
        return Ok(value.to_string());
    }
    let printed = call.call_native_fn_raw("to_string", true, &mut [&mut value.flatten_clone()]);
    if let Some(error) = room::take_exceeded() {
        return Err(throw(error));
    }
    Ok(match printed.map(Dynamic::into_string) {
        Ok(Ok(printed)) => printed,
        _ => kind(value.type_name()).to_owned(),
    })
}

fn whole_list(call: &NativeCallContext, list: &Array) -> Fallible<String> {
    room::fits(room::size_of_items(list))?;
    let mut text = String::new();
    list_text(call, list, &mut text).map(|()| text)
}

fn whole_map(call: &NativeCallContext, map: &Map) -> Fallible<String> {
    room::fits(room::size_of_entries(map))?;
    let mut text = String::new();
    map_text(call, map, &mut text).map(|()| text)
}

/// A function has no text but the name that a script gave it.
fn function_text(function: &mut FnPtr) -> String {
    match function.is_anonymous() {
        true => "a function".to_owned(),
        false => format!("the function {}", function.fn_name()),
    }
}

/// Whether a value is of a type of ours, which `print` shows and Rhai's own functions for values within others do
/// not know.
fn is_ours(value: &Dynamic) -> bool {
    value.type_name().starts_with(concat!(env!("CARGO_CRATE_NAME"), "::"))
}

/// A text that stands in many places is written in each of them.
fn value_text(call: &NativeCallContext, value: &Dynamic, text: &mut String) -> Fallible<()> {
    if let Some(list) = value.read_lock::<Array>() {
        list_text(call, &list, text)?;
    } else if let Some(map) = value.read_lock::<Map>() {
        map_text(call, &map, text)?;
    } else if is_plain(value) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{value:?}");
    } else {
        let name = if is_ours(value) { "to_string" } else { "to_debug" };
        let printed = call.call_native_fn_raw(name, true, &mut [&mut value.flatten_clone()]);
        match printed.map(Dynamic::into_string) {
            Ok(Ok(printed)) => text.push_str(&printed),
            _ => text.push_str(kind(value.type_name())),
        }
    }
    room::fits(text.len())
}

/// Whether a value has no functions of its own for this: a call of one takes its time.
fn is_plain(value: &Dynamic) -> bool {
    let is_number = value.is_int() || value.is_float();
    is_number || value.is_string() || value.is_bool() || value.is_char() || value.is_unit()
}

fn list_text(call: &NativeCallContext, list: &Array, text: &mut String) -> Fallible<()> {
    text.push('[');
    for (number, item) in list.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        value_text(call, item, text)?;
    }
    text.push(']');
    Ok(())
}

fn map_text(call: &NativeCallContext, map: &Map, text: &mut String) -> Fallible<()> {
    text.push_str("#{");
    for (number, (key, value)) in map.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{key:?}: ", if number == 0 { "" } else { ", " });
        value_text(call, value, text)?;
    }
    text.push('}');
    Ok(())
}

fn equal(call: &NativeCallContext, a: &Dynamic, b: &Dynamic) -> Fallible<bool> {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return equal_lists(call, &a, &b);
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Map>(), b.read_lock::<Map>()) {
        return equal_maps(call, &a, &b);
    }
    if is_plain(a) && is_plain(b) && a.type_id() == b.type_id() {
        return Ok(match (a.as_float(), b.as_float()) {
            (Ok(a), Ok(b)) => a == b,
            _ => format!("{a:?}") == format!("{b:?}"),
        });
    }
    let (mut a, mut b) = (a.flatten_clone(), b.flatten_clone());
    let same_type = a.type_id() == b.type_id();
    match call.call_native_fn_raw("==", true, &mut [&mut a, &mut b]) {
        Ok(equal) => Ok(equal.as_bool().unwrap_or(false)),
        // Values of two types without such an operator differ.
        Err(error) if same_type => Err(error),
        Err(_) => Ok(false),
    }
}

fn equal_lists(call: &NativeCallContext, a: &Array, b: &Array) -> Fallible<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !equal(call, a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(call: &NativeCallContext, a: &Map, b: &Map) -> Fallible<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, a) in a {
        let Some(b) = b.get(key) else { return Ok(false) };
        if !equal(call, a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}
