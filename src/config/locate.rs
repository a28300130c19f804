//! The line on which a key stands, for messages. The YAML reader tells lines only with its errors,
//! so the document is read once more by a visitor that fails when it reaches the key.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::path::{KeyPath, Segment};

/// `config.yaml:3:7` where the key is found, else `config.yaml`.
pub fn place(text: &str, name: &str, path: &KeyPath) -> String {
    match locate(text, path) {
        Some((line, column)) => format!("{name}:{line}:{column}"),
        None => name.to_owned(),
    }
}

/// Line and column from 1 of the key (or list item) at this path.
fn locate(text: &str, path: &KeyPath) -> Option<(usize, usize)> {
    let start = if path.0.is_empty() { Look::Here } else { Look::Inside(&path.0) };
    let error = start.deserialize(serde_norway::Deserializer::from_str(text)).err()?;
    error.location().map(|location| (location.line(), location.column()))
}

enum Look<'p> {
    /// Fail at whatever comes next.
    Here,
    /// A key: say whether it is the wanted one, fail if it is also the last of the path.
    Key { wanted: &'p str, last: bool },
    /// A value: walk down.
    Inside(&'p [Segment]),
}

impl Look<'_> {
    fn scalar<E: Error>(&self, text: Option<&str>) -> Result<bool, E> {
        match self {
            Look::Here => Err(E::custom("here")),
            Look::Key { wanted, last } if text == Some(*wanted) => {
                if *last {
                    Err(E::custom("here"))
                } else {
                    Ok(true)
                }
            }
            Look::Key { .. } | Look::Inside(_) => Ok(false),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        self.scalar::<A::Error>(None)?;
        if let Look::Inside([Segment::Key(wanted), deeper @ ..]) = self {
            let last = deeper.is_empty();
            while let Some(found) = map.next_key_seed(Look::Key { wanted, last })? {
                if found {
                    map.next_value_seed(Look::Inside(deeper))?;
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        self.scalar::<A::Error>(None)?;
        if let Look::Inside([Segment::Index(wanted), deeper @ ..]) = self {
            for _ in 0..*wanted {
                list.next_element::<IgnoredAny>()?;
            }
            let item = if deeper.is_empty() { Look::Here } else { Look::Inside(deeper) };
            list.next_element_seed(item)?;
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        self.scalar(Some(text))
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        self.scalar(None)
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        self.scalar(None)
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        self.scalar(None)
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        self.scalar(None)
    }
    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        self.scalar(None)
    }
}
