//! Text without what quoting and wrapping add: quotes, backslashes, line ends and the blanks around
//! them.

use std::ops::Range;

use super::view::{Builder, View};

/// What becomes of blanks at the beginning and the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blanks {
    /// They are a part of the text.
    Stay,
    /// They are the indentation of wrapped text.
    Go,
}

fn is_dropped(byte: u8) -> bool {
    // Of letters in UTF-16 every second byte is zero.
    matches!(byte, b'\'' | b'"' | b'\\' | b'\n' | b'\r' | 0)
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The bytes that stay, in forms a blank for `+`.
fn kept(bytes: &[u8], around: Blanks, mut keep: impl FnMut(u8, Range<usize>)) {
    let goes = around == Blanks::Go;
    let mut at = 0;
    while at < bytes.len() {
        let length = blanks(&bytes[at..]);
        let ends_line = |after: usize| matches!(bytes.get(after), Some(b'\n' | b'\r'));
        match bytes[at] {
            b'\n' if goes => at += blanks(&bytes[at + 1..]),
            byte if is_dropped(byte) => {}
            _ if goes && length > 0 && ends_line(at + length) => at += length - 1,
            b'+' => keep(b' ', at..at + 1),
            byte => keep(byte, at..at + 1),
        }
        at += 1;
    }
}

/// Nothing where nothing would change.
pub fn views<'v>(from: &'v View<'v>) -> impl Iterator<Item = View<'static>> {
    let bytes: &[u8] = &from.bytes;
    let changes = bytes.iter().any(|byte| is_dropped(*byte) || *byte == b'+');
    let around_lines = |pair: &[u8]| match pair {
        [b'\n', after] => matches!(after, b' ' | b'\t'),
        [before, b'\n' | b'\r'] => matches!(before, b' ' | b'\t'),
        _ => false,
    };
    let differ = changes && bytes.windows(2).any(around_lines);
    let stay = changes.then_some(Blanks::Stay);
    stay.into_iter().chain(differ.then_some(Blanks::Go)).map(|around| {
        let mut builder = Builder::new(from);
        kept(&from.bytes, around, |byte, range| builder.push(byte, range));
        builder.view()
    })
}

/// The text as it was before it was wrapped, with its quotes and escapes.
pub fn unwrapped<'v>(from: &'v View<'v>) -> Option<View<'static>> {
    if !from.bytes.contains(&b'\n') {
        return None;
    }
    let mut builder = Builder::new(from);
    for (at, byte) in from.bytes.iter().enumerate() {
        if !matches!(byte, b'\n' | b'\r') {
            builder.push(*byte, at..at + 1);
        }
    }
    Some(builder.view())
}

/// The forms of a value to find in such views.
pub fn values(of: &[u8]) -> [Vec<u8>; 2] {
    [Blanks::Stay, Blanks::Go].map(|around| {
        let mut bytes = Vec::with_capacity(of.len());
        kept(of, around, |byte, _| bytes.push(byte));
        bytes
    })
}
