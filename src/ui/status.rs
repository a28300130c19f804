//! What `imgctl status` tells programs.

use serde::{Deserialize, Serialize};

/// A run as its state file knows it, and its instances as the cloud sees them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The path of the state file.
    pub state: String,
    /// None: nothing has been started, and the lists are empty.
    pub run: Option<String>,
    pub cloud: String,
    /// Empty on clouds without regions.
    pub region: String,
    pub distribution: String,
    #[serde(default)]
    pub instances: Vec<Instance>,
    #[serde(default)]
    pub resources: Vec<Resource>,
    #[serde(default)]
    pub steps: Vec<Step>,
    #[serde(default)]
    pub images: Vec<Made>,
}

/// An instance of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub role: String,
    /// None: the cloud does not know it, or not yet.
    pub id: Option<String>,
    pub name: Option<String>,
    /// `pending`, `running`, `stopped`…; none as for `id`.
    pub state: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    /// Nobody can log in until it is started again.
    pub sealed: bool,
    /// The same in words.
    pub summary: String,
}

/// Something in the cloud that `destroy` will remove.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub kind: String,
    pub role: String,
    pub id: String,
    pub region: String,
}

/// A step that is done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub script: String,
    pub step: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    pub seconds: f64,
    /// With `--steps`: why it would run again; empty if it would not. None: nobody has asked.
    #[serde(default)]
    pub again: Option<String>,
    /// With `--steps`: what its script had read that has changed; only the script knows what follows.
    #[serde(default)]
    pub perhaps: Option<String>,
}

/// An image of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub id: String,
    pub name: String,
    pub created: String,
    pub region: String,
    /// When an instance of it had passed the tests: RFC 3339, UTC. None: it has not.
    pub verified: Option<String>,
}
