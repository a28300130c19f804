//! From text to words and operators: quotes, variables, substitutions, comments.

use std::iter::Peekable;
use std::str::Chars;

/// A word is made of pieces; what stands in quotes is not split.
pub(super) type Word = Vec<Piece>;

#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) what: What,
    pub(super) quoted: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Text(String),
    Variable(String),
    /// The script inside `$(…)`.
    Substitution(String),
}

#[derive(Debug, Clone)]
pub(super) enum Token {
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `(`, `)`, `>`…, with the number before a redirection.
    Operator(String),
}

/// None for what is beyond this shell: back quotes, here-documents, arithmetic, `${…:-…}`.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut chars = text.chars().peekable();
    let mut found = Tokens::default();
    while let Some(next) = chars.next() {
        match next {
            '\'' => {
                let text = until(&mut chars, '\'')?;
                found.add(What::Text(text), true);
            }
            '"' => double_quoted(&mut chars, &mut found)?,
            '\\' => match chars.next()? {
                '\n' => {}
                escaped => found.add(What::Text(escaped.to_string()), true),
            },
            '$' => {
                let what = dollar(&mut chars)?;
                found.add(what, false);
            }
            '`' => return None,
            '#' if found.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            ' ' | '\t' => found.end(),
            '\n' | ';' => found.operator(";"),
            '(' | ')' => found.operator(next.encode_utf8(&mut [0; 4])),
            '&' | '|' => match chars.next_if(|c| *c == next || (next == '&' && *c == '>')) {
                Some('>') => found.operator("&>"),
                Some(_) => found.operator(&format!("{next}{next}")),
                None if next == '&' => found.operator(";"),
                None => found.operator("|"),
            },
            '<' | '>' => {
                let number = found.take_number();
                let more = chars.next_if(|c| matches!(c, '>' | '<' | '&'));
                let more = more.map(String::from).unwrap_or_default();
                if more == "<" {
                    return None;
                }
                found.operator(&format!("{number}{next}{more}"));
            }
            other => found.add(What::Text(other.to_string()), false),
        }
    }
    found.end();
    Some(found.done)
}

#[derive(Default)]
struct Tokens {
    done: Vec<Token>,
    word: Option<Word>,
}

impl Tokens {
    fn add(&mut self, what: What, quoted: bool) {
        let word = self.word.get_or_insert_default();
        if let (What::Text(more), Some(Piece { what: What::Text(text), quoted: before })) =
            (&what, word.last_mut())
            && *before == quoted
        {
            text.push_str(more);
            return;
        }
        word.push(Piece { what, quoted });
    }

    fn end(&mut self) {
        self.done.extend(self.word.take().map(Token::Word));
    }

    fn operator(&mut self, operator: &str) {
        self.end();
        self.done.push(Token::Operator(operator.to_owned()));
    }

    /// The `2` that stands directly before a `>`.
    fn take_number(&mut self) -> String {
        match self.word.as_deref() {
            Some([Piece { what: What::Text(text), quoted: false }])
                if text == "1" || text == "2" =>
            {
                let text = text.clone();
                self.word = None;
                text
            }
            _ => String::new(),
        }
    }
}

fn until(chars: &mut Peekable<Chars>, end: char) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            next if next == end => return Some(text),
            next => text.push(next),
        }
    }
}

fn double_quoted(chars: &mut Peekable<Chars>, found: &mut Tokens) -> Option<()> {
    // Even an empty string is a word.
    found.add(What::Text(String::new()), true);
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '`' => return None,
            '$' => {
                let what = dollar(chars)?;
                found.add(what, true);
            }
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => {
                    found.add(What::Text(escaped.to_string()), true);
                }
                '\n' => {}
                other => found.add(What::Text(format!("\\{other}")), true),
            },
            other => found.add(What::Text(other.to_string()), true),
        }
    }
}

/// After a `$`: `NAME`, `{NAME}`, `?` or `(script)`.
fn dollar(chars: &mut Peekable<Chars>) -> Option<What> {
    if chars.next_if_eq(&'(').is_some() {
        return Some(What::Substitution(parenthesized(chars)?));
    }
    if chars.next_if_eq(&'?').is_some() {
        return Some(What::Variable("?".to_owned()));
    }
    let braces = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(next) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(next);
    }
    if name.is_empty() || (braces && chars.next() != Some('}')) {
        return None;
    }
    Some(What::Variable(name))
}

/// Everything up to the parenthesis that closes the one just opened.
fn parenthesized(chars: &mut Peekable<Chars>) -> Option<String> {
    let mut text = String::new();
    let mut depth = 1;
    loop {
        let next = chars.next()?;
        match next {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(text);
                }
            }
            '\\' => {
                text.push(next);
                text.push(chars.next()?);
                continue;
            }
            '\'' => {
                text += &format!("'{}'", until(chars, '\'')?);
                continue;
            }
            _ => {}
        }
        text.push(next);
    }
}
