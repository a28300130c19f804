//! A list that may be written as a single word.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// `t3.medium`, or `[t3.medium, t3a.medium]`. An empty text is an empty list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OneOrMore(pub Vec<String>);

impl Deref for OneOrMore {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<const N: usize> From<[&str; N]> for OneOrMore {
    fn from(words: [&str; N]) -> OneOrMore {
        OneOrMore(words.map(str::to_owned).to_vec())
    }
}

impl Serialize for OneOrMore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for OneOrMore {
    fn schema_name() -> Cow<'static, str> {
        "one_or_more".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "array"], "items": {"type": "string"}})
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMore;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a list of texts")
            }

            fn visit_str<E>(self, word: &str) -> Result<OneOrMore, E> {
                let words = Some(word.to_owned()).filter(|word| !word.is_empty());
                Ok(OneOrMore(words.into_iter().collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMore, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = items.next_element::<String>()? {
                    words.push(word);
                }
                Ok(OneOrMore(words))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
