//! From bytes of a text to its lines and columns.

use std::ops::Range;

/// A text whose lines are found without reading it again: one message or a thousand cost the same.
#[derive(Debug, Clone)]
pub struct Lines {
    text: String,
    /// The first byte of each line.
    starts: Vec<usize>,
}

impl Lines {
    pub fn new(text: &str) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Lines { text: text.to_owned(), starts }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn at(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..byte.min(self.text.len())).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: usize) -> &str {
        let Some(start) = line.checked_sub(1).and_then(|at| self.starts.get(at)) else { return "" };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// How many characters of these bytes are on their first line.
    pub fn length(&self, bytes: &Range<usize>) -> usize {
        let found = self.text.get(bytes.clone()).unwrap_or_default();
        found.lines().next().unwrap_or_default().chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_have_no_end() {
        let lines = Lines::new("ä: b\r\nç: d\n");
        assert_eq!(lines.at(0), (1, 1));
        assert_eq!(lines.at(4), (1, 4));
        assert_eq!(lines.at(7), (2, 1));
        assert_eq!(lines.at(999), (3, 1));
        assert_eq!((lines.line(1), lines.line(2), lines.line(9)), ("ä: b", "ç: d", ""));
        assert_eq!(lines.length(&(0..5)), 4);
    }
}
