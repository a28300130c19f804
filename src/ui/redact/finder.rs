//! Finds many values in one pass, and takes new ones without beginning anew.

use std::ops::Range;

use aho_corasick::AhoCorasick;

/// Several automata, each about half as large as the one before: a new value costs a rebuild of the
/// smallest only, and a search passes over a handful.
#[derive(Default)]
pub struct Finder {
    automata: Vec<(Vec<Vec<u8>>, AhoCorasick)>,
    new: Vec<Vec<u8>>,
}

impl Finder {
    pub fn add(&mut self, value: Vec<u8>) {
        self.new.push(value);
    }

    /// Whether every value is searched for already.
    pub fn is_ready(&self) -> bool {
        self.new.is_empty()
    }

    pub fn make_ready(&mut self) {
        if self.is_ready() {
            return;
        }
        let mut values = std::mem::take(&mut self.new);
        while let Some((smaller, automaton)) = self.automata.pop() {
            if smaller.len() > values.len() {
                self.automata.push((smaller, automaton));
                break;
            }
            values.extend(smaller);
        }
        #[expect(clippy::expect_used, reason = "fails only beyond 2 GiB of secrets")]
        let automaton = AhoCorasick::new(&values).expect("an automaton of a few megabytes");
        self.automata.push((values, automaton));
    }

    /// Every occurrence of every value.
    pub fn find(&self, bytes: &[u8], mut found: impl FnMut(Range<usize>)) {
        for (_, automaton) in &self.automata {
            for occurrence in automaton.find_overlapping_iter(bytes) {
                found(occurrence.range());
            }
        }
    }
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} automata", self.automata.len())
    }
}
