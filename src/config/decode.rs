//! Values become structs, with errors that carry the path and the known keys. The struct decides the
//! type: where it has a number, the text of a variable is read as one.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::access::{Entries, Items, Variant};
use super::decoder::Decoder;
use super::misfit::{MAP, Misfit};

/// Reads a value whose variables are filled in.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Misfit> {
    T::deserialize(Decoder { value, checking: false })
}

/// Reads a value whose variables are not filled in; if it cannot be judged without, the misfit is
/// `Unresolved`.
pub fn check<T: DeserializeOwned>(value: &Value) -> Result<(), Misfit> {
    T::deserialize(Decoder { value, checking: true }).map(drop)
}

impl Decoder<'_> {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.text()?.map(str::trim) {
            None => self.deserialize_any(visitor),
            Some(text) => {
                if let Ok(number) = text.parse() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = text.parse() {
                    visitor.visit_i64(number)
                } else if let Ok(number) = text.parse() {
                    visitor.visit_f64(number)
                } else {
                    Err(Misfit::invalid_type(Unexpected::Str(text), &visitor))
                }
            }
        }
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Value::Object(map) = self.value else {
            self.text()?;
            let (found, value) = kind(self.value);
            return Err(Misfit::wrong_type(MAP, found, value));
        };
        visitor.visit_map(Entries::new(self, map))
    }
}

/// For messages: the kind of a value, and the value where it is short.
pub fn kind(value: &Value) -> (&'static str, Option<String>) {
    match value {
        Value::Null => ("empty", None),
        Value::Bool(value) => ("the value", Some(format!("`{value}`"))),
        Value::Number(number) => ("the number", Some(number.to_string())),
        Value::String(text) => ("the text", Some(format!("`{text}`"))),
        Value::Array(_) => ("a list", None),
        Value::Object(_) => ("a map", None),
    }
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if let Some(text) = self.text()? {
            return visitor.visit_str(text);
        }
        match self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Misfit::custom("is not a number that fits")),
            },
            Value::Array(items) => visitor.visit_seq(Items::new(self, items)),
            Value::Object(_) => self.map(visitor),
            Value::Null | Value::String(_) => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.text()?.map(str::trim) {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null => visitor.visit_none(),
            // `${KEY:-}` means that the setting is optional.
            Value::String(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.map(visitor).map_err(|misfit| misfit.with_keys(keys))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if let Some(text) = self.text()? {
            return visitor.visit_enum(Variant { name: text, content: None });
        }
        match self.value.as_object().map(|map| (map.len(), map.iter().next())) {
            Some((1, Some((name, value)))) => {
                visitor.visit_enum(Variant { name, content: Some(self.with(value)) })
            }
            _ => Err(Misfit::custom(format!("must be exactly one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.number(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        identifier ignored_any
    }
}
