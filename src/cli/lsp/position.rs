//! Lines and columns as editors count them, and bytes of a text.

use std::ops::Range;

use lsp_types::{Position, PositionEncodingKind};

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// Bytes, if the editor can count them; every editor counts UTF-16.
    #[must_use]
    pub fn of(offered: &[PositionEncodingKind]) -> Encoding {
        match offered.contains(&PositionEncodingKind::UTF8) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }

    #[must_use]
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn length(self, char: char) -> usize {
        match self {
            Encoding::Utf8 => char.len_utf8(),
            Encoding::Utf16 => char.len_utf16(),
        }
    }

    /// The byte of a position. One behind the end of its line or of the text is that end.
    #[must_use]
    pub fn offset(self, text: &str, position: Position) -> usize {
        let mut start = 0;
        for _ in 0..position.line {
            match text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => return text.len(),
            }
        }
        let line = line_at(text, start);
        let mut column = 0;
        for (at, char) in line.char_indices() {
            if column >= position.character as usize {
                return start + at;
            }
            column += self.length(char);
        }
        start + line.len()
    }

    /// The position of a byte, which is on the border of a character.
    #[must_use]
    pub fn position(self, text: &str, offset: usize) -> Position {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let column: usize = before[start..].chars().map(|char| self.length(char)).sum();
        Position { line: small(line), character: small(column) }
    }

    #[must_use]
    pub fn range(self, text: &str, range: &Range<usize>) -> lsp_types::Range {
        let (start, end) = (self.position(text, range.start), self.position(text, range.end));
        lsp_types::Range { start, end }
    }

    /// Some characters of a line, all counted from 1, as the places of mistakes are.
    #[must_use]
    pub fn of_place(
        self,
        text: &str,
        line: usize,
        column: usize,
        length: usize,
    ) -> lsp_types::Range {
        let above = text.split_inclusive('\n').take(line.saturating_sub(1));
        let start: usize = above.map(str::len).sum();
        let whole = line_at(text, start.min(text.len()));
        let byte =
            |column: usize| whole.char_indices().nth(column).map_or(whole.len(), |(at, _)| at);
        let begin = byte(column.saturating_sub(1));
        let end = byte(column.saturating_sub(1) + length);
        self.range(text, &(start + begin..start + end))
    }
}

/// The line that begins at a byte, without its end.
fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aä😀b\r\nçd";

    #[test]
    fn columns_count_what_was_agreed() {
        for (encoding, columns) in [(Encoding::Utf8, [1, 3, 7, 8]), (Encoding::Utf16, [1, 2, 4, 5])]
        {
            let bytes = [1, 3, 7, 8];
            for (byte, column) in bytes.into_iter().zip(columns) {
                let position = Position { line: 0, character: column };
                assert_eq!(encoding.position(TEXT, byte), position);
                assert_eq!(encoding.offset(TEXT, position), byte);
            }
            let far = Position { line: 0, character: 99 };
            assert_eq!(encoding.offset(TEXT, far), 8, "the end of the line");
            assert_eq!(encoding.offset(TEXT, Position { line: 9, character: 0 }), TEXT.len());
        }
    }

    #[test]
    fn a_place_counts_characters() {
        let range = Encoding::Utf16.of_place(TEXT, 1, 3, 1);
        assert_eq!((range.start.character, range.end.character), (2, 4));
        let range = Encoding::Utf16.of_place(TEXT, 2, 2, 9);
        assert_eq!((range.start, range.end.character), (Position { line: 1, character: 1 }, 2));
        assert_eq!(Encoding::Utf16.of_place("", 7, 7, 7), lsp_types::Range::default());
    }
}
