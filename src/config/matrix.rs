//! `matrix:`, the combinations of cloud, region and distribution that are baked together.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};

use schemars::JsonSchema;
use serde::Deserialize;

use super::cloud_name::{CloudName, CloudNames};
use super::one_or_more::OneOrMore;

/// The section.
pub const KEY: &str = "matrix";

/// The combinations that are baked together: lists that are multiplied, and what is added to their product or left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Matrix {
    #[serde(deserialize_with = "super::cloud_name::one_or_more")]
    #[schemars(with = "CloudNames")]
    pub cloud: OneOrMore,
    pub region: OneOrMore,
    pub distribution: OneOrMore,
    /// Combinations besides those of the lists.
    pub include: Vec<Entry>,
    /// Combinations that are left out; a key that is not given matches every value.
    pub exclude: Vec<Entry>,
    /// How many run at once.
    pub jobs: Option<NonZeroUsize>,
    /// How many of one cloud run at once.
    #[serde(deserialize_with = "super::cloud_name::keys")]
    #[schemars(with = "BTreeMap<CloudName, NonZeroUsize>")]
    pub jobs_per_cloud: BTreeMap<String, NonZeroUsize>,
    /// What `--plan` writes into the jobs of an engine.
    pub plan: Plan,
}

/// How the jobs of an engine run.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// The container image with imgctl in it: GitLab and Kubernetes.
    pub image: Option<String>,
    /// The runner's or agent's label: GitHub and Jenkins.
    pub runner: Option<String>,
    /// A line of shell that installs imgctl on the runner: GitHub, GitLab and Jenkins.
    pub install: Option<String>,
    /// Minutes that one combination may take [default: 180].
    pub timeout_minutes: Option<NonZeroU32>,
    /// How often a combination is tried [default: 2].
    pub attempts: Option<NonZeroU32>,
}

/// An item of `include` or `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Entry {
    #[serde(deserialize_with = "super::cloud_name::optional")]
    #[schemars(with = "Option<CloudName>")]
    pub cloud: Option<String>,
    pub region: Option<String>,
    pub distribution: Option<String>,
}
