//! `publish:`, where new images are written down and who is told.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::cloud_name::{CloudName, check};

/// The section.
pub const KEY: &str = "publish";

/// What the task `publish` works with; `scripts/publish.rhai` and `stdlib/proposal.rhai` read it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Publish {
    pub dictionary: Dictionary,
    /// The branch that is pushed. None: named after the images.
    pub branch: Option<String>,
    /// The branch to start from and to merge into. None: the remote's default.
    pub base: Option<String>,
    /// The remote of the repository. None: `origin`, or the only one.
    pub remote: Option<String>,
    pub pull_request: PullRequest,
    /// Regions that get a copy of an image, by cloud.
    #[serde(deserialize_with = "super::cloud_name::keys")]
    #[schemars(with = "BTreeMap<CloudName, Vec<String>>")]
    pub regions: BTreeMap<String, Vec<String>>,
    /// Accounts and projects that may use the images, by cloud.
    #[serde(deserialize_with = "super::cloud_name::keys")]
    #[schemars(with = "BTreeMap<CloudName, Vec<String>>")]
    pub accounts: BTreeMap<String, Vec<String>>,
    /// The channel that a published image is put into. None: none.
    pub channel: Option<String>,
    /// What a channel is called, by cloud: a parameter (ec2), a family (gce) or a tag, with `{channel}` and
    /// `{distribution}`.
    #[serde(deserialize_with = "super::cloud_name::keys")]
    #[schemars(with = "BTreeMap<CloudName, String>")]
    pub channel_names: BTreeMap<String, String>,
    /// How long the predecessors of published images are still offered. None: for ever.
    #[schemars(with = "Option<super::forms::Deprecation>")]
    pub deprecate: Option<Deprecation>,
    pub on_published: OnPublished,
    /// Whether an image that was not started and tested is refused. None: it is.
    pub require_verified: Option<bool>,
}

/// The file in which other programs look up image ids.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dictionary {
    /// A clone on this machine, relative to the project. None: the project itself.
    pub repository: Option<String>,
    /// Relative to the repository.
    pub file: Option<String>,
    /// The path of an image in it; `{cloud}`, `{region}` and `{distribution}` are filled in.
    pub path: Option<String>,
    /// The same for single clouds, in place of `path`.
    #[serde(deserialize_with = "super::cloud_name::keys")]
    #[schemars(with = "BTreeMap<CloudName, String>")]
    pub paths: BTreeMap<String, String>,
    /// `yaml`, `json`, `hcl`, `toml` or `dotenv`, where the file's name does not tell it.
    pub format: Option<Format>,
    /// An alias is followed, and the value at its anchor changed for all that use it.
    pub anchor: bool,
}

/// How a dictionary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Yaml,
    Json,
    Hcl,
    Toml,
    Dotenv,
}

/// The software of a server, as far as requests to merge go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Forge {
    Github,
    Gitlab,
    /// Branches are pushed, and somebody else takes care of them.
    None,
}

/// What the remote's address does not tell, and what the request has besides its text.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PullRequest {
    /// `github`, `gitlab` or `none`.
    pub forge: Option<Forge>,
    /// The base address of GitHub's API.
    pub api: Option<String>,
    /// `owner/name`.
    pub project: Option<String>,
    pub draft: bool,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
}

/// What is done once the images are published.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OnPublished {
    /// An address that is sent a message in JSON.
    pub webhook: Option<String>,
    /// Signs the message.
    pub secret: Option<String>,
    /// A line for the shell on this machine, with the message in `$IMGCTL_PUBLISHED`.
    pub command: Option<String>,
}

/// `30d` or `12h`: for every cloud, or for each its own. `stdlib/proposal.rhai` reads it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Deprecation;

impl TryFrom<serde_json::Value> for Deprecation {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Deprecation, String> {
        let fits = |text: &str| {
            let days = text.strip_suffix('d').is_some_and(|days| days.parse::<u16>().is_ok());
            let span = text.parse::<jiff::SignedDuration>();
            text.is_empty() || days || span.is_ok_and(|span| !span.is_negative())
        };
        for name in value.as_object().into_iter().flat_map(|clouds| clouds.keys()) {
            check::<serde::de::value::Error>(name).map_err(|error| error.to_string())?;
        }
        let by_cloud = value.as_object().map(|clouds| clouds.values().collect::<Vec<_>>());
        match by_cloud.unwrap_or(vec![&value]).iter().find(|it| !it.as_str().is_some_and(fits)) {
            None => Ok(Deprecation),
            Some(other) => Err(format!("{other} is not a duration: write 30d or 12h")),
        }
    }
}
