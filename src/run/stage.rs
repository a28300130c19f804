//! What stands in for machines, programs and the network while a test of a script runs.

use serde_json::Value;

use crate::Result;
use crate::config::fake_host::{Host, Rule};
use crate::ssh::{Output, Target};

/// Two values that are not the same, and the error that says so.
#[derive(Debug, Clone)]
pub struct Differed {
    pub message: String,
    pub found: Value,
    pub wanted: Value,
}

/// The stage of one test.
pub trait Stage: Send + Sync {
    /// Makes up a host; the target leads to it.
    fn host(&self, host: &Host) -> Result<Target>;

    /// Commands on this machine are answered by these rules, after those that were given before.
    fn answer_here(&self, rules: Vec<Rule>) -> Result<()>;

    /// The answer of the rules to a command on this machine. None: no rule is about it.
    fn here(&self, line: &str) -> Result<Option<Output>>;

    /// Every call to the fake cloud, to hosts and to this machine's programs so far, a line each.
    fn calls(&self) -> Result<Vec<String>>;

    /// Two values differ that should not: the test fails by this error, unless it catches that.
    fn differed(&self, values: Differed);

    /// Whether commands on this machine and requests to servers may be carried out.
    fn reaches_out(&self) -> bool;
}
