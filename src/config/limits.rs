//! `limits:`, how much of this computer a script may take.

use bytesize::ByteSize;
use serde::Deserialize;

use super::configuration::Config;
use super::mistake::Mistake;
use super::path::KeyPath;
use super::{decode, sizes};
use crate::Result;

/// The section.
pub const KEY: &str = "limits";

/// Beyond these a script ends with an error that names the limit.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory of imgctl while a script runs.
    #[serde(deserialize_with = "sizes::required")]
    pub memory: ByteSize,
    /// A file that a script reads: `fs::read`, `template::file`, `secret::file`.
    #[serde(deserialize_with = "sizes::required")]
    pub file: ByteSize,
    /// What `local::run` keeps of each stream of a command.
    #[serde(deserialize_with = "sizes::required")]
    pub output: ByteSize,
    /// The body of a reply to `http::get` and `http::request`.
    #[serde(deserialize_with = "sizes::required")]
    pub reply: ByteSize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: ByteSize::gib(1),
            file: ByteSize::mib(64),
            output: ByteSize::mib(16),
            reply: ByteSize::mib(64),
        }
    }
}

impl Config {
    /// The limits in force.
    ///
    /// # Errors
    /// `Code::Config` for a variable that is not set or gives no size.
    pub fn limits(&self) -> Result<Limits> {
        let Some(value) = self.get(KEY)? else { return Ok(Limits::default()) };
        decode::decode(&value).map_err(|misfit| {
            let section = KeyPath::of(&[KEY]);
            let mistake = Mistake::of(misfit, &section);
            crate::Error::config(mistake.message)
        })
    }
}
