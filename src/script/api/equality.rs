//! Whether two values are the same, and how both are shown if they are not.

use std::fmt::Write;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, NativeCallContext};
use serde_json::Value;

use super::host::Host;
use super::result::CommandResult;
use super::{convert, room};
use crate::Error;
use crate::dictionary::difference;
use crate::script::abridged::{Abridged, abridged, write_nested};
use crate::script::captured::{Followed, Way};
use crate::script::difference::MOST as LONGEST;
use crate::script::errors::Fallible;
use crate::script::kind::kind;

/// Texts with more lines are compared line by line.
const SHORT: usize = 3;

/// Whether two values are the same, of the same type; numbers are the same if `==` says so.
pub fn same(call: &NativeCallContext, found: &Dynamic, wanted: &Dynamic) -> Fallible<bool> {
    is_same(call, found, wanted, Followed::default().begin())
}

fn is_same(
    call: &NativeCallContext,
    found: &Dynamic,
    wanted: &Dynamic,
    way: Way<'_>,
) -> Fallible<bool> {
    let (found, wanted) = (found.flatten_clone(), wanted.flatten_clone());
    if let (Some(found), Some(wanted)) = (found.read_lock::<Array>(), wanted.read_lock::<Array>()) {
        let may_be = found.len() == wanted.len();
        return all_same(call, way, may_be, found.iter().zip(wanted.iter()));
    }
    if let (Some(found), Some(wanted)) = (found.read_lock::<Map>(), wanted.read_lock::<Map>()) {
        let has_same_keys = found.keys().eq(wanted.keys());
        return all_same(call, way, has_same_keys, found.values().zip(wanted.values()));
    }
    if let (Some(found), Some(wanted)) = (found.read_lock::<Host>(), wanted.read_lock::<Host>()) {
        let named = |host: &Host| (host.remote().address(), host.reached.role.clone());
        return Ok(named(&found) == named(&wanted));
    }
    if let (Some(found), Some(wanted)) =
        (found.read_lock::<CommandResult>(), wanted.read_lock::<CommandResult>())
    {
        let said = |it: &CommandResult| (it.status, it.stdout.clone(), it.stderr.clone());
        return Ok(said(&found) == said(&wanted));
    }
    if let (Some(found), Some(wanted)) = (found.read_lock::<FnPtr>(), wanted.read_lock::<FnPtr>()) {
        let with = found.curry().iter().zip(wanted.curry());
        let is_same_code = found.fn_name() == wanted.fn_name();
        let may_be = is_same_code && found.curry().len() == wanted.curry().len();
        // What holds itself is the same as far as it was followed.
        return way.inside().map_or(Ok(may_be), |way| all_same(call, way, may_be, with));
    }
    if let (Some(found), Some(wanted)) = (mixed(&found, &wanted), mixed(&wanted, &found)) {
        return Ok(found.total_cmp(&wanted).is_eq());
    }
    if found.type_name() != wanted.type_name() {
        return Ok(false);
    }
    let mut values = [found, wanted];
    let [found, wanted] = &mut values;
    let equal = call.call_native_fn_raw("==", true, &mut [found, wanted])?;
    Ok(equal.as_bool().unwrap_or(false))
}

fn all_same<'v>(
    call: &NativeCallContext,
    way: Way<'_>,
    may_be: bool,
    mut pairs: impl Iterator<Item = (&'v Dynamic, &'v Dynamic)>,
) -> Fallible<bool> {
    if !may_be {
        return Ok(false);
    }
    let differing = pairs.find_map(|(found, wanted)| match is_same(call, found, wanted, way) {
        Ok(true) => None,
        other => Some(other),
    });
    differing.unwrap_or(Ok(true))
}

/// A number as one with a fraction, where the other is of the other kind.
fn mixed(value: &Dynamic, other: &Dynamic) -> Option<f64> {
    match (value.as_int(), value.as_float()) {
        (Ok(whole), _) if other.is_float() => serde_json::Number::from(whole).as_f64(),
        (_, Ok(number)) if other.is_int() => Some(number),
        _ => None,
    }
}

/// A value in one line, abridged where it is very long.
pub fn in_words(value: &Dynamic) -> String {
    abridged(|text| match value.is_char() {
        true => write!(text, "{value}"),
        false => write_nested(value, text, &write_leaf),
    })
}

fn write_leaf(value: &Dynamic, text: &mut Abridged) -> std::fmt::Result {
    if let Some(host) = value.read_lock::<Host>() {
        return write!(text, "the host {}", host.remote().label());
    }
    if let Some(result) = value.read_lock::<CommandResult>() {
        let CommandResult { status, stdout, stderr, .. } = &*result;
        return write!(
            text,
            "the result #{{ status: {status}, stdout: {stdout:?}, stderr: {stderr:?} }}"
        );
    }
    match value.read_lock::<ImmutableString>() {
        Some(words) => write!(text, "{:?}", words.as_str()),
        None if value.is_fnptr() => text.write_str("a function"),
        None if value.is_unit() => text.write_str("()"),
        None => write!(text, "{value:?}"),
    }
}

/// Whether nothing in it is a host, the result of a command or a function.
fn is_plain(value: &Dynamic) -> bool {
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().all(is_plain);
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.values().all(is_plain);
    }
    !(value.is::<Host>() || value.is::<CommandResult>() || value.is_fnptr())
}

/// A value as data, for programs; what is not data is put into words.
pub fn as_data(value: &Dynamic) -> Value {
    convert::to_json(value).unwrap_or_else(|_| Value::String(in_words(value)))
}

/// Each item of a list and each key of a map on a line of its own, so that a difference is small.
fn lines(value: &Dynamic) -> String {
    if value.is_string() {
        return value.to_string();
    }
    if !is_plain(value) {
        return in_words(value);
    }
    serde_json::to_string_pretty(value).unwrap_or_else(|_| in_words(value))
}

/// The error of two values that are not the same.
pub fn differs(found: &Dynamic, wanted: &Dynamic, about: &str) -> Error {
    const WIDE: usize = 60;
    let (shown, wished) = (in_words(found), in_words(wanted));
    // Of what is longer, the beginning of both is shown.
    let fits = room::size(found).max(room::size(wanted)) <= LONGEST;
    let long = |value| if fits { lines(value) } else { String::new() };
    let (long_found, long_wanted) = (long(found), long(wanted));
    let about = if about.is_empty() { String::new() } else { format!("{about}: ") };
    let has_lines = long_found.lines().count().max(long_wanted.lines().count()) > SHORT;
    let is_long = shown.chars().count().max(wished.chars().count()) > WIDE;
    if has_lines && is_long && long_found != long_wanted {
        let difference = difference(&long_wanted, &long_found);
        return Error::failed(format!("{about}not what is wanted"))
            .cause(format!("wanted (-) and found (+)\n{difference}"));
    }
    let error = Error::failed(format!("{about}found {shown}, wanted {wished}"));
    match (kind(found.type_name()), kind(wanted.type_name())) {
        (found, wanted) if found != wanted => error.cause(format!("{found} is not {wanted}")),
        _ => error,
    }
}
