//! Values that scripts read have no struct: the shipped value is the shape of what may stand in its
//! place.

use serde_json::{Map, Value};

use super::decode::kind;
use super::expand::has_variables;
use super::misfit::Misfit;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};

/// In a map of the shipped defaults: users may add keys, whose values have the shape of this one.
pub const ANY: &str = "*";

/// Finds what does not fit: keys that the shape does not have, and values of another type. A value with
/// variables is judged once they are filled in.
pub fn check(value: &Value, shape: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    match (shape, value) {
        (Value::Object(shape), Value::Object(map)) => {
            for (key, value) in map {
                match below(shape, key) {
                    Some(shape) => check(value, shape, &path.key(key), mistakes),
                    None => {
                        let known: Vec<&str> =
                            shape.keys().map(String::as_str).filter(|key| *key != ANY).collect();
                        mistakes.push(Mistake::unknown(path.clone(), key, &known));
                    }
                }
            }
        }
        (Value::Array(shapes), Value::Array(items)) => {
            let shape = item(shapes);
            for (index, value) in items.iter().enumerate() {
                check(value, &shape, &path.join([Segment::Index(index)]), mistakes);
            }
        }
        _ => mistakes.extend(misfit(value, shape, path)),
    }
}

/// The shape of the value of a key. None: there must be no such key.
fn below<'s>(shape: &'s Map<String, Value>, key: &str) -> Option<&'s Value> {
    if key == ANY {
        return None;
    }
    if shape.is_empty() {
        return Some(&Value::Null);
    }
    shape.get(key).or_else(|| shape.get(ANY))
}

/// The shape of the items of a list. The keys of maps in a list are not checked: the first may have
/// fewer than others.
fn item(shapes: &[Value]) -> Value {
    match shapes.first() {
        Some(Value::Object(_)) => Value::Object(Map::new()),
        Some(first) => first.clone(),
        None => Value::String(String::new()),
    }
}

fn misfit(value: &Value, shape: &Value, path: &KeyPath) -> Option<Mistake> {
    if matches!(value, Value::String(text) if has_variables(text)) {
        return None;
    }
    let wanted = match (shape, value) {
        (Value::Null, _) | (_, Value::Null) => return None,
        (Value::Bool(_), _) => "true or false",
        (Value::Number(number), _) if number.is_f64() => "a number",
        (Value::Number(_), _) => "a whole number",
        (Value::String(_), _) => "text",
        (Value::Array(_), _) => "a list",
        (Value::Object(_), _) => "a map of settings",
    };
    if fits(&converted(value, shape), shape) {
        return None;
    }
    let (found, shown) = kind(value);
    let hint = match (shape, value) {
        (Value::Object(shape), Value::Bool(switch)) if shape.contains_key("enabled") => {
            Some(format!("write `{{enabled: {switch}}}`"))
        }
        (Value::Object(shape), Value::Array(_)) if shape.contains_key("more") => {
            Some("write `{more: […]}`".to_owned())
        }
        (Value::Object(shape), _) => {
            let keys: Vec<&str> =
                shape.keys().map(String::as_str).filter(|key| *key != ANY).collect();
            Some(format!("write `{{key: value}}` with one of the keys {}", keys.join(", ")))
                .filter(|_| !keys.is_empty())
        }
        _ => None,
    };
    let mistake = Mistake::of(Misfit::wrong_type(wanted, found, shown), path);
    Some(match hint {
        Some(hint) => mistake.hint(hint),
        None => mistake,
    })
}

fn fits(value: &Value, shape: &Value) -> bool {
    match (shape, value) {
        (Value::Number(wanted), Value::Number(number)) => wanted.is_f64() || !number.is_f64(),
        _ => std::mem::discriminant(value) == std::mem::discriminant(shape),
    }
}

/// A text where the shape has a number, or true or false, is read as one: it may come from a variable.
fn converted(value: &Value, shape: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    let text = text.trim();
    let read = match shape {
        Value::Bool(_) => text.parse().ok().map(Value::Bool),
        Value::Number(wanted) if wanted.is_f64() => text.parse::<f64>().ok().map(Value::from),
        Value::Number(_) => text.parse::<i64>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or_else(|| value.clone())
}

/// Gives a checked value whose variables are filled in the types of the shape, and each of its maps all
/// keys of the shape: those that were unset are empty.
pub fn complete(value: &mut Value, shape: &Value) {
    match (shape, &mut *value) {
        (Value::Object(shape), Value::Object(map)) => {
            for (key, value) in map.iter_mut() {
                if let Some(shape) = below(shape, key) {
                    complete(value, shape);
                }
            }
            for key in shape.keys().filter(|key| *key != ANY) {
                map.entry(key.clone()).or_insert(Value::Null);
            }
        }
        (Value::Array(shapes), Value::Array(items)) => {
            let shape = item(shapes);
            items.iter_mut().for_each(|value| complete(value, &shape));
        }
        _ => *value = converted(value, shape),
    }
}

/// Without the keys that only tell the shape.
pub fn without_any(value: &mut Value) {
    if let Value::Object(map) = value {
        map.shift_remove(ANY);
        map.values_mut().for_each(without_any);
    }
}

/// Whether a value there is a text.
pub fn is_text(shape: &Value, keys: &[Segment]) -> bool {
    let found = keys.iter().try_fold(shape, |shape, segment| match (shape, segment) {
        (Value::Object(shape), Segment::Key(key)) => below(shape, key),
        _ => None,
    });
    found.is_some_and(Value::is_string)
}

/// Whether the shape has this key anywhere.
pub fn has_key(shape: &Value, key: &str) -> bool {
    match shape {
        Value::Object(map) => {
            map.contains_key(key) || map.values().any(|shape| has_key(shape, key))
        }
        _ => false,
    }
}
