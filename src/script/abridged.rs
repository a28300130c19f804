//! Texts of values for messages, which end where they become too long to be read: a list of a thousand copies of one
//! text has little memory, and a text that no memory suffices for.

use std::fmt::{Error, Result, Write};

use rhai::{Array, Dynamic, Map};

/// The longest, in bytes.
pub const MOST: usize = 64 << 10;

/// A text that takes no more than [`MOST`] bytes; what is written beyond fails, so that its writer ends.
#[derive(Default)]
pub struct Abridged(String);

impl Write for Abridged {
    fn write_str(&mut self, piece: &str) -> Result {
        let room = MOST.saturating_sub(self.0.len());
        if piece.len() <= room {
            self.0.push_str(piece);
            return Ok(());
        }
        let end = (0..=room).rev().find(|at| piece.is_char_boundary(*at)).unwrap_or_default();
        self.0.push_str(&piece[..end]);
        Err(Error)
    }
}

/// What `write` writes, up to the limit.
pub fn abridged(write: impl FnOnce(&mut Abridged) -> Result) -> String {
    let mut text = Abridged::default();
    let is_whole = write(&mut text).is_ok();
    if !is_whole {
        text.0.push('…');
    }
    text.0
}

/// How what is neither a list nor a map is written.
pub type Leaf<'a> = &'a dyn Fn(&Dynamic, &mut Abridged) -> Result;

/// A list or map in one line, as scripts write it, with `leaf` for each value in it that holds no others.
pub fn write_nested(value: &Dynamic, text: &mut Abridged, leaf: Leaf<'_>) -> Result {
    let separator = |at: usize| if at == 0 { "" } else { ", " };
    if let Some(list) = value.read_lock::<Array>() {
        text.write_str("[")?;
        for (at, item) in list.iter().enumerate() {
            text.write_str(separator(at))?;
            write_nested(item, text, leaf)?;
        }
        text.write_str("]")
    } else if let Some(map) = value.read_lock::<Map>() {
        text.write_str("#{")?;
        for (at, (name, value)) in map.iter().enumerate() {
            write!(text, "{}{name:?}: ", separator(at))?;
            write_nested(value, text, leaf)?;
        }
        text.write_str("}")
    } else {
        leaf(value, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_the_limit_and_its_writer_with_it() {
        assert_eq!(abridged(|text| write!(text, "{}", 5)), "5");
        let mut written = 0;
        let text = abridged(|text| {
            loop {
                written += 1;
                text.write_str("aä")?;
            }
        });
        assert_eq!((written, text.len()), (MOST / 3 + 1, MOST / 3 * 3 + 1 + '…'.len_utf8()));
        assert!(text.ends_with("äa…"));
    }
}
