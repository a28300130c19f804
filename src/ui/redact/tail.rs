//! Secrets that are cut: at the ends of lines, and between two pieces of a stream.

use super::known::{Known, PIECE, SHORT};
use super::marks::Marks;
use super::view::View;
use super::{squeeze, unescape};

/// How far back from the end of a piece a secret is followed.
const LONGEST: usize = 4096;

/// Letters of base64 at the end of a line that may go on in the next one.
const WRAPPED: usize = 16;

/// Marks pieces of secrets at the beginning and the end of each line, where a program cut them.
pub fn pieces(known: &Known, text: &str, marks: &mut Marks<'_>) {
    let mut start = 0;
    for line in text.split('\n') {
        let bytes = line.trim_end().as_bytes();
        let piece = |at: usize| known.is_long_piece(&bytes[at..at + PIECE]);
        let last = (bytes.len() + 1).saturating_sub(PIECE);
        let from_start = (0..last).take_while(|at| piece(*at)).count();
        if from_start > 0 {
            marks.add(start..start + from_start + PIECE - 1);
        }
        let from_end = (0..last).rev().take_while(|at| piece(*at)).count();
        if from_end > 0 {
            marks.add(start + last - from_end..start + bytes.len());
        }
        start += line.len() + 1;
    }
}

/// No escape is longer: `\u{10ffff}`.
const ESCAPE: usize = 12;

/// What the end of a piece of a stream may be the beginning of.
pub struct Tail {
    /// From here on it is hidden.
    pub hidden: usize,
    /// From here on it is needed to understand the next piece.
    pub kept: usize,
}

impl Tail {
    fn follow(&mut self, known: &Known, view: &View<'_>) {
        let length = view.bytes.len();
        for start in length.saturating_sub(LONGEST)..length {
            let begin = &view.bytes[start..];
            let Some(value) = known.continues(begin) else { continue };
            let at = view.source(start..length).start;
            self.kept = self.kept.min(at);
            // Of a short value half is enough to be hidden at once.
            if begin.len() >= SHORT.min(value.len().div_ceil(2)) {
                self.hidden = self.hidden.min(at);
            }
        }
    }
}

pub fn begun(known: &Known, text: &str) -> Tail {
    let original = View::original(text.as_bytes());
    let mut tail = Tail { hidden: text.len(), kept: text.len() };
    tail.follow(known, &original);
    squeeze::views(&original).for_each(|view| tail.follow(known, &view));
    // The last escape may be cut, too.
    let cut = text.rfind(['%', '\\', '&']).filter(|at| text.len() - at < ESCAPE);
    tail.kept = tail.kept.min(cut.unwrap_or(text.len()));
    for end in [Some(text.len()), cut].into_iter().flatten() {
        let whole = View::original(&text.as_bytes()[..end]);
        let unwrapped = squeeze::unwrapped(&whole);
        let whole = unwrapped.as_ref().unwrap_or(&whole);
        let plain = unescape::view(whole);
        let plain = plain.as_ref().unwrap_or(whole);
        tail.follow(known, plain);
        squeeze::views(plain).for_each(|view| tail.follow(known, &view));
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let letters = text.bytes().rev().take_while(is_base64).count();
    if letters >= WRAPPED {
        tail.kept = tail.kept.min(text.len() - WRAPPED);
    }
    while !text.is_char_boundary(tail.kept) {
        tail.kept -= 1;
    }
    tail
}
