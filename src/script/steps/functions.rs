//! Values as text, in which a function is what it does: its name is another one in each process.

use rhai::{Array, Dynamic, FnPtr, Map, Position, ScriptFuncDef};
use serde_json::{Value, json};

use crate::script::editor::lex::{Kind, Token, tokens};

/// A function that captures itself has no end.
const DEEPEST: usize = 32;

/// The text of each function of a name, if it is one of a script.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A value as text, which is the same in every process.
pub fn as_text(value: &Dynamic, lookup: Lookup) -> String {
    as_json(value, lookup, 0).to_string()
}

fn as_json(value: &Dynamic, lookup: Lookup, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let inside = |value: &Dynamic| as_json(value, lookup, depth + 1);
    let value = value.flatten_clone();
    if let Some(function) = value.read_lock::<FnPtr>() {
        let name = function.fn_name();
        let own = if function.is_anonymous() { "" } else { name };
        let text = lookup(name).unwrap_or_else(|| own.to_owned());
        let with: Vec<Value> = function.iter_curry().map(inside).collect();
        return json!({ "function": text, "with": with });
    }
    if let Some(list) = value.read_lock::<Array>() {
        return Value::Array(list.iter().map(inside).collect());
    }
    if let Some(map) = value.read_lock::<Map>() {
        let entries = map.iter().map(|(key, value)| (key.to_string(), inside(value)));
        return Value::Object(entries.collect());
    }
    // What has no text, such as the result of a command, is known by what it shows.
    serde_json::to_value(&value).unwrap_or_else(|_| Value::String(value.to_string()))
}

/// The text of a function: of one without a name from its bars to its end, else in whole lines.
pub fn cut_function(text: &str, function: &ScriptFuncDef) -> Option<String> {
    let (start, end) = (function.body.start_position(), function.body.end_position());
    let closure = function.name.starts_with("anon$").then(|| cut_closure(text, start)).flatten();
    closure.or_else(|| cut(text, start, end))
}

/// The lines from the first position to the last.
fn cut(text: &str, start: Position, end: Position) -> Option<String> {
    let (first, last) = (start.line()?, end.line().or(start.line())?);
    let lines: Vec<&str> = text.lines().skip(first - 1).take(last - first + 1).collect();
    Some(lines.join("\n"))
}

/// The words of a function without a name, without comments, from its bars on. `inside` is where its body
/// begins, or the sign that makes it of two values.
fn cut_closure(text: &str, inside: Position) -> Option<String> {
    let offset = offset(text, inside)?;
    let tokens: Vec<Token> =
        tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let body = tokens.iter().position(|token| token.range.end > offset)?;
    let is_sign = |token: &Token, signs: &[&str]| signs.iter().any(|sign| token.is(text, sign));
    let opens = |token: &Token| is_sign(token, &["(", "[", "{", "#{", "${"]);
    let closes = |token: &Token| is_sign(token, &[")", "]", "}"]);
    let mut depth = 0usize;
    let mut bars = None;
    for (at, token) in tokens[..body].iter().enumerate().rev() {
        if closes(token) {
            depth += 1;
        } else if depth == 0 && token.is(text, "(") {
            // The position of a body in brackets is within them.
        } else if opens(token) {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 && is_sign(token, &["|", "||"]) {
            bars = Some(at);
            break;
        }
    }
    let bars = bars?;
    let first = match tokens[bars].is(text, "||") {
        true => bars,
        false => tokens[..bars].iter().rposition(|token| token.is(text, "|"))?,
    };
    let mut depth = 0usize;
    let mut words = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(first) {
        if opens(token) {
            depth += 1;
        } else if depth == 0 && (closes(token) || at > bars && is_sign(token, &[",", ";"])) {
            break;
        } else if closes(token) {
            depth -= 1;
        }
        words.push(token.text(text));
    }
    Some(words.join(" "))
}

/// Where a position is, in bytes.
fn offset(text: &str, position: Position) -> Option<usize> {
    let (line, column) = (position.line()?, position.position()?);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let line = text.get(start..)?;
    line.char_indices().nth(column - 1).map(|(at, _)| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_at(text: &str, body: &str) -> String {
        let at = text.find(body).unwrap_or_default();
        let (line, column) = (
            text[..at].matches('\n').count() + 1,
            at - text[..at].rfind('\n').map_or(0, |it| it + 1) + 1,
        );
        let number = |number: usize| u16::try_from(number).unwrap_or_default();
        cut_closure(text, Position::new(number(line), number(column))).unwrap_or_default()
    }

    #[test]
    fn a_closure_is_its_words_wherever_it_is() {
        let wanted = "| n | print ( n )";
        assert_eq!(cut_at("item(\"one\", |n| print(n));", "print"), wanted);
        assert_eq!(cut_at("\n\nx(1,\n  |n|\n  print(n) // why\n);", "print"), wanted);
        assert_eq!(cut_at("const F = |x| x + 1; other();", "+"), "| x | x + 1");
        assert_eq!(
            cut_at("step(\"a\", || {\n  f(1, 2);\n  g()\n}); step(\"b\")", "{"),
            "|| { f ( 1 , 2 ) ; g ( ) }"
        );
        assert_eq!(cut_at("x(|n| (n + 1), 2)", "+ 1"), "| n | ( n + 1 )");
        assert_eq!(cut_at("#{ a: |x, y| (x | 3) + y, b: 2 }", "+ y"), "| x , y | ( x | 3 ) + y");
    }
}
