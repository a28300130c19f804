//! Texts that cannot be read as scripts.

use std::path::Path;

use rhai::{Engine, LexError, ParseErrorType, Position};

use super::foreign;
use super::quick::{namespaces, unknown_namespace};
use super::syntax_hint;
use crate::script::editor::lex::{Kind, tokens};
use crate::script::errors::{place, with_nearest};
use crate::script::shipped::Source;
use crate::{Code, Error, Place, read};

pub fn parse_error(engine: &Engine, error: &rhai::ParseError, source: &Source) -> Error {
    let message = message(error.err_type());
    let at = offset(&source.text, error.position());
    let end = syntax_hint::end_of_line(error.err_type(), &source.text, at);
    let place = match end {
        Some(end) => Some(behind(&source.name, &source.text, end)),
        None => place(&source.name, error.position()),
    };
    let place = place.unwrap_or_else(|| Place::file(&source.name).line(1));
    let place = within(place, &source.text).quoting(&source.text);
    let shown = Error::new(Code::Script, message.clone()).at(place.clone());
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        let namespaces = namespaces(engine);
        return with_nearest(shown, name, namespaces.iter().map(String::as_str));
    }
    if let Some(name) = message.strip_prefix("Undefined module: ") {
        let namespaces = namespaces(engine);
        return unknown_namespace(name, namespaces.iter().map(String::as_str)).at(place);
    }
    let path = source.path.as_deref();
    match path.filter(|path| path.extension().is_some_and(|extension| extension != "rhai")) {
        Some(path) => shown.hint(format!("{} was read as a script of Rhai", name(path))),
        None if path.is_some_and(is_of_other_program) => shown.hint(foreign::OTHER_PROGRAM),
        None => match syntax_hint::hint(error.err_type(), &source.text, at) {
            Some(hint) => shown.hint(hint),
            None => shown,
        },
    }
}

/// Whether the first line of a file, which is left out of its text, has another program run it.
fn is_of_other_program(path: &Path) -> bool {
    let text = read::text(path).unwrap_or_default();
    text.lines().next().is_some_and(|head| head.starts_with("#!") && !head.contains("imgctl"))
}

/// A comment without an end: the parser takes all that follows for a part of it, and says nothing.
pub fn open_comment(source: &Source) -> Option<Error> {
    if !source.text.contains("/*") {
        return None;
    }
    let last = tokens(&source.text).pop().filter(|it| it.kind == Kind::Comment && !it.closed)?;
    last.text(&source.text).starts_with("/*").then_some(())?;
    let place = behind(&source.name, &source.text, last.range.start);
    let column = place.column.unwrap_or(1);
    let error = Error::new(Code::Script, "this comment has no end, so nothing below it would run");
    let hint = "write `*/` where it ends; one that begins within it needs an end of its own";
    Some(error.at(place.columns(column, 2).quoting(&source.text)).hint(hint))
}

/// Where a position is, in bytes; the end of the text where it has none.
fn offset(text: &str, position: Position) -> usize {
    let (Some(line), Some(column)) = (position.line(), position.position()) else {
        return text.len();
    };
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let line = text.get(start..).unwrap_or_default();
    line.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| start + at)
}

/// The place behind what ends at this byte.
fn behind(file: &str, text: &str, end: usize) -> Place {
    let before = text.get(..end).unwrap_or_default();
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[begin..].chars().count() + 1;
    Place::file(file).line(before.matches('\n').count() + 1).columns(column, 0)
}

/// A mistake behind the end of a text is shown where its last line ends: there is no line to show behind that.
fn within(place: Place, text: &str) -> Place {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    match (place.line, lines.last()) {
        (Some(line), Some((index, last))) if line > index + 1 => {
            let column = last.trim_end().chars().count() + 1;
            Place::file(place.file).line(index + 1).columns(column, 0)
        }
        _ => place,
    }
}

/// Rhai's words, with the kinds of values as they are called elsewhere.
fn message(error: &ParseErrorType) -> String {
    match error {
        ParseErrorType::BadInput(LexError::ImproperSymbol(sign, _)) if sign == "=" => {
            "a value is assigned here, where one is needed".to_owned()
        }
        ParseErrorType::MismatchedType(wanted, found) => {
            format!("{} is needed here, not {}", kind(wanted), kind(found))
        }
        ParseErrorType::MalformedIndexExpr(text) => match text.split_once(" index, not ") {
            Some((value, found)) if value.starts_with("Object map") => {
                format!("a map has its values at text, not at {}", kind(found))
            }
            Some((_, found)) => {
                format!("a list or text has its items at whole numbers, not at {}", kind(found))
            }
            None => error.to_string(),
        },
        _ => error.to_string(),
    }
}

/// A kind of value as the parser calls it.
fn kind(name: &str) -> &str {
    match name {
        "a boolean expression" | "a boolean" => "true or false",
        "an iterable value" => "a list, a range or text",
        "a string" => "text",
        "a float" | "a floating-point number" => "a number",
        "an array" => "a list",
        "an object map" => "a map",
        "()" => "nothing",
        other => other,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}
