//! The secrets, and where a text contains them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::{Bound, Range};

use super::finder::Finder;
use super::marks::Marks;
use super::view::View;
use super::{dump, encoded, squeeze, unescape};

/// A secret shorter than this is hidden only as a word of its own: `ab` must not turn `table` into
/// `t***le`.
pub const SHORT: usize = 4;

/// Parts of a secret of at least this many bytes are hidden where only a part is shown.
pub const PIECE: usize = 8;

/// Secrets shorter than this are not searched in pieces, except where they were encoded.
const SPLIT: usize = 2 * PIECE;

/// Lines of a longer secret that are searched by themselves have at least this length.
const LINE: usize = 6;

/// A longer value is searched in parts of this length, which keeps the automaton small.
const PART: usize = 4096;

/// A value of such a length, with something else than letters, is searched in upper and lower case, too: a
/// shorter one, and one of letters alone, may be a word that others write.
const CASED: std::ops::RangeInclusive<usize> = 8..=256;

/// Decodings within each other.
const LEVELS: usize = 4;

#[derive(Debug, Default)]
pub struct Known {
    /// What is searched for: values, their lines, and both as they are without quotes and line ends.
    values: BTreeSet<Vec<u8>>,
    finder: Finder,
    /// All runs of `PIECE` bytes, and whether one is of a value of at least `SPLIT`.
    pieces: HashMap<[u8; PIECE], bool>,
    /// The first bytes of values.
    first: HashSet<u8>,
    /// The length of the shortest value that is not `SHORT`, at most `PIECE`.
    shortest: usize,
}

impl Known {
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn is_ready(&self) -> bool {
        self.finder.is_ready()
    }

    pub fn make_ready(&mut self) {
        self.finder.make_ready();
    }

    pub fn add(&mut self, value: &str) {
        let whole = value.trim();
        if whole.is_empty() {
            return;
        }
        if CASED.contains(&whole.len()) && !whole.chars().all(char::is_alphabetic) {
            [whole.to_lowercase(), whole.to_uppercase()]
                .iter()
                .for_each(|cased| self.add_part(cased.as_bytes()));
        }
        // The frame lines of key files are public and common.
        let lines = whole.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let lines = lines.filter(|line| line.len() >= LINE);
        let parts: Vec<&[u8]> = match whole.len() > PART {
            true => lines.flat_map(|line| even_parts(line.as_bytes())).collect(),
            false if whole.contains('\n') => {
                [whole].into_iter().chain(lines).map(str::as_bytes).collect()
            }
            false => vec![whole.as_bytes()],
        };
        let unchanged = Some(value.as_bytes()).filter(|value| value.len() <= PART);
        for part in unchanged.into_iter().chain(parts) {
            self.add_part(part);
            let plain = unescape::view(&View::original(part));
            let texts = [part].into_iter().chain(plain.as_ref().map(|plain| &*plain.bytes));
            let squeezed = texts.flat_map(squeeze::values).filter(|value| value.len() >= SHORT);
            squeezed.for_each(|value| self.add_part(&value));
        }
    }

    fn add_part(&mut self, part: &[u8]) {
        if part.trim_ascii().is_empty() || self.values.contains(part) {
            return;
        }
        if part.len() >= SHORT {
            let length = part.len().min(PIECE);
            self.shortest = if self.shortest == 0 { length } else { self.shortest.min(length) };
        }
        let lines = part.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"-----"));
        let pieces = lines.flat_map(|line| line.windows(PIECE));
        for piece in pieces.filter_map(|piece| <[u8; PIECE]>::try_from(piece).ok()) {
            *self.pieces.entry(piece).or_default() |= part.len() >= SPLIT;
        }
        self.first.extend(part.first());
        self.values.insert(part.to_vec());
        self.finder.add(part.to_vec());
    }

    /// Marks every secret in a text, in any form.
    pub fn search(&self, text: &str, marks: &mut Marks<'_>) {
        let view = View::original(text.as_bytes());
        self.finder.find(&view.bytes, |range| {
            if range.len() >= SHORT || stands_alone(text, &range) {
                marks.add(range);
            }
        });
        self.below(&view, 0, marks);
        if let Some(unwrapped) = squeeze::unwrapped(&view) {
            self.below(&unwrapped, 0, marks);
        }
    }

    /// Marks what the decoded forms of a view contain.
    fn below(&self, view: &View<'_>, level: usize, marks: &mut Marks<'_>) {
        if self.shortest == 0 {
            return;
        }
        for squeezed in squeeze::views(view) {
            self.values_in(&squeezed, marks);
            if let Some(plain) = unescape::view(&squeezed) {
                self.values_in(&plain, marks);
                squeeze::views(&plain).for_each(|view| self.values_in(&view, marks));
            }
        }
        if level == LEVELS {
            return;
        }
        if let Some(plain) = unescape::view(view) {
            self.values_in(&plain, marks);
            self.below(&plain, level + 1, marks);
        }
        if let Some(plain) = unescape::quoted_printable(view) {
            self.values_in(&plain, marks);
            self.pieces_in(&plain, marks);
        }
        let mut search = |decoded: View<'static>| {
            self.values_in(&decoded, marks);
            self.pieces_in(&decoded, marks);
            self.below(&decoded, level + 1, marks);
        };
        encoded::decoded(view, self.shortest, &mut search);
        if level == 0 {
            dump::views(view, self.shortest, &mut search);
        }
    }

    fn values_in(&self, view: &View<'_>, marks: &mut Marks<'_>) {
        self.finder.find(&view.bytes, |range| {
            if range.len() >= SHORT {
                marks.add_lines(view.source(range));
            }
        });
    }

    /// No text that is not about the secret decodes to eight of its bytes by chance.
    fn pieces_in(&self, view: &View<'_>, marks: &mut Marks<'_>) {
        for start in 0..(view.bytes.len() + 1).saturating_sub(PIECE) {
            if self.piece(&view.bytes[start..start + PIECE]).is_some() {
                marks.add_lines(view.source(start..start + PIECE));
            }
        }
    }

    fn piece(&self, bytes: &[u8]) -> Option<&bool> {
        self.pieces.get(&<[u8; PIECE]>::try_from(bytes).ok()?)
    }

    /// Whether these bytes are a piece of a value that is long enough to be searched in pieces.
    pub fn is_long_piece(&self, bytes: &[u8]) -> bool {
        self.piece(bytes).is_some_and(|is_long| *is_long)
    }

    /// A longer value that begins so.
    pub fn continues(&self, begin: &[u8]) -> Option<&Vec<u8>> {
        if !begin.first().is_some_and(|first| self.first.contains(first)) {
            return None;
        }
        let longer = self.values.range::<[u8], _>((Bound::Excluded(begin), Bound::Unbounded));
        let mut longer = longer.take_while(|value| value.starts_with(begin));
        longer.find(|value| value.len() >= SHORT)
    }
}

/// Parts of the same length, so that none is as short as a word.
fn even_parts(line: &[u8]) -> std::slice::Chunks<'_, u8> {
    line.chunks(line.len().div_ceil(line.len().div_ceil(PART)))
}

fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !touches(text[..range.start].chars().next_back()) && !touches(text[range.end..].chars().next())
}
