//! The functions without a name in a script's text: Rhai keeps of one only a position within its body, which for
//! `a | b` is that of the sign.

use std::ops::Range;

use super::editor::lex::{Kind, Token, tokens};

/// Where they are in one text, in bytes, from their bars to their ends; in the order in which they begin.
#[derive(Default)]
pub struct Closures(Vec<Range<usize>>);

impl Closures {
    #[must_use]
    pub fn of(text: &str) -> Closures {
        let tokens = words_of(text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let is_value_before = at > 0 && ends_value(&tokens[at - 1], text);
            let bars = match &tokens[at] {
                _ if is_value_before => None,
                token if token.is(text, "||") => Some(at),
                token if token.is(text, "|") => {
                    let rest = tokens[at + 1..].iter().position(|token| token.is(text, "|"));
                    rest.map(|rest| at + 1 + rest)
                }
                _ => None,
            };
            let Some(bars) = bars else {
                at += 1;
                continue;
            };
            found.push(
                tokens[at].range.start..end(&tokens[bars + 1..], text, tokens[bars].range.end),
            );
            at = bars + 1;
        }
        Closures(found)
    }

    /// The words of the innermost one around a place, without comments: they are the same however it is laid out.
    #[must_use]
    pub fn around(&self, text: &str, offset: usize) -> Option<String> {
        let found = self.0.iter().rev().find(|range| range.contains(&offset))?;
        Some(words(text.get(found.clone())?))
    }
}

/// A text without its comments, and with one space between its words: it is the same however it is laid out. Texts in
/// quotes stay as they are.
#[must_use]
pub fn words(text: &str) -> String {
    let words: Vec<&str> = words_of(text).iter().map(|token| token.text(text)).collect();
    words.join(" ")
}

fn words_of(text: &str) -> Vec<Token> {
    tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect()
}

/// Whether a bar behind this is the sign between two values.
fn ends_value(token: &Token, text: &str) -> bool {
    /// Behind these a value begins.
    const BEFORE_VALUE: [&str; 8] =
        ["return", "throw", "in", "else", "if", "while", "until", "switch"];
    match token.kind {
        Kind::Word => !BEFORE_VALUE.contains(&token.text(text)),
        Kind::Number | Kind::Text => true,
        Kind::Sign => [")", "]", "}"].iter().any(|sign| token.is(text, sign)),
        Kind::Comment => false,
    }
}

/// The end of a body that begins with the first of these: at a comma, a semicolon, or what closes the brackets that
/// it is in.
fn end(body: &[Token], text: &str, none: usize) -> usize {
    let is = |token: &Token, signs: &[&str]| signs.iter().any(|sign| token.is(text, sign));
    let (mut depth, mut last) = (0_usize, none);
    for token in body {
        if is(token, &["(", "[", "{", "#{", "${"]) {
            depth += 1;
        } else if depth == 0 && is(token, &[")", "]", "}", ",", ";"]) {
            break;
        } else if is(token, &[")", "]", "}"]) {
            depth -= 1;
        }
        last = token.range.end;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found around this part of a text.
    fn around(text: &str, part: &str) -> String {
        let at = text.find(part).unwrap_or_default();
        Closures::of(text).around(text, at).unwrap_or_default()
    }

    #[test]
    fn a_closure_is_its_words_wherever_it_is() {
        let wanted = "| n | print ( n )";
        assert_eq!(around("item(\"one\", |n| print(n));", "print"), wanted);
        assert_eq!(around("\n\nx(1,\n  |n|\n  print(n) // why\n);", "print"), wanted);
        assert_eq!(around("const F = |x| x + 1; other();", "+"), "| x | x + 1");
        assert_eq!(
            around("step(\"a\", || {\n  f(1, 2);\n  g()\n}); step(\"b\")", "{"),
            "|| { f ( 1 , 2 ) ; g ( ) }"
        );
        assert_eq!(around("x(|n| (n + 1), 2)", "+ 1"), "| n | ( n + 1 )");
        assert_eq!(around("#{ a: |x, y| (x | 3) + y, b: 2 }", "+ y"), "| x , y | ( x | 3 ) + y");
    }

    #[test]
    fn words_are_the_same_however_they_are_laid_out() {
        let plain = words("fn f(x) { g(\"a  // b\", `c ${x}  d`) }");
        let commented =
            "/// About f.\nfn f(x) {\n    // why\n    g(\"a  // b\", /* it */ `c ${ x }  d`)\n}\n";
        assert_eq!(words(commented), plain);
        assert_ne!(words("fn f(x) { g(\"a // b\", `c ${x}  d`) }"), plain);
        assert_ne!(words("fn f(x) { g(\"a  // b\", `c ${x} d`) }"), plain);
    }

    /// The position of such a body is that of its last sign.
    #[test]
    fn signs_of_a_body_are_no_bars() {
        let text =
            "let z = [1].map(|y| y + 1); step(\"k\", || f(1) | f(0) | g(0)); let a = b || c;";
        assert_eq!(around(text, "| g"), "|| f ( 1 ) | f ( 0 ) | g ( 0 )");
        let text = "step(\"k\", || f(1) | f(2) || g(3));";
        assert_eq!(around(text, "|| g"), "|| f ( 1 ) | f ( 2 ) || g ( 3 )");
        assert_eq!(around(text, "step"), "");
        let text = "a.map(|x| x.map(|y| y | 1)); b";
        assert_eq!(around(text, "| 1"), "| y | y | 1");
        assert_eq!(around(text, "x.map"), "| x | x . map ( | y | y | 1 )");
        let text = "x(`${[1].map(|n| n + 1)} | ${2}`, || 3)";
        assert_eq!(around(text, "+ 1"), "| n | n + 1");
        assert_eq!(around(text, "3)"), "|| 3");
    }
}
