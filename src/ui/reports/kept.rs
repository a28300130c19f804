//! The output of a command: its begin and its end.

use std::collections::VecDeque;

use super::bounds::cut;

/// Lines of which those in the middle are left out when there are too many.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    begin: Vec<String>,
    end: VecDeque<String>,
    begin_bytes: usize,
    end_bytes: usize,
    left_out: Left,
    is_begin_over: bool,
}

/// What is not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    pub lines: usize,
    pub bytes: usize,
}

impl Kept {
    /// Adds a line; `most` is how many bytes are kept of the begin, and of the end. Returns by how many bytes
    /// it has grown or shrunk.
    pub fn push(&mut self, line: &str, most_of_begin: usize, most_of_end: usize) -> isize {
        let before = self.bytes();
        let line = cut(line, most_of_end / 2);
        let size = line.len() + 1;
        if !self.is_begin_over && self.begin_bytes + size <= most_of_begin {
            self.begin_bytes += size;
            self.begin.push(line);
        } else {
            self.is_begin_over = true;
            self.end_bytes += size;
            self.end.push_back(line);
            while self.end_bytes > most_of_end {
                let Some(oldest) = self.end.pop_front() else { break };
                self.end_bytes -= oldest.len() + 1;
                self.left_out.lines += 1;
                self.left_out.bytes += oldest.len() + 1;
            }
        }
        self.bytes().cast_signed() - before.cast_signed()
    }

    /// Bytes that are kept.
    fn bytes(&self) -> usize {
        self.begin_bytes + self.end_bytes
    }

    pub fn is_empty(&self) -> bool {
        self.begin.is_empty() && self.end.is_empty()
    }

    /// The lines before the gap, the gap, and the lines after it.
    pub fn parts(&self) -> (&[String], Left, impl Iterator<Item = &String>) {
        (&self.begin, self.left_out, self.end.iter())
    }

    /// The last lines.
    pub fn last(&self, most: usize) -> Vec<&String> {
        let all = self.begin.len() + self.end.len();
        self.begin.iter().chain(&self.end).skip(all.saturating_sub(most)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_output_stays_small_and_says_what_is_left_out() {
        let mut kept = Kept::default();
        let mut bytes = 0;
        for number in 0..100_000 {
            bytes += kept.push(&format!("line {number}"), 1000, 1000);
            assert!((0..=2000).contains(&bytes));
        }
        let (begin, left, end) = kept.parts();
        let end: Vec<&String> = end.collect();
        assert_eq!(begin[0], "line 0");
        assert_eq!(end.last().unwrap().as_str(), "line 99999");
        assert_eq!(begin.len() + left.lines + end.len(), 100_000);
        assert_eq!(kept.last(2)[0].as_str(), "line 99998");
    }

    #[test]
    fn a_single_endless_line_is_cut() {
        let mut kept = Kept::default();
        kept.push(&"ä".repeat(1_000_000), 1000, 1000);
        assert!(kept.bytes() <= 1000);
    }
}
