//! Whether more lines belong to a text.

use rhai::{Engine, ParseErrorType};

/// A bracket, text in backquotes or a comment is open, or the text ends where something must follow. An empty
/// line ends it in the last case: so the mistake is told at last.
pub fn is_open(engine: &Engine, text: &str) -> bool {
    if text.trim_start().starts_with(':') {
        return false;
    }
    match brackets(text) {
        State::Open | State::Comment => return true,
        State::Wrong => return false,
        State::Closed => {}
    }
    if has_gap(text) {
        return false;
    }
    let Err(error) = engine.compile(text) else { return false };
    let position = error.position();
    let (lines, last) = (text.lines().count(), text.lines().last().unwrap_or_default());
    let at_end = position.line().is_none_or(|line| line > lines)
        || position.line() == Some(lines)
            && position.position().is_some_and(|column| column > last.trim_end().chars().count());
    at_end && !matches!(error.err_type(), ParseErrorType::BadInput(_))
}

/// The text ends within a comment, which a parser would pass over.
pub fn has_open_comment(text: &str) -> bool {
    brackets(text) == State::Comment
}

/// Its last line, which is not its first, is empty.
fn has_gap(text: &str) -> bool {
    text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty())
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    /// As `Open`; what is open is a comment.
    Comment,
    Closed,
    /// A text in quotes does not end on its line, or a bracket is closed that was not opened.
    Wrong,
}

/// Reads strings and comments as far as is needed to find the brackets that count.
fn brackets(text: &str) -> State {
    let mut chars = text.chars().peekable();
    // What is open, outermost first; '`' is text that a `${` may interrupt.
    let mut open: Vec<char> = Vec::new();
    while let Some(char) = chars.next() {
        if open.last() == Some(&'`') {
            match char {
                '`' if chars.next_if_eq(&'`').is_none() => drop(open.pop()),
                '$' if chars.next_if_eq(&'{').is_some() => open.push('{'),
                _ => {}
            }
            continue;
        }
        match char {
            '"' | '\'' => loop {
                match chars.next() {
                    None | Some('\n') => return State::Wrong,
                    Some('\\') => drop(chars.next()),
                    Some(end) if end == char => break,
                    Some(_) => {}
                }
            },
            '`' => open.push('`'),
            '/' if chars.next_if_eq(&'/').is_some() => {
                while chars.next_if(|char| *char != '\n').is_some() {}
            }
            '/' if chars.next_if_eq(&'*').is_some() && !ends_comment(&mut chars) => {
                return State::Comment;
            }
            '(' | '[' | '{' => open.push(char),
            ')' | ']' | '}' if open.pop().is_none() => return State::Wrong,
            _ => {}
        }
    }
    if open.is_empty() { State::Closed } else { State::Open }
}

/// Comments of this kind nest.
fn ends_comment(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut depth = 1;
    while let Some(char) = chars.next() {
        match char {
            '*' if chars.next_if_eq(&'/').is_some() => depth -= 1,
            '/' if chars.next_if_eq(&'*').is_some() => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_open;

    fn open(text: &str) -> bool {
        is_open(&rhai::Engine::new(), text)
    }

    #[test]
    fn a_text_goes_on_while_something_is_open() {
        for text in [
            "if true {",
            "[1,",
            "f(\n1,\n",
            "`a",
            "`a ${ if x {",
            "/* a /* b */",
            "let x =",
            "1 +",
            "fn f(x)",
            "#{ a: \"}\"",
        ] {
            assert!(open(text), "{text}");
        }
    }

    #[test]
    fn a_text_ends_where_it_is_whole_or_wrong() {
        for text in [
            "let x = 1",
            "if true { 1 }",
            "\"(\"",
            "'('",
            "`a ${1} b`",
            "// (",
            "/* ( */ 1",
            "\"abc",
            ")",
            "let = 1",
            "let x =\n",
            ":help (",
            "",
        ] {
            assert!(!open(text), "{text}");
        }
    }
}
