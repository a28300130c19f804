//! The tags of what a run creates, by which it is found again: metadata where the service has it,
//! else the description, else the name.

use crate::cloud::{Call, RUN_TAG, Resource, Tags};

const ROLE_TAG: &str = "imgctl-role";
const TOKEN_TAG: &str = "imgctl-token";
/// The keys of all of them.
pub const KEYS: [&str; 3] = [RUN_TAG, ROLE_TAG, TOKEN_TAG];
/// What all of imgctl's own keys begin with.
pub const PREFIX: &str = "imgctl-";
/// What the names of temporary key pairs begin with.
const KEY_PAIR: &str = "imgctl-run-";

/// Which run something belongs to, and which intent of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTags {
    pub run: String,
    pub role: String,
    pub token: String,
}

impl RunTags {
    #[must_use]
    pub fn of(intent: &Resource, call: &Call) -> RunTags {
        let (role, token) = (intent.role.clone(), intent.token.clone());
        RunTags { run: call.run.clone(), role, token }
    }

    /// These and `tags`, as metadata.
    #[must_use]
    pub fn with(&self, tags: &Tags) -> Tags {
        let mut tags = tags.clone();
        for (key, value) in KEYS.iter().zip([&self.run, &self.role, &self.token]) {
            tags.insert((*key).to_owned(), value.clone());
        }
        tags
    }

    #[must_use]
    pub fn from_tags(tags: &Tags) -> Option<RunTags> {
        let value = |key: &str| tags.get(key).cloned().unwrap_or_default();
        let run = tags.get(RUN_TAG)?.clone();
        Some(RunTags { run, role: value(ROLE_TAG), token: value(TOKEN_TAG) })
    }

    /// As a description: `imgctl-run=… imgctl-role=… imgctl-token=…`.
    #[must_use]
    pub fn description(&self) -> String {
        let RunTags { run, role, token } = self;
        format!("{RUN_TAG}={run} {ROLE_TAG}={role} {TOKEN_TAG}={token}")
    }

    #[must_use]
    pub fn from_description(description: &str) -> Option<RunTags> {
        let value = |key: &str| {
            let mut words = description.split_whitespace();
            words.find_map(|word| word.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
        };
        let rest = |key: &str| value(key).unwrap_or_default();
        Some(RunTags { run: value(RUN_TAG)?, role: rest(ROLE_TAG), token: rest(TOKEN_TAG) })
    }

    /// The name of the run's temporary key pair, in characters that nova allows. It holds no token.
    #[must_use]
    pub fn key_pair_name(&self) -> String {
        let role: String =
            self.role.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        format!("{KEY_PAIR}{}_{role}", self.run)
    }

    #[must_use]
    pub fn from_key_pair_name(name: &str) -> Option<RunTags> {
        let (run, role) = name.strip_prefix(KEY_PAIR)?.rsplit_once('_')?;
        Some(RunTags { run: run.to_owned(), role: role.to_owned(), token: String::new() })
    }

    /// Whether it belongs to this run; to any run, for none.
    #[must_use]
    pub fn belongs_to(&self, run: Option<&str>) -> bool {
        run.is_none_or(|run| run == self.run)
    }

    /// Whether an earlier attempt with this intent created it.
    #[must_use]
    pub fn is_for(&self, intent: &Resource) -> bool {
        self.token == intent.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tagged_is_recognised() {
        let tags = RunTags { run: "2026-ab".into(), role: "build".into(), token: "t1".into() };
        assert_eq!(RunTags::from_description(&tags.description()).unwrap(), tags);
        assert_eq!(RunTags::from_tags(&tags.with(&Tags::new())).unwrap(), tags);
        let by_name = RunTags::from_key_pair_name(&tags.key_pair_name()).unwrap();
        assert_eq!((by_name.run, by_name.role), (tags.run, tags.role));
        assert_eq!(RunTags::from_description("somebody's own group"), None);
        assert_eq!(RunTags::from_key_pair_name("imgctl-mine"), None);
    }
}
