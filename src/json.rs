//! JSON of files that people edit and merge: of a key that is given twice, readers would take the one value or the
//! other without a word.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Number, Value};

/// A value, as serde_json reads it.
///
/// # Errors
/// Also for a key that a map has twice; with line and column.
pub fn value(text: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = Deserializer::from_slice(text);
    let value = Once.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// A document of that type.
///
/// # Errors
/// As [`value`].
pub fn read<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    value(text)?;
    // Once more, so that what is of another type is told with its place.
    serde_json::from_slice(text)
}

/// Any value, in which no key comes twice.
#[derive(Clone, Copy)]
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if found.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is given twice")));
            }
            let value = entries.next_value_seed(self)?;
            found.insert(key, value);
        }
        Ok(Value::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_given_twice_is_refused_with_its_line() {
        for text in ["{\"a\": 1,\n\"a\": 1}", "[{\"b\": {\"a\": 1,\n \"c\": [], \"\\u0061\": 2}}]"]
        {
            let error = value(text.as_bytes()).unwrap_err();
            assert!(
                error.to_string().starts_with("the key `a` is given twice at line 2"),
                "{error}"
            );
            assert!(error.is_data());
        }
    }

    #[test]
    fn anything_else_is_read_as_serde_json_reads_it() {
        let text =
            "{\"a\": [null, true, -1, 18446744073709551615, 1.5, \"\\u00e9\"], \"b\": {\"a\": {}}}";
        let known: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value(text.as_bytes()).unwrap(), known);
        assert_eq!(read::<Value>(text.as_bytes()).unwrap(), known);
        for wrong in ["", "{", "{} x", "nul", "{\"a\":}", "\u{feff}{}", "1e999"] {
            let other = serde_json::from_str::<Value>(wrong).unwrap_err().to_string();
            assert_eq!(value(wrong.as_bytes()).unwrap_err().to_string(), other, "{wrong}");
        }
        let deep = "[".repeat(200);
        assert!(value(deep.as_bytes()).unwrap_err().to_string().contains("recursion"));
    }
}
