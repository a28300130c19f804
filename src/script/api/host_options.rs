//! What scripts tell of a command besides its words.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{keep_bytes, options};
use crate::Error;
use crate::script::errors::{Fallible, throw};
use crate::ssh::Command;

/// The option map of `run`, `sudo`, `query` and `test`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunOptions {
    pub env: Option<BTreeMap<String, serde_json::Value>>,
    pub cwd: Option<String>,
    pub user: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    pub timeout: Option<Duration>,
    pub pty: bool,
    pub ok: Option<Vec<i32>>,
    pub secret: bool,
    pub stdin: Option<String>,
    pub quiet: bool,
    /// Bytes of output that the result holds.
    #[serde(deserialize_with = "options::size")]
    pub keep: Option<usize>,
    /// Bytes that are not UTF-8 are kept in the result, and were kept in `stdin`.
    pub keep_bytes: bool,
}

impl RunOptions {
    /// The command of this line; `live` shows its output.
    pub fn command(&self, line: String, live: bool) -> Command {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let env = self.env.iter().flatten().map(|(key, value)| (key.clone(), text(value)));
        Command {
            line,
            sudo: self.user.clone(),
            env: env.collect(),
            cwd: self.cwd.clone(),
            timeout: self.timeout,
            pty: self.pty,
            stdin: self.stdin.as_ref().map(|text| match self.keep_bytes {
                true => keep_bytes::to_bytes(text),
                false => text.clone().into_bytes(),
            }),
            live: live && !self.quiet && !self.secret,
            secret: self.secret,
            keep: self.keep,
            whole: !live,
        }
    }
}

/// Refuses a path on a host that is empty: it would be the home folder, or nothing.
pub fn path_of_host(path: &str) -> Fallible<()> {
    match path.trim().is_empty() {
        false => Ok(()),
        true => Err(throw(
            Error::usage("the path on the host is empty")
                .hint("give a path such as /etc/agent.conf"),
        )),
    }
}
