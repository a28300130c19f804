//! Rules that answer commands before the model of the host is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex_lite::Regex;

use crate::config::fake_host::Rule;
use crate::ssh::Output;
use crate::{Code, Error, Result};

/// Rules in order; the first that matches answers.
#[derive(Default)]
pub struct Answers {
    /// Tells its rules from those of others.
    name: String,
    rules: Vec<(Regex, Rule)>,
}

impl Answers {
    pub(super) fn load(path: &Path) -> Result<Answers> {
        let text = crate::read::text(path)
            .map_err(|error| Error::io("read", path, error).with_code(Code::Config))?;
        let wrong = || Error::config(format!("{} is not a list of rules", path.display()));
        let options = serde_saphyr::options! { with_snippet: false };
        let rules: Vec<Rule> = serde_saphyr::from_str_with_options(&text, options)
            .map_err(|error| wrong().cause(error))?;
        Answers::of(rules, "").map_err(|error| wrong().cause(error))
    }

    /// # Errors
    /// `Usage` for a rule that cannot be one.
    pub fn of(rules: Vec<Rule>, name: &str) -> Result<Answers> {
        let mut answers = Answers { name: name.to_owned(), rules: Vec::new() };
        for rule in rules {
            if let Some(name) = &rule.error
                && Code::from_name(name).is_none()
            {
                return Err(Error::usage(format!("there is no error code `{name}`")));
            }
            let pattern = Regex::new(&rule.command).map_err(|error| {
                Error::usage(format!("`{}` is not a regular expression", rule.command)).cause(error)
            })?;
            answers.rules.push((pattern, rule));
        }
        Ok(answers)
    }

    /// The programs whose calls these rules answer, as far as their expressions begin with one.
    #[must_use]
    pub fn programs(&self) -> BTreeSet<String> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_+/".contains(c);
        let first = |rule: &Rule| {
            let text = rule.command.trim_start_matches('^');
            let name = &text[..text.find(|c| !is_of_name(c)).unwrap_or(text.len())];
            name.rsplit('/').next().unwrap_or(name).to_owned()
        };
        self.rules.iter().map(|(_, rule)| first(rule)).filter(|name| !name.is_empty()).collect()
    }

    /// The answer to a command, if a rule has one; `answered` counts per rule.
    pub fn find(
        &self,
        host: &str,
        line: &str,
        answered: &mut BTreeMap<String, u32>,
    ) -> Option<Result<Output>> {
        for (number, (pattern, rule)) in self.rules.iter().enumerate() {
            let here = rule.host.as_deref().is_none_or(|wanted| wanted == host);
            if !here || !pattern.is_match(line) {
                continue;
            }
            let count =
                answered.entry(format!("{}{number}: {}", self.name, rule.command)).or_default();
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
