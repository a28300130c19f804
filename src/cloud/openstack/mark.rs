//! The marks by which things of a run are found again: metadata where the service has such, words in
//! the description where it has that, else the name.

use crate::cloud::{Call, RUN_TAG, Resource, Tags};

const ROLE_TAG: &str = "imgctl-role";
const TOKEN_TAG: &str = "imgctl-token";
/// The keys of all marks.
pub const TAGS: [&str; 3] = [RUN_TAG, ROLE_TAG, TOKEN_TAG];
/// What names of temporary key pairs begin with.
const KEY_PAIR: &str = "imgctl-run-";

/// Whose a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub run: String,
    pub role: String,
    pub token: String,
}

impl Mark {
    #[must_use]
    pub fn of(intent: &Resource, call: &Call) -> Mark {
        Mark { run: call.run.clone(), role: intent.role.clone(), token: intent.token.clone() }
    }

    /// `tags` and this, for metadata.
    #[must_use]
    pub fn with(&self, tags: &Tags) -> Tags {
        let mut tags = tags.clone();
        for (key, value) in [(RUN_TAG, &self.run), (ROLE_TAG, &self.role), (TOKEN_TAG, &self.token)]
        {
            tags.insert(key.to_owned(), value.clone());
        }
        tags
    }

    #[must_use]
    pub fn in_tags(tags: &Tags) -> Option<Mark> {
        let word = |key: &str| tags.get(key).cloned().unwrap_or_default();
        let run = tags.get(RUN_TAG)?.clone();
        Some(Mark { run, role: word(ROLE_TAG), token: word(TOKEN_TAG) })
    }

    /// For a description.
    #[must_use]
    pub fn words(&self) -> String {
        let Mark { run, role, token } = self;
        format!("{RUN_TAG}={run} {ROLE_TAG}={role} {TOKEN_TAG}={token}")
    }

    #[must_use]
    pub fn in_words(description: &str) -> Option<Mark> {
        let word = |key: &str| {
            let mut words = description.split_whitespace();
            words.find_map(|word| word.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
        };
        let rest = |key: &str| word(key).unwrap_or_default();
        Some(Mark { run: word(RUN_TAG)?, role: rest(ROLE_TAG), token: rest(TOKEN_TAG) })
    }

    /// The name of the run's temporary key pair, of letters that nova allows.
    #[must_use]
    pub fn key_pair(&self) -> String {
        let role: String =
            self.role.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        format!("{KEY_PAIR}{}_{role}", self.run)
    }

    #[must_use]
    pub fn in_key_pair(name: &str) -> Option<Mark> {
        let (run, role) = name.strip_prefix(KEY_PAIR)?.rsplit_once('_')?;
        Some(Mark { run: run.to_owned(), role: role.to_owned(), token: String::new() })
    }

    /// Whether it belongs to this run; to any, for none.
    #[must_use]
    pub fn is_of(&self, run: Option<&str>) -> bool {
        run.is_none_or(|run| run == self.run)
    }

    /// Whether it is what an earlier try with this intent made.
    #[must_use]
    pub fn is_for(&self, intent: &Resource) -> bool {
        self.token == intent.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_marked_is_known_again() {
        let mark = Mark { run: "2026-ab".into(), role: "build".into(), token: "t1".into() };
        assert_eq!(Mark::in_words(&mark.words()).unwrap(), mark);
        assert_eq!(Mark::in_tags(&mark.with(&Tags::new())).unwrap(), mark);
        let by_name = Mark::in_key_pair(&mark.key_pair()).unwrap();
        assert_eq!((by_name.run, by_name.role), (mark.run, mark.role));
        assert_eq!(Mark::in_words("somebody's own group"), None);
        assert_eq!(Mark::in_key_pair("imgctl-mine"), None);
    }
}
