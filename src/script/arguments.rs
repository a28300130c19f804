//! The arguments of a task, behind its colon: `tests:verify,fast=true`.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// The arguments of one task or script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Everything after the colon, as typed.
    pub text: String,
    pub positional: Vec<String>,
    pub named: BTreeMap<String, String>,
    /// They are words behind `imgctl run FILE`.
    pub are_words: bool,
}

impl Arguments {
    /// Splits `a,b,key=value` as Fabric did: a comma or an equals sign after a backslash is literal.
    /// A name that is given twice is an error.
    pub fn parse(text: &str) -> Result<Arguments> {
        let mut arguments = Arguments { text: text.to_string(), ..Arguments::default() };
        if text.is_empty() {
            return Ok(arguments);
        }
        for part in split_unescaped(text, ',') {
            arguments.add(&part)?;
        }
        Ok(arguments)
    }

    /// The words after `imgctl run FILE`: `key=value` is named, the rest positional.
    pub fn from_words(words: &[String]) -> Result<Arguments> {
        let mut arguments =
            Arguments { text: words.join(" "), are_words: true, ..Arguments::default() };
        for word in words {
            arguments.add(word)?;
        }
        Ok(arguments)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.named.is_empty()
    }

    fn add(&mut self, part: &str) -> Result<()> {
        let halves = split_unescaped(part, '=');
        let Some((name, value)) = part_as_pair(&halves, part) else {
            self.positional.push(unescape(part));
            return Ok(());
        };
        let value = unescape(value);
        if self.named.insert(name.to_string(), value).is_some() {
            return Err(Error::usage(format!("the argument `{name}` is given twice")));
        }
        Ok(())
    }
}

/// `key=value`, if the text before the first unescaped `=` can be a name.
fn part_as_pair<'a>(halves: &'a [String], part: &'a str) -> Option<(&'a str, &'a str)> {
    let name = halves.first().filter(|_| halves.len() > 1)?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_name.then(|| (name.as_str(), &part[name.len() + 1..]))
}

/// Splits at `separator`, except after a backslash; backslashes are kept.
fn split_unescaped(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == separator && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

/// Removes the backslash before `,` and `=`; any other backslash belongs to the value.
fn unescape(text: &str) -> String {
    text.replace("\\,", ",").replace("\\=", "=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_fabric_did() {
        let arguments = Arguments::parse("ami-1,force=true,note=a\\,b=c").unwrap();
        assert_eq!(arguments.positional, ["ami-1"]);
        assert_eq!(arguments.named["force"], "true");
        assert_eq!(arguments.named["note"], "a,b=c");
    }

    #[test]
    fn keeps_the_text_of_a_command() {
        let arguments = Arguments::parse("ls -l /tmp").unwrap();
        assert_eq!(arguments.text, "ls -l /tmp");
    }

    #[test]
    fn refuses_a_name_given_twice() {
        assert!(Arguments::parse("a=1,a=2").is_err());
    }
}
