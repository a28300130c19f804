//! A script's text as words, texts, comments and signs, also while it is being typed and no parser takes it.

use std::ops::Range;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    /// A literal, with its quotes; of a template the parts between its expressions.
    Text,
    Comment,
    /// `(`, `::`, `#{`, `${`
    Sign,
}

/// A piece and where it is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
    /// Whether a text or comment ends where it should, and not with the text.
    pub closed: bool,
}

impl Token {
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn is(&self, text: &str, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text(text) == sign
    }

    #[must_use]
    pub fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(text) == word
    }
}

/// All pieces, comments included.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, found: Vec::new(), templates: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.found
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    found: Vec<Token>,
    /// For each expression of a template that is open, how many braces are open in it.
    templates: Vec<usize>,
}

const LONG_SIGNS: [&str; 11] = ["::", "#{", "?.", "=>", "||", "&&", "==", "!=", "<=", ">=", ".."];

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize, closed: bool) {
        let range = self.at..self.at + length;
        self.at = range.end;
        self.found.push(Token { kind, range, closed });
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        let while_is = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        if first.is_whitespace() {
            self.at += while_is(char::is_whitespace);
        } else if first.is_alphabetic() || first == '_' {
            let length = while_is(|c| c.is_alphanumeric() || c == '_');
            self.push(Kind::Word, length, true);
        } else if first.is_ascii_digit() {
            let length = while_is(|c| c.is_alphanumeric() || c == '_');
            self.push(Kind::Number, length, true);
        } else if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.push(Kind::Comment, length, self.at + length < self.text.len());
        } else if rest.starts_with("/*") {
            let (length, closed) = block_comment(rest);
            self.push(Kind::Comment, length, closed);
        } else if first == '"' || first == '\'' {
            let (length, closed) = quoted(rest, first);
            self.push(Kind::Text, length, closed);
        } else if first == '`' {
            self.template(1);
        } else {
            self.sign();
        }
    }

    fn sign(&mut self) {
        let rest = self.rest();
        if rest.starts_with('}') && self.templates.last() == Some(&0) {
            self.templates.pop();
            self.push(Kind::Sign, 1, true);
            return self.template(0);
        }
        let opens = rest.starts_with("#{") || rest.starts_with('{');
        let closes = rest.starts_with('}');
        let long = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let length = long.map_or(first, |sign| sign.len());
        if let Some(depth) = self.templates.last_mut() {
            *depth += usize::from(opens);
            *depth -= usize::from(closes);
        }
        self.push(Kind::Sign, length, true);
    }

    /// A template up to its end or to its next expression. `from` skips the quote that opens it.
    fn template(&mut self, from: usize) {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut at = from;
        while at < bytes.len() {
            match bytes[at] {
                b'`' => return self.push(Kind::Text, at + 1, true),
                b'$' if bytes.get(at + 1) == Some(&b'{') => {
                    self.push(Kind::Text, at, true);
                    self.push(Kind::Sign, 2, true);
                    self.templates.push(0);
                    return;
                }
                _ => at += 1,
            }
        }
        self.push(Kind::Text, rest.len(), false);
    }
}

/// The length of a literal in quotes; one that is not closed ends with its line.
fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '\n' => return (at, false),
            _ if char == quote => return (at + quote.len_utf8(), true),
            _ => {}
        }
    }
    (rest.len(), false)
}

/// Comments may stand in comments.
fn block_comment(rest: &str) -> (usize, bool) {
    let (mut at, mut depth) = (0, 0_usize);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return (at, true);
            }
        } else {
            at += 1;
        }
    }
    (rest.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).iter().map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn a_script_falls_into_pieces() {
        use Kind::{Comment, Sign, Text, Word};
        let found = pieces("cloud::up(#{a: \"}\"}) // x");
        let expected = [
            (Word, "cloud"),
            (Sign, "::"),
            (Word, "up"),
            (Sign, "("),
            (Sign, "#{"),
            (Word, "a"),
            (Sign, ":"),
            (Text, "\"}\""),
            (Sign, "}"),
            (Sign, ")"),
            (Comment, "// x"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn expressions_in_templates_are_code() {
        use Kind::{Sign, Text, Word};
        let found = pieces("`a ${ #{} b } c` d");
        let expected = [
            (Text, "`a "),
            (Sign, "${"),
            (Sign, "#{"),
            (Sign, "}"),
            (Word, "b"),
            (Sign, "}"),
            (Text, " c`"),
            (Word, "d"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_closed_ends_with_its_line_or_the_text() {
        for text in ["\"abc", "`abc ${", "/* a", "'", "\"a\\", "}", "`${}`}", "ä\"é"] {
            let end = tokens(text).last().map(|token| token.range.end);
            assert_eq!(end, Some(text.len()), "{text}");
        }
        assert_eq!(pieces("\"abc\nd").len(), 2);
    }
}
