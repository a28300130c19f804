//! `hosts:`: machines that are no instances of a run, by name.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::mistake::Mistake;
use super::one_or_more::OneOrMore;
use super::path::{KeyPath, Segment};

pub const KEY: &str = "hosts";

/// A machine of the inventory. What is `None` is what `ssh` would use.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// None: its name, which may be an alias of `~/.ssh/config`.
    #[serde(deserialize_with = "super::values::host")]
    pub address: Option<String>,
    #[serde(deserialize_with = "super::values::user")]
    pub user: Option<String>,
    #[serde(deserialize_with = "super::sizes::port")]
    #[schemars(with = "Option<super::forms::Port>")]
    pub port: Option<u16>,
    /// A private key. As `Config::host` returns it, `~/` and paths relative to the project folder are resolved.
    pub key: Option<PathBuf>,
    /// The expected host key, as a line of `known_hosts` without the name.
    #[serde(deserialize_with = "super::values::host_key")]
    pub host_key: Option<String>,
    /// Hosts to go through, `user@host:port`, the innermost last.
    #[serde(deserialize_with = "super::values::jumps")]
    pub jump: Vec<String>,
    pub groups: OneOrMore,
    /// For one connection: TCP, handshake and login together.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub connect_timeout: Option<Duration>,
    /// Give up on a command that has printed nothing for this long.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub idle_timeout: Option<Duration>,
}

/// What is wrong with the name of a machine, which is shown with each of its lines.
pub fn misnamed(name: &str, path: &KeyPath) -> Option<Mistake> {
    let problem = match name {
        _ if name.trim().is_empty() => "a machine must have a name",
        _ if name.trim() != name || name.contains(char::is_control) => {
            "the name of a machine has no space around it, and is one line"
        }
        _ => return None,
    };
    Some(Mistake::new(path.clone(), problem).hint("write `NAME: {address: …}`"))
}

/// Texts that are written out and empty: no weaker level gives what they would unset.
pub fn empty(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    match value {
        Value::String(text) if text.trim().is_empty() => {
            let key = path.0.iter().rev().find_map(|segment| match segment {
                Segment::Key(key) => Some(key.as_str()),
                Segment::Index(_) => None,
            });
            let hint = format!("omit `{}`, or give its value", key.unwrap_or_default());
            mistakes.push(Mistake::new(path.clone(), "must not be empty").hint(hint));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                empty(item, &path.join([Segment::Index(index)]), mistakes);
            }
        }
        _ => {}
    }
}
