//! Looks that lag behind: a new thing is not known to the next ones, or known and then not known.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Message;

/// After that every replica has caught up.
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Lag {
    /// Which of the looks at a new thing miss it, lowest bit first.
    pattern: u8,
    /// By id or name: since when there is this thing, and how often it was looked at.
    things: HashMap<String, (Instant, u32)>,
}

impl Lag {
    pub fn new(pattern: u8) -> Lag {
        Lag { pattern, things: HashMap::new() }
    }

    pub fn born(&mut self, id: &str) {
        self.things.entry(id.to_owned()).or_insert((Instant::now(), 0));
    }

    /// Whether this look misses the thing. Older things are never missed.
    pub fn misses(&mut self, id: &str) -> bool {
        let Some((since, looks)) = self.things.get_mut(id) else { return false };
        *looks += 1;
        *looks <= 8 && since.elapsed() < LONGEST && self.pattern >> (*looks - 1) & 1 == 1
    }

    /// Leaves out of a list what this look misses; returns whether anything was.
    pub fn strip(&mut self, reply: &mut Message) -> bool {
        let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return false };
        let missed = self.strip_value(&mut body);
        if missed {
            reply.body = body.to_string().into_bytes();
        }
        missed
    }

    fn strip_value(&mut self, value: &mut Value) -> bool {
        let mut missed = false;
        match value {
            Value::Array(items) => items.retain(|item| {
                // Nova wraps key pairs once more.
                let item = item.get("keypair").unwrap_or(item);
                let named = ["id", "name"].iter().filter_map(|key| item[*key].as_str());
                let is_missed = named.into_iter().any(|name| self.misses(name));
                missed |= is_missed;
                !is_missed
            }),
            Value::Object(fields) => {
                // One thing by itself is no list of others.
                let is_list = !fields.contains_key("id") || fields.contains_key("items");
                for field in fields
                    .values_mut()
                    .filter(|field| is_list && (field.is_array() || field.is_object()))
                {
                    missed |= self.strip_value(field);
                }
            }
            _ => {}
        }
        missed
    }
}
