//! Settings of the in-memory cloud that the tests run scripts against.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the cloud keeps what exists in it between two commands.
    pub world: Option<PathBuf>,
    /// Where it writes down every call, in order.
    pub journal: Option<PathBuf>,
    /// The number of the call (from 1) that fails.
    pub fail_at: Option<u64>,
    /// The number of the call (from 1) at which the process kills itself.
    pub kill_at: Option<u64>,
    /// What commands on its hosts answer.
    pub answers: Option<PathBuf>,
    /// Which image to start from; anything goes.
    pub base: Option<String>,
}
