//! The path of a value in a dictionary: `jenkins.clouds[name=aws].templates[description=centos7].ami`.

use std::fmt;

use crate::{Error, Result};

/// How a path goes on from a map or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The value of a key in a map.
    Key(String),
    /// An item of a list, from 0.
    Index(usize),
    /// The one item of a list of maps in which these paths of keys have these values.
    Where(Vec<(Vec<String>, String)>),
}

impl Part {
    /// The key, if it is one.
    pub fn key(&self) -> Option<String> {
        match self {
            Part::Key(key) => Some(key.clone()),
            Part::Index(_) | Part::Where(_) => None,
        }
    }
}

/// Parts with dots between them; selectors of items are in brackets and follow without a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub Vec<Part>);

/// What separates, so it must be quoted in a key.
const SPECIAL: [char; 6] = ['.', '[', ']', '"', '=', ','];

impl Path {
    /// # Errors
    /// `usage`: an empty key, a quote or bracket that is not closed.
    pub fn parse(text: &str) -> Result<Path> {
        let mut rest = Rest { text, whole: text };
        let mut parts = Vec::new();
        loop {
            if !(parts.is_empty() && rest.text.starts_with('[')) {
                parts.push(Part::Key(rest.word(&['.', '[', ']'])?));
            }
            while rest.text.starts_with('[') {
                parts.push(rest.selector()?);
            }
            if rest.text.is_empty() {
                return Ok(Path(parts));
            }
            rest.expect('.')?;
        }
    }
}

struct Rest<'t> {
    text: &'t str,
    whole: &'t str,
}

impl Rest<'_> {
    fn malformed(&self, why: &str) -> Error {
        Error::usage(format!("`{}` is not a path in a dictionary", self.whole)).cause(why).hint(
            "write keys with dots between them (`images.aws.us-west-2.centos7`), a key with a dot in \
             double quotes, and an item of a list as `list[name=aws]` or `list[0]`",
        )
    }

    fn expect(&mut self, expected: char) -> Result<()> {
        self.text = self.text.strip_prefix(expected).ok_or_else(|| {
            self.malformed(&format!("`{expected}` is missing before `{}`", self.text))
        })?;
        Ok(())
    }

    /// A key or value, in quotes or up to one of these.
    fn word(&mut self, ends: &[char]) -> Result<String> {
        if let Some(quoted) = self.text.strip_prefix('"') {
            let mut word = String::new();
            let mut characters = quoted.char_indices();
            while let Some((at, character)) = characters.next() {
                match character {
                    '"' => {
                        self.text = quoted.get(at + 1..).unwrap_or_default();
                        return Ok(word);
                    }
                    '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                    _ => word.push(character),
                }
            }
            return Err(self.malformed("a quote is not closed"));
        }
        let (word, rest) = self.text.split_at(self.text.find(ends).unwrap_or(self.text.len()));
        if word.is_empty() {
            return Err(self.malformed("a key is empty"));
        }
        self.text = rest;
        Ok(word.to_owned())
    }

    /// `[0]`, `[name=aws]`, `[amazonEC2.name=aws,region="us, west"]`.
    fn selector(&mut self) -> Result<Part> {
        self.expect('[')?;
        let digits = self.text.split(']').next().unwrap_or_default();
        if let Ok(index) = digits.parse() {
            self.text = self.text.get(digits.len()..).unwrap_or_default();
            self.expect(']')?;
            return Ok(Part::Index(index));
        }
        let mut conditions = Vec::new();
        loop {
            let mut keys = vec![self.word(&SPECIAL)?];
            while self.text.starts_with('.') {
                self.expect('.')?;
                keys.push(self.word(&SPECIAL)?);
            }
            self.expect('=')?;
            conditions.push((keys, self.word(&[',', ']'])?));
            match self.text.strip_prefix(',') {
                Some(next) => self.text = next,
                None => break,
            }
        }
        self.expect(']')?;
        Ok(Part::Where(conditions))
    }
}

fn quoted(word: &str, special: &[char]) -> String {
    match word.is_empty() || word.contains(special) {
        true => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
        false => word.to_owned(),
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Key(key) => f.write_str(&quoted(key, &SPECIAL)),
            Part::Index(index) => write!(f, "[{index}]"),
            Part::Where(conditions) => {
                let conditions = conditions.iter().map(|(keys, value)| {
                    let keys: Vec<_> = keys.iter().map(|key| quoted(key, &SPECIAL)).collect();
                    format!("{}={}", keys.join("."), quoted(value, &[',', ']', '"']))
                });
                write!(f, "[{}]", conditions.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// These parts as they are written.
pub fn shown(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() && matches!(part, Part::Key(_)) {
            text.push('.');
        }
        text.push_str(&part.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Part, Path, shown};

    #[test]
    fn paths_are_read_and_shown() {
        let path = Path::parse("a.us-west-2[0].\"b.c\\\"\"[x.y=1,z=\"p, q\"].d").unwrap();
        let key = |text: &str| Part::Key(text.to_owned());
        let conditions = vec![
            (vec!["x".to_owned(), "y".to_owned()], "1".to_owned()),
            (vec!["z".to_owned()], "p, q".to_owned()),
        ];
        let expected = [
            key("a"),
            key("us-west-2"),
            Part::Index(0),
            key("b.c\""),
            Part::Where(conditions),
            key("d"),
        ];
        assert_eq!(path.0, expected);
        assert_eq!(Path::parse(&shown(&path.0)).unwrap(), path);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in
            ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[x=]", "a.[0]", "a[0]b", "\"a"]
        {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
