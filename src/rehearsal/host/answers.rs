//! Rules that answer commands before the model of the host is asked.

use std::collections::BTreeMap;
use std::path::Path;

use regex_lite::Regex;
use serde::Deserialize;

use crate::ssh::Output;
use crate::{Code, Error, Result};

/// `{command: "apt-get.*install", status: 100, stderr: "no space", times: 1}`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// A regular expression that occurs in the command line.
    command: String,
    /// Only on the host of this role: `build`, `verify`.
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    status: i32,
    /// The command fails with this error code (`connection`, `timeout`) instead of ending.
    #[serde(default)]
    error: Option<String>,
    /// Answers so often only, counted over all processes; later the next rule is asked.
    #[serde(default)]
    times: Option<u32>,
}

/// Rules in order; the first that matches answers.
#[derive(Default)]
pub(super) struct Answers(Vec<(Regex, Rule)>);

impl Answers {
    pub(super) fn load(path: &Path) -> Result<Answers> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        let wrong = || Error::config(format!("{} is not a list of rules", path.display()));
        let options = serde_saphyr::options! { with_snippet: false };
        let rules: Vec<Rule> = serde_saphyr::from_str_with_options(&text, options)
            .map_err(|error| wrong().cause(error))?;
        let mut answers = Answers::default();
        for rule in rules {
            if let Some(name) = &rule.error
                && Code::from_name(name).is_none()
            {
                return Err(wrong().cause(format!("there is no error code `{name}`")));
            }
            let pattern = Regex::new(&rule.command)
                .map_err(|error| wrong().cause(&rule.command).cause(error))?;
            answers.0.push((pattern, rule));
        }
        Ok(answers)
    }

    /// The answer to a command, if a rule has one; `answered` counts per rule.
    pub(super) fn find(
        &self,
        host: &str,
        line: &str,
        answered: &mut BTreeMap<String, u32>,
    ) -> Option<Result<Output>> {
        for (number, (pattern, rule)) in self.0.iter().enumerate() {
            let here = rule.host.as_deref().is_none_or(|wanted| wanted == host);
            if !here || !pattern.is_match(line) {
                continue;
            }
            let count = answered.entry(format!("{number}: {}", rule.command)).or_default();
            if rule.times.is_some_and(|times| *count >= times) {
                continue;
            }
            *count += 1;
            let code = rule.error.as_deref().and_then(Code::from_name);
            return Some(match code {
                Some(code) => Err(Error::new(code, format!("[{host}] `{line}`: by a rule"))),
                None => Ok(Output {
                    stdout: rule.stdout.clone().into_bytes(),
                    stderr: rule.stderr.clone().into_bytes(),
                    status: rule.status,
                    ..Output::default()
                }),
            });
        }
        None
    }
}
