//! Hosts that tests make up, and the rules by which commands are answered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// `{command: "apt-get.*install", status: 100, stderr: "no space", times: 1}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A regular expression that occurs in the command line.
    pub command: String,
    /// Only on the host of this role: `build`, `verify`.
    #[serde(default)]
    pub host: Option<String>,
    #[serde(default)]
    pub stdout: String,
    #[serde(default)]
    pub stderr: String,
    #[serde(default)]
    pub status: i32,
    /// The command fails with this error code (`connection`, `timeout`) instead of ending.
    #[serde(default)]
    pub error: Option<String>,
    /// Answers so often only, counted over all processes; later the next rule is asked.
    #[serde(default)]
    pub times: Option<u32>,
}

/// A host without a machine behind it.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// A distribution of the fake cloud.
    pub os: String,
    /// Who logs in; may use sudo.
    pub user: String,
    /// Its name in messages and in the list of calls.
    pub label: String,
    /// By path, besides those of the distribution.
    pub files: BTreeMap<String, File>,
    /// Besides those of the distribution.
    pub packages: BTreeSet<String>,
    pub users: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    /// Enabled and running.
    pub services: BTreeSet<String>,
    /// The first that matches answers, before the model of the host is asked.
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, Default)]
pub struct File {
    pub text: String,
    /// Permission bits in octal digits.
    pub mode: String,
    /// `user:group`
    pub owner: String,
}
