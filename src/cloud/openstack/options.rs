//! What the provider is told beside its own settings.

use std::path::PathBuf;

/// Settings that belong to the whole configuration, not to this cloud.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The region asked for; empty if none was.
    pub region: String,
    /// Whether SSH connects through a jump host or a proxy command.
    pub goes_through_others: bool,
    /// The file with the public half of the login key. None: `key_file` alone is used.
    pub public_key_file: Option<PathBuf>,
    /// Whether `key_file` is set.
    pub has_key_file: bool,
}
