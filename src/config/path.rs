//! The path of a value in a document: `clouds.ec2.instance_type[1]`.

use std::fmt;

use serde_json::Value;

use crate::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    Index(usize),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPath(pub Vec<Segment>);

impl KeyPath {
    /// A dotted path. A key that contains a dot is in double quotes: `a."b.c".d`.
    pub fn parse(text: &str) -> Result<KeyPath> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (key, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(|| {
                    Error::usage(format!("the key `{text}` has a quote that is never closed"))
                })?,
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            let well_formed = match after.strip_prefix('.') {
                Some(next) => !next.is_empty(),
                None => after.is_empty(),
            };
            if key.is_empty() || !well_formed {
                return Err(Error::usage(format!("`{text}` is not a key"))
                    .hint("write names with single dots between them: ssh.connect_timeout"));
            }
            segments.push(Segment::Key(key.to_owned()));
            rest = after.strip_prefix('.').unwrap_or_default();
        }
        Ok(KeyPath(segments))
    }

    pub fn of(keys: &[&str]) -> KeyPath {
        KeyPath(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())
    }

    pub fn key(&self, key: &str) -> KeyPath {
        self.join([Segment::Key(key.to_owned())])
    }

    pub fn join(&self, more: impl IntoIterator<Item = Segment>) -> KeyPath {
        KeyPath(self.0.iter().cloned().chain(more).collect())
    }

    /// The value there.
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(document, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.get(index),
        })
    }

    /// The value, wrapped in the maps and one-element lists that lead to it.
    pub fn wrap(&self, value: Value) -> Value {
        self.0.iter().rev().fold(value, |value, segment| match segment {
            Segment::Key(key) => Value::Object([(key.clone(), value)].into_iter().collect()),
            Segment::Index(_) => Value::Array(vec![value]),
        })
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    if key.contains('.') { write!(f, "\"{key}\"")? } else { f.write_str(key)? }
                }
            }
        }
        Ok(())
    }
}
