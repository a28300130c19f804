//! How far a chain of tasks has come, once it has made its image or begins to remove what it made.

use serde::{Deserialize, Serialize};

/// Recorded from then on until the chain ends: what is killed meanwhile continues behind what is done, since
/// the instance is no longer what the tasks before it need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The chain. Empty: the removal is not one of a chain's.
    pub words: Vec<String>,
    /// A digest of the scripts, the library and the settings.
    pub scripts: String,
    /// How many words are done.
    pub done: usize,
    /// The tasks that the word after them has run.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// The image that the chain has made, as id and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<(String, String)>,
    /// The task that made it has not ended yet.
    #[serde(default)]
    pub open: bool,
    /// Everything is being removed.
    #[serde(default)]
    pub ending: bool,
}

impl Progress {
    /// Whether both are of the same chain, which would do the same.
    #[must_use]
    pub fn is_of(&self, other: &Progress) -> bool {
        (&self.words, &self.scripts) == (&other.words, &other.scripts)
    }
}
