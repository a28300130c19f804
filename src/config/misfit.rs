//! What is wrong with a value, before it is known in which file it is.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Expected, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::path::{KeyPath, Segment};
use super::yaml::may_be_secret;

pub const MAP: &str = "a map of settings";

#[derive(Debug)]
pub struct Misfit {
    pub kind: Kind,
    /// From the value that was read down to the misfit.
    pub path: Vec<Segment>,
    /// Those of the map that is wanted.
    pub keys: &'static [&'static str],
}

#[derive(Debug)]
pub enum Kind {
    /// A key that does not exist, and those that do.
    Unknown {
        name: String,
        known: &'static [&'static str],
    },
    /// A word that is not one of the choices.
    Choice {
        name: String,
        known: &'static [&'static str],
    },
    Missing(&'static str),
    /// The value has another type than wanted.
    Type {
        wanted: String,
        /// `a list`, `the text`
        found: &'static str,
        /// The value itself, unless it is empty, a list or a map.
        value: Option<String>,
    },
    /// The sentence after the key: "must be a list".
    Wrong(String),
    /// The value has a variable that is not filled in yet.
    Unresolved,
    /// Not a misfit: the keys of a struct, for [`fields`].
    Fields(&'static [&'static str]),
}

impl Misfit {
    fn new(kind: Kind) -> Self {
        Misfit { kind, path: Vec::new(), keys: &[] }
    }

    pub fn unresolved() -> Self {
        Misfit::new(Kind::Unresolved)
    }

    pub fn wrong_type(
        wanted: impl Into<String>,
        found: &'static str,
        value: Option<String>,
    ) -> Self {
        Misfit::new(Kind::Type { wanted: wanted.into(), found, value })
    }

    /// Without the value, if it is that of a secret. `at` is the path of the value that was read.
    pub fn without_secret(mut self, at: &KeyPath) -> Self {
        let path = at.0.iter().chain(&self.path);
        let mut keys = path.filter_map(|segment| match segment {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        });
        if keys.any(|key| may_be_secret(key)) {
            match &mut self.kind {
                Kind::Type { value, .. } => *value = None,
                Kind::Choice { name, .. } => *name = "***".to_owned(),
                _ => {}
            }
        }
        self
    }

    /// What to do about it, where the message does not say so.
    pub fn cure(&self) -> Option<String> {
        let Kind::Type { wanted, found, .. } = &self.kind else { return None };
        Some(match (wanted.as_str(), *found) {
            ("text" | "text or a list of texts", "the number" | "the value") => {
                "put it in quotes".to_owned()
            }
            ("a list", "the text" | "the number" | "the value") => {
                "put it in square brackets".to_owned()
            }
            (MAP, _) if !self.keys.is_empty() => {
                format!("write `{{key: value}}` with one of the keys {}", self.keys.join(", "))
            }
            _ => return None,
        })
    }

    /// With the keys that it would have, if it is that no map is there.
    pub fn with_keys(mut self, keys: &'static [&'static str]) -> Self {
        let is_no_map = matches!(&self.kind, Kind::Type { wanted, .. } if wanted == MAP);
        if is_no_map && self.path.is_empty() && self.keys.is_empty() {
            self.keys = keys;
        }
        self
    }

    pub fn inside(mut self, segment: Segment) -> Self {
        self.path.insert(0, segment);
        self
    }
}

impl std::error::Error for Misfit {}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unknown { name, .. } => write!(f, "`{name}` is not known here"),
            Kind::Choice { name, known } => {
                write!(f, "`{name}` is not one of {}", known.join(", "))
            }
            Kind::Type { wanted, found, value: Some(value) } => {
                write!(f, "must be {wanted}, not {found} {value}")
            }
            Kind::Type { wanted, found, value: None } => {
                write!(f, "must be {wanted}, not {found}")
            }
            Kind::Missing(field) => write!(f, "needs `{field}`"),
            Kind::Wrong(message) => f.write_str(message),
            Kind::Unresolved | Kind::Fields(_) => f.write_str("is not known yet"),
        }
    }
}

impl de::Error for Misfit {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Misfit::new(Kind::Wrong(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let wanted = plain(&expected.to_string());
        let number = |number: &dyn fmt::Display| ("the number", Some(number.to_string()));
        let (found, value) = match unexpected {
            Unexpected::Bool(value) => ("the value", Some(format!("`{value}`"))),
            Unexpected::Unsigned(value) => number(&value),
            Unexpected::Signed(value) => number(&value),
            Unexpected::Float(value) => number(&value),
            Unexpected::Str("") | Unexpected::Unit | Unexpected::Option => ("empty", None),
            Unexpected::Str(text) => ("the text", Some(format!("`{text}`"))),
            Unexpected::Seq => ("a list", None),
            Unexpected::Map => ("a map", None),
            other => return Misfit::custom(format!("must be {wanted}, not {other}")),
        };
        Misfit::wrong_type(wanted, found, value)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Misfit::new(Kind::Unknown { name: name.to_owned(), known })
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Misfit::new(Kind::Choice { name: name.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Misfit::new(Kind::Missing(field))
    }
}

/// A type in the words of users, from the words of serde.
fn plain(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "text",
        "path string" => "a path",
        "a sequence" => "a list",
        // What the types of sizes and of text with a meaning say.
        "parsable string" | "an integer or string" | "integer overflow" => {
            "a size such as 512MiB or 20GiB"
        }
        other if other.starts_with("struct ") => MAP,
        other => other,
    };
    words.to_owned()
}

/// The keys of a settings struct, from the struct itself.
pub fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(Probe).map_err(|misfit| misfit.kind) {
        Err(Kind::Fields(fields)) => fields,
        _ => &[],
    }
}

struct Probe;

impl<'de> Deserializer<'de> for Probe {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Misfit> {
        Err(Misfit::unresolved())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Misfit> {
        Err(Misfit::new(Kind::Fields(fields)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
