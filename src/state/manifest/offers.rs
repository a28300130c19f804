//! What becomes of an image once it is there: channels and shares.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The time of an image in a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// `debian12/stable`
    pub channel: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// RFC 3339, UTC: when another image took its place. None: it is the last one that imgctl put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Accounts, and organizations with their units, as the cloud names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shared {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub organizations: BTreeSet<String>,
}

impl Shared {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.organizations.is_empty()
    }
}

/// Those of both, in the order of their times; one that has ended has ended.
pub fn all_promotions(known: &[Promotion], newer: &[Promotion]) -> Vec<Promotion> {
    let mut all = known.to_vec();
    for one in newer {
        match all.iter_mut().find(|it| (&it.channel, &it.at) == (&one.channel, &one.at)) {
            Some(same) => same.until = same.until.take().or_else(|| one.until.clone()),
            None => all.push(one.clone()),
        }
    }
    all.sort_by(|a, b| a.at.cmp(&b.at));
    all
}
