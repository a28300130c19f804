//! What the provider is told beside its own settings.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::config::switch::Switch;

/// Settings that belong to the whole configuration, not to this cloud.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The region asked for; empty if none was.
    pub region: String,
    /// Whether SSH connects through a jump host or a proxy command.
    pub goes_through_others: bool,
    /// Whether that is a jump host.
    pub has_jump_host: bool,
    /// The file with the public half of the login key. None: `key_file` alone is used.
    pub public_key_file: Option<PathBuf>,
    /// Whether `key_file` is set.
    pub has_key_file: bool,
    /// Whether to wait for what the vendor does to new servers; none where it does nothing.
    pub automation: Option<AutomationLimits>,
}

/// Whether, and for how long, to wait for what the vendor does to new servers.
#[derive(Debug, Clone, Copy)]
pub struct AutomationLimits {
    pub mode: Switch,
    pub timeout: SignedDuration,
}
