//! Values as text, in which a function is what it does: its name is another one in each process.

use std::cell::Cell;

use rhai::{Array, Dynamic, FnPtr, Map, Position, ScriptFuncDef};
use serde_json::{Value, json};

use crate::script::api::result::CommandResult;
use crate::script::closures::{Closures, words};

/// A function that captures itself has no end.
const DEEPEST: usize = 32;
/// Values that hold each other many times over have too many ways through them.
const MOST: usize = 100_000;

/// The text of each function of a name, if it is one of a script.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A value as text, which is the same in every process.
pub fn as_text(value: &Dynamic, lookup: Lookup) -> String {
    as_json(value, lookup, 0, &Cell::new(0)).to_string()
}

fn as_json(value: &Dynamic, lookup: Lookup, depth: usize, seen: &Cell<usize>) -> Value {
    seen.set(seen.get() + 1);
    if depth > DEEPEST || seen.get() > MOST {
        return Value::Null;
    }
    let inside = |value: &Dynamic| as_json(value, lookup, depth + 1, seen);
    let value = value.flatten_clone();
    if let Some(function) = value.read_lock::<FnPtr>() {
        let name = function.fn_name();
        let own = if function.is_anonymous() { "" } else { name };
        let text = lookup(name).unwrap_or_else(|| own.to_owned());
        let with: Vec<Value> = function.iter_curry().map(inside).collect();
        return json!({ "function": text, "with": with });
    }
    if let Some(list) = value.read_lock::<Array>() {
        return Value::Array(list.iter().map(inside).collect());
    }
    if let Some(map) = value.read_lock::<Map>() {
        let entries = map.iter().map(|(key, value)| (key.to_string(), inside(value)));
        return Value::Object(entries.collect());
    }
    if let Some(result) = value.read_lock::<CommandResult>() {
        return json!([result.status, result.stdout, result.stderr]);
    }
    // What has no text is known by what it shows.
    serde_json::to_value(&value).unwrap_or_else(|_| Value::String(value.to_string()))
}

/// The words of a function: of one without a name from its bars to its end, else of whole lines.
pub fn cut_function(text: &str, closures: &Closures, function: &ScriptFuncDef) -> Option<String> {
    let (start, end) = (function.body.start_position(), function.body.end_position());
    let offset = function.name.starts_with("anon$").then(|| offset(text, start)).flatten();
    let closure = offset.and_then(|offset| closures.around(text, offset));
    closure.or_else(|| cut(text, start, end).map(|lines| words(&lines)))
}

/// The lines from the first position to the last.
fn cut(text: &str, start: Position, end: Position) -> Option<String> {
    let (first, last) = (start.line()?, end.line().or(start.line())?);
    let lines: Vec<&str> = text.lines().skip(first - 1).take(last - first + 1).collect();
    Some(lines.join("\n"))
}

/// Where a position is, in bytes.
fn offset(text: &str, position: Position) -> Option<usize> {
    let (line, column) = (position.line()?, position.position()?);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let line = text.get(start..)?;
    line.char_indices().nth(column - 1).map(|(at, _)| start + at)
}
