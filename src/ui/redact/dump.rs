//! Dumps in hexadecimal, as `xxd`, `hexdump` and `od` print them: each line has an offset, bytes, or words of
//! several bytes with the last one first, and perhaps the same as text.

use std::ops::Range;

use super::view::{Builder, View};

/// Digits of an offset at least.
const OFFSET: usize = 6;

/// What a line of a dump has.
struct Line {
    /// Words of digits in hexadecimal.
    words: Vec<Range<usize>>,
    /// The bytes as text.
    text: Range<usize>,
}

/// The bytes of a dump: as they stand, with each word turned round, and its text.
type Columns<'v> = [Builder<'v>; 3];

/// What the columns of a dump contain, each across its lines.
pub fn views<'v>(from: &'v View<'v>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    let bytes: &[u8] = &from.bytes;
    let new = || [Builder::new(from), Builder::new(from), Builder::new(from)];
    let (mut columns, mut start): (Columns<'v>, usize) = (new(), 0);
    for part in bytes.split(|byte| *byte == b'\n') {
        let range = start..start + part.len();
        start += part.len() + 1;
        match Line::read(bytes, range) {
            Some(line) => line.add(bytes, &mut columns),
            None => complete(std::mem::replace(&mut columns, new()), least, found),
        }
    }
    complete(columns, least, found);
}

fn complete(columns: Columns<'_>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    for column in columns.into_iter().filter(|column| column.len() >= least) {
        found(column.view());
    }
}

impl Line {
    fn add(self, bytes: &[u8], [straight, turned, text]: &mut Columns<'_>) {
        for word in self.words {
            let pairs = || word.clone().step_by(2).map(|at| at..at + 2);
            for pair in pairs() {
                straight.push(byte(&bytes[pair.clone()]), pair);
            }
            for pair in pairs().rev() {
                // What is hidden begins with a word and ends with one.
                turned.push(byte(&bytes[pair]), word.clone());
            }
        }
        for at in self.text {
            text.push(bytes[at], at..at + 1);
        }
    }

    /// None: it is not a line of a dump.
    fn read(bytes: &[u8], range: Range<usize>) -> Option<Line> {
        let mut at = range.start + blanks(&bytes[range.clone()]);
        let offset = digits(&bytes[at..range.end]);
        if offset < OFFSET {
            return None;
        }
        at += offset;
        at += usize::from(bytes.get(at) == Some(&b':'));
        let mut words: Vec<Range<usize>> = Vec::new();
        loop {
            let gap = blanks(&bytes[at..range.end]);
            let length = digits(&bytes[at + gap..range.end]);
            let ends = |at: usize| at == range.end || matches!(bytes[at], b' ' | b'\t' | b'\r');
            let is_word = matches!(length, 2 | 4 | 8 | 16) && ends(at + gap + length);
            // xxd has one blank between words, and two before the text, which is the last.
            let is_last = || bytes[at + gap + length..range.end].trim_ascii().is_empty();
            let is_long = words.last().is_some_and(|word| word.len() > 2);
            let is_text = gap > 1 && is_long && is_last();
            if gap == 0 || !is_word || is_text {
                break;
            }
            words.push(at + gap..at + gap + length);
            at += gap + length;
        }
        let mut text = at + blanks(&bytes[at..range.end])..range.end;
        if let [b'|', .., b'|'] | [b'>', .., b'<'] = bytes[text.clone()].trim_ascii_end() {
            let end = text.start + bytes[text.clone()].trim_ascii_end().len();
            text = text.start + 1..end - 1;
        }
        (!words.is_empty()).then_some(Line { words, text })
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// Of two digits in hexadecimal.
fn byte(digits: &[u8]) -> u8 {
    let value = |digit: &u8| char::from(*digit).to_digit(16).unwrap_or_default();
    u8::try_from(digits.iter().fold(0, |sum, digit| sum << 4 | value(digit))).unwrap_or_default()
}
