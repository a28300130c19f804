//! Rules that answer commands before the model of the host is asked.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::ssh::Output;
use crate::{Code, Error, Result};

/// `{command: "apt-get*install", status: 100, stderr: "no space", times: 1}`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Occurs in the command line; `*` stands for anything, a leading `^` for its start, a
    /// trailing `$` for its end.
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
pub(super) struct Answers(Vec<Rule>);

impl Answers {
    pub(super) fn load(path: &Path) -> Result<Answers> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        let wrong = || Error::config(format!("{} is not a list of rules", path.display()));
        let rules: Vec<Rule> =
            serde_norway::from_str(&text).map_err(|error| wrong().cause(error))?;
        for rule in &rules {
            if let Some(name) = &rule.error
                && Code::from_name(name).is_none()
            {
                return Err(wrong().cause(format!("there is no error code `{name}`")));
            }
        }
        Ok(Answers(rules))
    }

    /// The answer to a command, if a rule has one; `answered` counts per rule.
    pub(super) fn find(
        &self,
        host: &str,
        line: &str,
        answered: &mut BTreeMap<String, u32>,
    ) -> Option<Result<Output>> {
        for (number, rule) in self.0.iter().enumerate() {
            let here = rule.host.as_deref().is_none_or(|wanted| wanted == host);
            if !here || !matches(&rule.command, line) {
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

fn matches(pattern: &str, line: &str) -> bool {
    let (pattern, start) = match pattern.strip_prefix('^') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let (pattern, end) = match pattern.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let glob = format!("{}{pattern}{}", if start { "" } else { "*" }, if end { "" } else { "*" });
    super::programs::glob(&glob, line)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_may_stand_anywhere_unless_it_is_tied_down() {
        assert!(matches("install*nginx", "apt-get install -y nginx curl"));
        assert!(!matches("^install", "apt-get install"));
        assert!(matches("^apt-get", "apt-get install"));
        assert!(matches("install$", "apt-get install"));
        assert!(!matches("^apt$", "apt-get"));
    }
}
