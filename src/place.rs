//! Where in a text file an error is.

use std::fmt;

/// A file, a line and a column, with the line itself where it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file's name for messages: `config.yaml`, `scripts/up.rhai`.
    pub file: String,
    /// From 1. None: the file as a whole.
    pub line: Option<usize>,
    /// In characters, from 1. None: the line as a whole.
    pub column: Option<usize>,
    /// How many characters from the column on the error is about. 0: only that it begins there.
    pub length: usize,
    /// The line's text without its end; secrets in it are the redactor's to find.
    pub text: Option<String>,
    /// Where in a library of the file it happened, `stdlib/clean.rhai:14`.
    pub within: Option<String>,
}

impl Place {
    pub fn file(file: impl Into<String>) -> Self {
        Place { file: file.into(), ..Place::default() }
    }

    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    #[must_use]
    pub fn columns(mut self, column: usize, length: usize) -> Self {
        (self.column, self.length) = (Some(column), length);
        self
    }

    /// Takes the line from the text of the file, unless it is known already.
    #[must_use]
    pub fn quoting(self, file: &str) -> Self {
        let line = self.line.and_then(|line| file.lines().nth(line.checked_sub(1)?));
        match (&self.text, line) {
            (None, Some(line)) => self.with_text(line),
            _ => self,
        }
    }

    /// The line's text. If nothing is known of the length, the error is about the word there.
    #[must_use]
    pub fn with_text(mut self, line: &str) -> Self {
        if let (0, Some(column)) = (self.length, self.column) {
            let rest = line.chars().skip(column.saturating_sub(1));
            self.length = rest.take_while(|c| c.is_alphanumeric() || *c == '_').count();
        }
        self.text = Some(line.to_owned());
        self
    }

    /// What `Display` wrote: `config.yaml:3:7`, `scripts/up.rhai:3 (in stdlib/clean.rhai:14)`.
    #[must_use]
    pub fn parse(shown: &str) -> Self {
        let (shown, within) = match shown.strip_suffix(')').and_then(|it| it.split_once(" (in ")) {
            Some((shown, within)) => (shown, Some(within.to_owned())),
            None => (shown, None),
        };
        let number = |text: &str| -> Option<(String, usize)> {
            let (before, number) = text.rsplit_once(':')?;
            Some((before.to_owned(), number.parse().ok()?))
        };
        let place = match number(shown) {
            None => Place::file(shown),
            Some((before, last)) => match number(&before) {
                Some((file, line)) => Place::file(file).line(line).columns(last, 0),
                None => Place::file(before).line(last),
            },
        };
        Place { within, ..place }
    }
}

impl From<&str> for Place {
    fn from(shown: &str) -> Self {
        Place::parse(shown)
    }
}

impl From<String> for Place {
    fn from(shown: String) -> Self {
        Place::parse(&shown)
    }
}

/// `config.yaml:3:7`, without the parts that are not known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        self.within.iter().try_for_each(|within| write!(f, " (in {within})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for shown in ["config.yaml", "a:b.yaml", "a.rhai:3", "a.rhai:3:7", "a.rhai:3 (in std/b:1)"]
        {
            assert_eq!(Place::parse(shown).to_string(), shown);
        }
        let place = Place::parse("a.rhai:2:2").quoting("one\na two_3(4)\r\n");
        assert_eq!((place.line, place.column, place.length), (Some(2), Some(2), 0));
        assert_eq!(place.text.as_deref(), Some("a two_3(4)"));
        let place = Place::parse("a.rhai:2:3").quoting("one\na two_3(4)");
        assert_eq!(place.length, 5);
    }
}
