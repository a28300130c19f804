//! From text to words and operators: quotes, variables, comments.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

pub(super) enum Token {
    Word {
        text: String,
        quoted: bool,
    },
    /// `;`, `&&`, `||`, `|`, `>`…, with the number before a redirection.
    Operator(String),
}

pub(super) fn tokens(text: &str, env: &BTreeMap<String, String>) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    let mut word: Option<(String, bool)> = None;
    let end = |word: &mut Option<(String, bool)>, tokens: &mut Vec<Token>| {
        if let Some((text, quoted)) = word.take() {
            tokens.push(Token::Word { text, quoted });
        }
    };
    while let Some(next) = chars.next() {
        let begun = word.is_some();
        let current = |word: &mut Option<(String, bool)>, add: &str, quote: bool| {
            let (text, quoted) = word.get_or_insert_default();
            text.push_str(add);
            *quoted |= quote;
        };
        match next {
            '\'' => {
                let mut closed = false;
                let inside: String = chars
                    .by_ref()
                    .take_while(|c| {
                        closed = *c == '\'';
                        !closed
                    })
                    .collect();
                if !closed {
                    return None;
                }
                current(&mut word, &inside, true);
            }
            '"' => {
                let inside = double_quoted(&mut chars, env)?;
                current(&mut word, &inside, true);
            }
            '\\' => match chars.next()? {
                '\n' => {}
                escaped => current(&mut word, &escaped.to_string(), true),
            },
            '$' => {
                let value = variable(&mut chars, env)?;
                current(&mut word, &value, false);
            }
            '`' | '(' | ')' => return None,
            '#' if !begun => while chars.next_if(|c| *c != '\n').is_some() {},
            ' ' | '\t' => end(&mut word, &mut tokens),
            '\n' | ';' => {
                end(&mut word, &mut tokens);
                tokens.push(Token::Operator(";".to_owned()));
            }
            '&' | '|' => {
                end(&mut word, &mut tokens);
                let mut operator = next.to_string();
                if chars.next_if_eq(&next).is_some() {
                    operator.push(next);
                } else if next == '&' && chars.next_if_eq(&'>').is_some() {
                    operator = "&>".to_owned();
                } else if next == '&' {
                    operator = ";".to_owned();
                }
                tokens.push(Token::Operator(operator));
            }
            '<' | '>' => {
                let number = match &word {
                    Some((text, false)) if text == "1" || text == "2" => text.clone(),
                    _ => String::new(),
                };
                if number.is_empty() {
                    end(&mut word, &mut tokens);
                }
                word = None;
                let mut operator = format!("{number}{next}");
                if let Some(more) = chars.next_if(|c| matches!(c, '>' | '<' | '&')) {
                    operator.push(more);
                }
                tokens.push(Token::Operator(operator));
            }
            other => current(&mut word, other.encode_utf8(&mut [0; 4]), false),
        }
    }
    end(&mut word, &mut tokens);
    Some(tokens)
}

fn double_quoted(chars: &mut Peekable<Chars>, env: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '`' => return None,
            '$' => text += &variable(chars, env)?,
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
                '\n' => {}
                other => {
                    text.push('\\');
                    text.push(other);
                }
            },
            other => text.push(other),
        }
    }
}

/// After a `$`: `NAME` or `{NAME}`; anything else is beyond this shell.
fn variable(chars: &mut Peekable<Chars>, env: &BTreeMap<String, String>) -> Option<String> {
    let braces = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(next) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(next);
    }
    if name.is_empty() || (braces && chars.next() != Some('}')) {
        return None;
    }
    Some(env.get(&name).cloned().unwrap_or_default())
}
