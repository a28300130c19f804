//! Settings of `cloud: fake`, which rehearses a pipeline without any machine.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::capability::Capability;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The file that keeps what exists in this cloud from one command to the next. None:
    /// `.fake-world.json` in the project folder.
    pub world: Option<PathBuf>,
    /// Every call is appended to this file, one line each. None: calls are not recorded.
    pub journal: Option<PathBuf>,
    /// Rules that answer commands on its hosts; the first match wins.
    pub answers: Option<PathBuf>,
    /// A program that neither a rule nor the model of a host knows is an error, not a warning.
    pub strict: bool,
    /// The n-th call of a process (from 1) is refused and changes nothing.
    pub fail_at: Option<u64>,
    /// The n-th call is carried out, but its reply is lost.
    pub fail_after: Option<u64>,
    /// The process gets SIGKILL before the n-th call changes anything.
    pub kill_at: Option<u64>,
    /// The process gets SIGKILL once the n-th call has been carried out.
    pub kill_after: Option<u64>,
    /// imgctl itself panics in the n-th call.
    pub panic_at: Option<u64>,
    /// Capabilities that this cloud shall lack: `stop`, `console`, `copy_image`…
    pub lacks: Vec<Capability>,
    /// The image to start from, by id or name. None: the one with the distribution's name.
    pub base: Option<String>,
}
