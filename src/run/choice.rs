//! The cloud, region and distribution that the command line chose.

use std::path::Path;

use crate::config::Config;
use crate::state::Document;
use crate::{Code, Error, Result};

/// `cloud:`, `region:` and `distribution:` as given on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Choice {
    pub cloud: Option<String>,
    pub region: Option<String>,
    pub distribution: Option<String>,
}

impl Choice {
    /// Later words win; what they leave out stays.
    pub fn add(&mut self, later: &Choice) {
        for (new, old) in [
            (&later.cloud, &mut self.cloud),
            (&later.region, &mut self.region),
            (&later.distribution, &mut self.distribution),
        ] {
            if new.is_some() {
                old.clone_from(new);
            }
        }
    }

    /// The words in force: these, and those of a state that has something to lose. Refuses words that differ from it.
    pub(super) fn over(self, state: &Document, path: &Path, config: &Config) -> Result<Choice> {
        // A misspelt name is no other cloud, which the state would have to be removed for.
        let is_kept = self.cloud.as_ref().is_none_or(|cloud| *cloud == state.cloud);
        config.check_names(
            self.cloud.as_deref().unwrap_or(&state.cloud),
            is_kept.then_some(&state.region),
            self.region.as_deref(),
            self.distribution.as_deref(),
        )?;
        let pick = |what: &str, given: Option<String>, kept: &str| match given {
            Some(word) if word != kept => {
                let path = path.display();
                let message = format!("{path} belongs to {what} `{kept}`, not `{word}`");
                Err(Error::new(Code::State, message).hint(format!(
                    "remove its resources with `imgctl destroy`, or keep both runs with `--state \
                     {word}.state.json`"
                )))
            }
            _ => Ok(Some(kept.to_string())),
        };
        Ok(Choice {
            cloud: pick("cloud", self.cloud, &state.cloud)?,
            region: pick("region", self.region, &state.region)?,
            distribution: pick("distribution", self.distribution, &state.distribution)?,
        })
    }
}
