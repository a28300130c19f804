//! Removes control characters, so that text from other machines cannot control the terminal.

use std::borrow::Cow;

/// The text without escape sequences and control characters; newlines and tabs stay.
pub fn text(text: &str) -> Cow<'_, str> {
    // Most lines are plain: no ASCII control character, and neither of the two bytes with which the
    // other control characters begin.
    let suspect =
        |byte: u8| matches!(byte, 0..=0x1f | 0x7f | 0xc2 | 0xe2) && byte != b'\n' && byte != b'\t';
    if !text.bytes().any(suspect) || !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let plain = console::strip_ansi_codes(text);
    Cow::Owned(plain.chars().filter(|c| !is_control(*c)).collect())
}

/// One line of output; of a progress line that rewrites itself, the last state.
pub fn line(line: &str) -> Cow<'_, str> {
    let line = line.trim_end_matches(['\r', '\n']);
    let last = line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or(line);
    match text(last) {
        Cow::Owned(line) if line.contains('\n') => Cow::Owned(line.replace('\n', " ")),
        Cow::Borrowed(line) if line.contains('\n') => Cow::Owned(line.replace('\n', " ")),
        clean => clean,
    }
}

fn is_control(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() && c != '\n' && c != '\t' || reorders
}
