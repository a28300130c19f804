//! Files of environment variables: `NAME=value` lines.

use std::ops::Range;

use super::refusal::Refusal;
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// The variables of a text as one map.
///
/// # Errors
/// A line that is neither empty, a comment nor an assignment; a quote that is not closed.
pub fn read(text: &str) -> Result<Node, Refusal> {
    let mut entries = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            at = end + 1;
            continue;
        }
        let entry = assignment(text, at, end)?;
        at = line_end(text, entry.value.bytes.end) + 1;
        entries.push(entry);
    }
    Ok(node(0..text.len(), Kind::Map(entries, Layout::Block)))
}

fn node(bytes: Range<usize>, kind: Kind) -> Node {
    Node { bytes, anchor: None, tag: None, kind }
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length)
}

fn assignment(text: &str, at: usize, end: usize) -> Result<Entry, Refusal> {
    let line = text.get(at..end).unwrap_or_default();
    let not = || {
        Refusal::new("this line is no assignment `NAME=value`", at..end)
            .hint("write it as `NAME=value`, or begin it with `#`")
    };
    let (before, after) = line.split_once('=').ok_or_else(not)?;
    let name = before.trim_start();
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => name,
    };
    let start = at + before.len() - name.len();
    let name = name.trim_end();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(not());
    }
    let key = node(start..start + name.len(), Kind::Scalar(name.to_owned(), Style::Plain));
    let from = end - after.len();
    let from = from + after.len() - after.trim_start_matches([' ', '\t']).len();
    Ok(Entry { key, value: value(text, from, end)? })
}

/// The value that begins at this byte of a line; one in quotes may go over several.
fn value(text: &str, from: usize, end: usize) -> Result<Node, Refusal> {
    let rest = text.get(from..).unwrap_or_default();
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let line = text.get(from..end).unwrap_or_default();
        let comment = line.find(" #").or_else(|| line.find("\t#"));
        let comment = if line.starts_with('#') { Some(0) } else { comment };
        let written = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim_end();
        let kind = Kind::Scalar(written.to_owned(), Style::Plain);
        return Ok(node(from..from + written.len(), kind));
    };
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            _ if character == quote => {
                let style = if quote == '"' { Style::Double } else { Style::Single };
                return Ok(node(from..from + at + 1, Kind::Scalar(value, style)));
            }
            '\\' if quote == '"' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            _ => value.push(character),
        }
    }
    Err(Refusal::new("a quote is not closed", from..from + 1).hint("close it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_with_their_places() {
        let text = "# c\r\nexport A=b # d\n\nC = 'e # f'\nG=\"h\\\"\ni\"\nJ=\nK=l#m";
        let root = read(text).unwrap();
        let found: Vec<_> = root
            .entries()
            .iter()
            .map(|entry| {
                let bytes = &text[entry.value.bytes.clone()];
                (entry.key.text().unwrap(), entry.value.text().unwrap(), bytes)
            })
            .collect();
        let expected = [
            ("A", "b", "b"),
            ("C", "e # f", "'e # f'"),
            ("G", "h\"\ni", "\"h\\\"\ni\""),
            ("J", "", ""),
            ("K", "l#m", "l#m"),
        ];
        assert_eq!(found, expected);
        assert_eq!(read("A=1\noops\n").unwrap_err().bytes, 4..8);
        assert_eq!(read("A='1\n").unwrap_err().bytes, 2..3);
    }
}
