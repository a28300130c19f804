//! A document: its value and, in the same shape, where each key and value is in the text.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::config::path::Segment;

/// A document without anchors, aliases and merge keys: these are resolved.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    pub mark: Mark,
}

/// Where a value is, in bytes of the text. What an alias or a merge key brought is where the anchor
/// is.
#[derive(Debug, Clone, Default)]
pub struct Mark {
    /// The key in front of the value. None: the value is an item of a list, or the whole document.
    pub key: Option<Range<usize>>,
    pub value: Range<usize>,
    pub below: Below,
}

#[derive(Debug, Clone, Default)]
pub enum Below {
    #[default]
    Nothing,
    Items(Vec<Mark>),
    Entries(HashMap<String, Mark>),
}

impl Mark {
    /// Of a map with this value under one key, of which the text has no sign.
    #[must_use]
    pub fn under(self, key: &str) -> Mark {
        let value = self.value.clone();
        Mark { key: None, value, below: Below::Entries(HashMap::from([(key.to_owned(), self)])) }
    }

    /// The mark at a path below this one, or of the nearest value on the way there.
    pub fn nearest(&self, path: &[Segment]) -> &Mark {
        let mut mark = self;
        for segment in path {
            let next = match (&mark.below, segment) {
                (Below::Entries(entries), Segment::Key(key)) => entries.get(key),
                (Below::Items(items), Segment::Index(index)) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            mark = next;
        }
        mark
    }

    /// What a message about this value points to: its key, else its first byte.
    pub fn pointed(&self) -> Range<usize> {
        self.key.clone().unwrap_or(self.value.start..self.value.start)
    }
}
