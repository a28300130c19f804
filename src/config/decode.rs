//! Values to structs, with errors that know the path and the known keys. The direction comes from
//! the struct: a variable's text becomes the number that the struct wants.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _,
    IntoDeserializer, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::expand::has_variables;
use super::fault::Fault;
use super::path::Segment;

/// Reads a value whose variables are filled in.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(Decoder { value, checking: false })
}

/// Reads a value whose variables are not filled in; where one stands in the way, the fault is
/// `Unresolved`.
pub fn check<T: DeserializeOwned>(value: &Value) -> Result<(), Fault> {
    T::deserialize(Decoder { value, checking: true }).map(drop)
}

#[derive(Clone, Copy)]
struct Decoder<'v> {
    value: &'v Value,
    checking: bool,
}

impl<'v> Decoder<'v> {
    fn with(self, value: &'v Value) -> Self {
        Decoder { value, ..self }
    }

    /// The text, if it is one and may be taken as it stands.
    fn text(self) -> Result<Option<&'v str>, Fault> {
        match self.value {
            Value::String(text) if self.checking && has_variables(text) => Err(Fault::unresolved()),
            Value::Null if self.checking => Err(Fault::unresolved()),
            Value::String(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
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
                    Err(Fault::invalid_type(Unexpected::Str(text), &visitor))
                }
            }
        }
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Object(map) = self.value else {
            self.text()?;
            return Err(Fault::custom(format!(
                "must be a map of settings, not {}",
                kind(self.value)
            )));
        };
        visitor.visit_map(Entries { decoder: self, entries: map.iter(), current: None })
    }
}

/// For messages.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(text) = self.text()? {
            return visitor.visit_str(text);
        }
        match self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Fault::custom("is not a number that fits")),
            },
            Value::Array(items) => {
                visitor.visit_seq(Items { decoder: self, items: items.iter().enumerate() })
            }
            Value::Object(_) => self.map(visitor),
            Value::Null | Value::String(_) => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.text()?.map(str::trim) {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_none(),
            // `${KEY:-}` says that there may be none.
            Value::String(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Some(text) = self.text()? {
            return visitor.visit_enum(Variant { name: text, content: None });
        }
        match self.value.as_object().map(|map| (map.len(), map.iter().next())) {
            Some((1, Some((name, value)))) => {
                visitor.visit_enum(Variant { name, content: Some(self.with(value)) })
            }
            _ => Err(Fault::custom(format!("must be exactly one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        identifier ignored_any
    }
}

struct Entries<'v> {
    decoder: Decoder<'v>,
    entries: serde_json::map::Iter<'v>,
    current: Option<(&'v String, &'v Value)>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let deserializer: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(deserializer).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) =
            self.current.take().ok_or_else(|| Fault::custom("a value was read before its key"))?;
        seed.deserialize(self.decoder.with(value))
            .map_err(|fault| fault.inside(Segment::Key(key.clone())))
    }
}

struct Items<'v> {
    decoder: Decoder<'v>,
    items: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(self.decoder.with(value));
        item.map(Some).map_err(|fault| fault.inside(Segment::Index(index)))
    }
}

/// `mmdebstrap` or `mmdebstrap: {suite: bookworm}`.
struct Variant<'v> {
    name: &'v str,
    content: Option<Decoder<'v>>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let deserializer: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(deserializer)?, self))
    }
}

impl Variant<'_> {
    fn inside<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.inside(Segment::Key(self.name.to_owned())))
    }

    fn empty(&self) -> Fault {
        Fault::custom(format!("needs settings under `{}:`", self.name))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Fault::custom(format!("must be the word `{}` alone", self.name))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.map(visitor))
    }
}
