//! YAML text to JSON values. Refuses what JSON has no room for, on the line where it stands.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::{Error, Result};

/// `name` is the file's, for messages: `config.yaml:3:7: …`.
pub fn parse(text: &str, name: &str) -> Result<Value> {
    let read = Node.deserialize(serde_norway::Deserializer::from_str(text));
    let mut value = read.map_err(|error| broken(text, name, &error))?;
    apply_merge_keys(&mut value)
        .map_err(|problem| Error::config(format!("{name} is not valid YAML")).cause(problem))?;
    Ok(value)
}

fn broken(text: &str, name: &str, error: &serde_norway::Error) -> Error {
    let Some(location) = error.location() else {
        return Error::config(format!("{name} is not valid YAML")).cause(error);
    };
    let (line, column) = (location.line(), location.column());
    let problem = error.to_string().replace(&format!(" at line {line} column {column}"), "");
    let error = Error::config(format!("{name}:{line}:{column}: not valid YAML")).cause(problem);
    let nearby = text.lines().skip(line.saturating_sub(2)).take(2);
    if nearby.into_iter().any(|line| line.trim_start_matches(' ').starts_with('\t')) {
        return error.hint("YAML is indented with spaces, never with tabs");
    }
    error
}

/// `<<: *anchor` puts the entries of another map below those of this one.
fn apply_merge_keys(value: &mut Value) -> Result<(), &'static str> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(apply_merge_keys),
        Value::Object(map) => {
            map.values_mut().try_for_each(apply_merge_keys)?;
            let others = match map.shift_remove("<<") {
                None => Vec::new(),
                Some(Value::Array(others)) => others,
                Some(other) => vec![other],
            };
            for other in others {
                let Value::Object(other) = other else {
                    return Err("what stands behind `<<:` must be a map or a list of maps");
                };
                for (key, value) in other {
                    map.entry(key).or_insert(value);
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

struct Node;

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text, a number, true, false, a list or a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(Key(&map))? {
            let value = entries.next_value_seed(Node)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("tags (`!name`) are not supported"))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{number} is not a finite number")))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// A key that is not in the map yet.
struct Key<'m>(&'m Map<String, Value>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text as a key (put it in quotes)")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if self.0.contains_key(key) {
            return Err(E::custom(format!("the key `{key}` is there twice")));
        }
        Ok(key.to_owned())
    }
}
