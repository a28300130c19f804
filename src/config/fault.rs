//! What is wrong with a value, before it is known in which file it stands.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Expected, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::path::Segment;

#[derive(Debug)]
pub struct Fault {
    pub kind: Kind,
    /// From the value that was read down to the fault.
    pub path: Vec<Segment>,
}

#[derive(Debug)]
pub enum Kind {
    /// A key that does not exist, and those that do.
    Unknown {
        name: String,
        known: &'static [&'static str],
    },
    /// A word that is none of the choices.
    Choice {
        name: String,
        known: &'static [&'static str],
    },
    Missing(&'static str),
    /// The sentence after the key: "must be a list".
    Wrong(String),
    /// A variable stands in the way.
    Unresolved,
    /// Not a fault: the keys of a struct, for [`fields`].
    Fields(&'static [&'static str]),
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Fault { kind, path: Vec::new() }
    }

    pub fn unresolved() -> Self {
        Fault::new(Kind::Unresolved)
    }

    pub fn inside(mut self, segment: Segment) -> Self {
        self.path.insert(0, segment);
        self
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unknown { name, .. } => write!(f, "`{name}` is not known here"),
            Kind::Choice { name, known } => {
                write!(f, "`{name}` is not one of {}", known.join(", "))
            }
            Kind::Missing(field) => write!(f, "needs `{field}`"),
            Kind::Wrong(message) => f.write_str(message),
            Kind::Unresolved | Kind::Fields(_) => f.write_str("is not known yet"),
        }
    }
}

impl de::Error for Fault {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Fault::new(Kind::Wrong(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match unexpected {
            Unexpected::Bool(value) => format!("`{value}`"),
            Unexpected::Unsigned(number) => format!("the number {number}"),
            Unexpected::Signed(number) => format!("the number {number}"),
            Unexpected::Float(number) => format!("the number {number}"),
            Unexpected::Str("") => "empty".to_owned(),
            Unexpected::Str(text) => format!("the text `{text}`"),
            Unexpected::Unit | Unexpected::Option => "empty".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a map".to_owned(),
            other => other.to_string(),
        };
        Fault::custom(format!("must be {}, not {found}", plain(&expected.to_string())))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Fault::new(Kind::Unknown { name: name.to_owned(), known })
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Fault::new(Kind::Choice { name: name.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Fault::new(Kind::Missing(field))
    }
}

/// What serde calls a type, in the reader's words.
fn plain(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" | "nonzero u32" | "nonzero u64" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "text",
        "path string" => "a path",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a map of settings",
        other => other,
    };
    words.to_owned()
}

/// The keys of a settings struct, which then need not be listed a second time.
pub fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(Probe).map_err(|fault| fault.kind) {
        Err(Kind::Fields(fields)) => fields,
        _ => &[],
    }
}

struct Probe;

impl<'de> Deserializer<'de> for Probe {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::unresolved())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fault> {
        Err(Fault::new(Kind::Fields(fields)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
