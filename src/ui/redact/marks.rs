//! The parts of a text that are hidden.

use std::ops::Range;

/// Shown in place of a secret.
const MASK: &str = "***";

/// Ranges of bytes of a text, in any order; they may overlap.
#[derive(Debug)]
pub struct Marks<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
}

impl<'t> Marks<'t> {
    pub fn new(text: &'t str) -> Marks<'t> {
        Marks { text, ranges: Vec::new() }
    }

    pub fn add(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.ranges.push(range);
        }
    }

    /// As [`Marks::add`], except for the line ends in the range: wrapped lines stay lines.
    pub fn add_lines(&mut self, range: Range<usize>) {
        let bytes = self.text.as_bytes().get(range.clone()).unwrap_or_default();
        let mut start = range.start;
        for line in bytes.split(|byte| *byte == b'\n') {
            let indentation = line.len() - line.trim_ascii_start().len();
            let length = line.trim_ascii_end().len();
            self.add(start + indentation..start + length);
            start += line.len() + 1;
        }
    }

    /// The marked parts, in their order and apart from each other.
    pub fn parts(mut self) -> Vec<Range<usize>> {
        let text = self.text;
        self.ranges.sort_unstable_by_key(|range| range.start);
        let mut parts = Vec::new();
        let mut ranges = self.ranges.into_iter().peekable();
        while let Some(mut range) = ranges.next() {
            while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
                range.end = range.end.max(next.end);
            }
            // Encodings cut characters into bytes: such a character is hidden whole.
            let start = (0..=range.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = (range.end..text.len()).find(|at| text.is_char_boundary(*at));
            parts.push(start..end.unwrap_or(text.len()));
        }
        parts
    }

    /// The text from this byte on, with the marked parts replaced.
    pub fn hide(self, from: usize) -> String {
        let text = self.text;
        let mut shown = String::with_capacity(text.len() - from);
        let mut at = from;
        for Range { start, end } in self.parts() {
            let start = start.max(at);
            if end > start {
                shown.push_str(&text[at..start]);
                shown.push_str(MASK);
                at = end;
            }
        }
        shown.push_str(&text[at..]);
        shown
    }
}
