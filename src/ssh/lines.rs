//! Cuts a stream of bytes into the lines that a terminal would show.

/// A line longer than this is shown in pieces, so that memory stays bounded.
const LONGEST: usize = 64 * 1024;

/// Collects bytes and returns whole lines.
#[derive(Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    /// The last byte was a carriage return: a newline after it belongs to it.
    returned: bool,
}

impl Lines {
    /// Takes the next bytes and calls `show` with every line that became complete. Text that a
    /// carriage return overwrites on a terminal (a progress bar) is omitted.
    pub(super) fn push(&mut self, bytes: &[u8], mut show: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (text, end) = match piece.split_last() {
                Some((end @ (b'\n' | b'\r'), text)) => (text, Some(*end)),
                _ => (piece, None),
            };
            if self.returned && !text.is_empty() {
                self.partial.clear();
                self.returned = false;
            }
            self.partial.extend_from_slice(text);
            match end {
                Some(b'\n') => self.flush(&mut show, true),
                Some(_) => self.returned = true,
                None if self.partial.len() > LONGEST => self.flush(&mut show, false),
                None => {}
            }
        }
    }

    /// Shows a last line that has no newline.
    pub(super) fn finish(&mut self, mut show: impl FnMut(&str)) {
        if !self.partial.is_empty() {
            self.flush(&mut show, true);
        }
    }

    fn flush(&mut self, show: &mut impl FnMut(&str), whole: bool) {
        let length = if whole { self.partial.len() } else { character_end(&self.partial) };
        show(&String::from_utf8_lossy(&self.partial[..length]));
        self.partial.drain(..length);
        self.returned = false;
    }
}

/// The length without a character cut in two at the end, whatever stands before it.
fn character_end(bytes: &[u8]) -> usize {
    let is_begun = |length: &usize| {
        let end = &bytes[bytes.len() - length..];
        let error = std::str::from_utf8(end).err();
        error.is_some_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
    };
    let cut = (1..=bytes.len().min(3)).find(is_begun);
    bytes.len() - cut.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| seen.push(line.to_string()));
        }
        lines.finish(|line| seen.push(line.to_string()));
        seen
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        assert_eq!(shown(&[b"a\nb", b"c\n", b"\nlast"]), ["a", "bc", "", "last"]);
    }

    #[test]
    fn a_carriage_return_overwrites_but_windows_line_ends_do_not() {
        assert_eq!(shown(&[b"10%\r20", b"%\r30%\nx\r", b"\ny\r\n"]), ["30%", "x", "y"]);
    }

    #[test]
    fn a_broken_character_is_replaced_and_a_cut_one_is_not() {
        assert_eq!(shown(&[b"\xff\n", b"\xc3", b"\xa4\n"]), ["\u{fffd}", "ä"]);
    }

    #[test]
    fn a_piece_of_an_endless_line_does_not_end_within_a_character() {
        let long = [b"\xff".as_slice(), &[b'x'; LONGEST - 1], "日".as_bytes()].concat();
        let (piece, rest) = long.split_at(LONGEST + 1);
        let seen = shown(&[piece, rest]);
        assert!(!seen.concat().trim_start_matches('\u{fffd}').contains('\u{fffd}'));
        assert!(seen.concat().ends_with('日'));
    }

    #[test]
    fn an_endless_line_is_shown_in_pieces() {
        let seen = shown(&[&[b'x'; LONGEST + 1], b"y"]);
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1], "y");
    }
}
