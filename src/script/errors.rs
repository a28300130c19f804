//! Turns imgctl's errors into values that scripts can catch, and what a script throws into an error
//! of imgctl again, with the line it came from.

use std::cell::Cell;
use std::path::Path;

use rhai::{Array, Dynamic, EvalAltResult, Map, NativeCallContext, Position};

use super::beyond;
use super::kind::{kind, printed, shown};
pub use super::near::with_nearest;
use crate::{Code, Error, Place, Result};

/// What API functions return.
pub type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// `result.or_throw()?` in API functions.
pub trait OrThrow<T> {
    fn or_throw(self) -> Fallible<T>;
}

impl<T> OrThrow<T> for Result<T> {
    fn or_throw(self) -> Fallible<T> {
        self.map_err(throw)
    }
}

/// A map has no key of this name.
#[must_use]
pub fn no_property(name: &str) -> String {
    format!("there is no property `{name}` here")
}

/// What such a map has at most.
pub const KEYS: [&str; 6] = ["code", "message", "hint", "causes", "place", "source_line"];

/// The error as the map `#{ code, message, hint, causes }` that `catch (error)` sees.
#[must_use]
pub fn throw(error: Error) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(as_map(&error).into(), current_call()))
}

/// The error as scripts see it.
#[must_use]
pub fn as_map(error: &Error) -> Map {
    let mut map = Map::new();
    map.insert("code".into(), error.code().name().into());
    map.insert("message".into(), error.message().to_string().into());
    map.insert("hint".into(), error.hint_text().unwrap_or_default().to_string().into());
    let causes: Array = error.causes().iter().map(|cause| cause.clone().into()).collect();
    map.insert("causes".into(), causes.into());
    if let Some(place) = error.place() {
        map.insert("place".into(), place.to_string().into());
        if let Some(line) = &place.text {
            map.insert("source_line".into(), line.into());
        }
    }
    map
}

// For a failing function of a namespace Rhai tells no line unless it was called inside another function,
// so each call's place is kept until the script's next operation.
thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    static CALL: Cell<(u64, Position)> = const { Cell::new((0, Position::NONE)) };
}

/// Counts the operations of the script on this thread.
pub fn operation_begins() {
    OPERATIONS.set(OPERATIONS.get() + 1);
}

/// Keeps the place of this call, as the current operation.
pub fn call_begins(call: &NativeCallContext) {
    CALL.set((OPERATIONS.get(), call.call_position()));
}

fn current_call() -> Position {
    let (operation, position) = CALL.get();
    if operation == OPERATIONS.get() { position } else { Position::NONE }
}

/// The error of a script that needs more memory than it may have.
#[must_use]
pub fn out_of_memory(most: &str) -> Error {
    Error::failed(format!("the script needs more than {most} of memory"))
        .hint("keep less of it in variables, or raise the setting limits.memory")
}

/// Whether this is not an error but `exit` or `task::exit`.
#[must_use]
pub fn is_exit(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::Exit(..) => true,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
        | EvalAltResult::ErrorInModule(_, inner, _) => is_exit(inner),
        _ => false,
    }
}

/// Somebody at a breakpoint wants the step around it to be repeated.
#[derive(Clone)]
struct Again;

/// What ends a step that is to be repeated. Scripts cannot catch it.
#[must_use]
pub fn again() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(Again), Position::NONE))
}

#[must_use]
pub fn is_again(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorTerminated(token, _) => token.is::<Again>(),
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
        | EvalAltResult::ErrorInModule(_, inner, _) => is_again(inner),
        _ => false,
    }
}

/// The error of imgctl for what a script ended with. `source` is the script's name.
#[must_use]
#[expect(clippy::boxed_local, reason = "Rhai's errors come in boxes")]
pub fn caught(error: Box<EvalAltResult>, source: &str) -> Error {
    let mut places = Vec::new();
    let mut current = *error;
    let mut file = source.to_string();
    // A position within the text of `eval` is not a position in the script.
    let mut is_in_eval = false;
    let mut push = |places: &mut Vec<Place>, file: &str, position: Position, is_eval: bool| {
        if !std::mem::replace(&mut is_in_eval, is_eval) {
            push_place(places, file, position);
        }
    };
    // The function of the library that the script has called last, and whether a function was called at all.
    let (mut entered, mut in_function) = (None, false);
    let inner = loop {
        match current {
            EvalAltResult::ErrorInFunctionCall(name, in_source, inner, position) => {
                push(&mut places, &file, position, name == "eval");
                in_function |= !name.starts_with("anon$");
                if !in_source.is_empty() {
                    let is_entry = file == source && in_source.starts_with("stdlib/");
                    entered = match is_entry {
                        true => Some((in_source.clone(), name)),
                        false => entered.filter(|_| in_source != source),
                    };
                    file = in_source;
                }
                current = *inner;
            }
            EvalAltResult::ErrorInModule(_, inner, position) => {
                push(&mut places, &file, position, false);
                current = *inner;
            }
            other => break other,
        }
    };
    push(&mut places, &file, inner.position(), false);
    let error = match entered.filter(|_| is_of_kinds(&inner)) {
        Some((module, name)) => misused(&module, &name, &plain(inner, in_function)),
        None => plain(inner, in_function),
    };
    match where_from(places, source) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// Whether a value is of another kind than the one that is needed.
fn is_of_kinds(error: &EvalAltResult) -> bool {
    matches!(
        error,
        EvalAltResult::ErrorFunctionNotFound(..)
            | EvalAltResult::ErrorMismatchDataType(..)
            | EvalAltResult::ErrorMismatchOutputType(..)
            | EvalAltResult::ErrorIndexingType(..)
    )
}

/// The error of a function of the library that was given a value of another kind: what it does inside is not what is
/// wrong.
fn misused(file: &str, function: &str, inner: &Error) -> Error {
    let module = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    let message = format!("`{module}::{function}` cannot use what it was given");
    let error = Error::new(Code::Script, message).cause(inner.message());
    error.hint(format!("`imgctl api {module}::{function}` shows what it takes"))
}

/// None: Rhai does not know the position.
pub fn place(file: &str, position: Position) -> Option<Place> {
    let place = Place::file(file).line(position.line()?);
    Some(match position.position() {
        Some(column) => place.columns(column, 0),
        None => place,
    })
}

fn push_place(places: &mut Vec<Place>, file: &str, position: Position) {
    let Some(place) = place(file, position) else { return };
    // Of one line the innermost column says most.
    let repeats = |last: &mut Place| last.file == place.file && last.line == place.line;
    if places.last_mut().is_some_and(repeats) {
        places.pop();
    }
    places.push(place);
}

/// The last line of the user's own script first, then the line of the library it happened in.
fn where_from(mut places: Vec<Place>, source: &str) -> Option<Place> {
    let innermost = places.pop()?;
    if innermost.file == source {
        return Some(innermost);
    }
    let own = places.into_iter().rev().find(|place| place.file == source);
    Some(match own {
        Some(own) => {
            let within = Place { column: None, ..innermost };
            Place { within: Some(within.to_string()), ..own }
        }
        None => innermost,
    })
}

/// An error without its wrappers, in words without Rust's or Rhai's names.
#[must_use]
pub fn plain(error: EvalAltResult, in_function: bool) -> Error {
    let script = |message: String| Error::new(Code::Script, message);
    match error {
        EvalAltResult::ErrorRuntime(value, _) => from_thrown(value),
        // With a text: the limit that ended the script; without: Ctrl-C.
        EvalAltResult::ErrorTerminated(token, _) => match token.into_string() {
            Ok(most) => out_of_memory(&most),
            Err(_) => Error::interrupted(),
        },
        EvalAltResult::ErrorParsing(kind, _) => script(format!("{kind}")),
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            let error = script(format!("there is no variable `{name}`"));
            match in_function {
                true => error.hint(format!(
                    "give it to the function; a constant of the script is `global::{name}` inside one"
                )),
                false if name.contains("::") => {
                    error.hint(format!("to call the function write `{name}(…)`"))
                }
                false => error.hint(format!("declare it first: `let {name} = …;`")),
            }
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) => unknown_function(&signature),
        EvalAltResult::ErrorModuleNotFound(name, _) => script(format!(
            "there is no module or namespace `{name}`"
        ))
        .hint("add `import \"std/NAME\" as NAME;` to load a module, or run `imgctl api` to list the namespaces"),
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            script(no_property(&name)).hint(format!(
                "a map gets a new key by `map.set(\"{name}\", value)`; `map.get(\"{name}\")` is () where there is none"
            ))
        }
        EvalAltResult::ErrorDotExpr(message, _) if !message.is_empty() => {
            // Rhai has one kind of error for both, which the sentence alone tells apart.
            let named = |begin: &str| Some(message.strip_prefix(begin)?.split_once('\'')?.0);
            match (named("Unknown property '"), named("No writable property '")) {
                (Some(name), _) => script(format!("there is no property `{name}` here")),
                (_, Some(name)) => script(format!("the property `{name}` cannot be set here"))
                    .hint("only the entries of maps can be set: `map.name = value`"),
                (None, None) => script(message),
            }
        }
        EvalAltResult::ErrorMismatchDataType(wanted, given, _)
        | EvalAltResult::ErrorMismatchOutputType(wanted, given, _) => {
            script(format!("{} is needed here, not {}", kind(&wanted), kind(&given)))
        }
        EvalAltResult::ErrorIndexingType(types, _) => not_indexed(&types),
        EvalAltResult::ErrorFor(_) => script("`for` cannot go over this value".to_owned())
            .hint("give it a list, a range such as 0..3, text, or the keys of a map: `map.keys()`"),
        EvalAltResult::ErrorUnboundThis(_) => {
            script("`this` stands for nothing here".to_owned())
                .hint("call the function as a method: `value.name()`")
        }
        EvalAltResult::ErrorIndexNotFound(key, _) => {
            script(format!("there is nothing at `{key}` here"))
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            script(format!("{} is larger than scripts may make it", thing(&what)))
        }
        EvalAltResult::ErrorNonPureMethodCallOnConstant(name, _) => {
            let name = name.split_once('$').map_or(name.as_str(), |(_, name)| name);
            script(format!("`{name}` would change a constant"))
                .hint("keep the value in a variable: `let copy = CONSTANT;`")
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            script("the calls of functions are nested too deeply".to_owned())
                .hint("a function that calls itself must come to an end")
        }
        other => beyond::error(&other)
            .unwrap_or_else(|| script(strip_position(&other.to_string()))),
    }
}

/// `i64 [string]`: a value, and what stands between brackets behind it; or the names of Rhai's functions for
/// that.
fn not_indexed(types: &str) -> Error {
    let message = match types.strip_suffix(']').and_then(|types| types.split_once(" [")) {
        Some((value, index)) => format!("{} has nothing at {} in `[…]`", kind(value), kind(index)),
        None => "this value has no items in `[…]`".to_owned(),
    };
    Error::new(Code::Script, message)
        .hint("lists and text have items by whole numbers, maps by text")
}

/// What Rhai says is too large.
fn thing(what: &str) -> &'static str {
    let what = what.to_lowercase();
    let names = [("map", "a map"), ("array", "a list"), ("string", "a text"), ("blob", "bytes")];
    let known = names.into_iter().find(|(name, _)| what.contains(name));
    known.map_or("a value", |(_, words)| words)
}

fn unknown_function(signature: &str) -> Error {
    let name = signature.split('(').next().unwrap_or(signature).trim();
    let shown = in_words(signature);
    if !signature.contains('(') && signature.contains(' ') {
        // Rhai puts a sentence in the name's place.
        return Error::new(Code::Script, signature);
    }
    let types = shown.split_once(" (").map_or("", |(_, types)| types.trim_end_matches(')'));
    if name.starts_with("anon$") {
        let given = if types.is_empty() { "no arguments" } else { types };
        return Error::new(
            Code::Script,
            format!("a function without a name was called with {given}"),
        )
        .hint(
            "give it as many parameters between its bars: || has none, |a, b| two; one that a module has made \
             can be called in that module only",
        );
    }
    if !name.is_empty() && !name.contains(|c: char| c.is_alphanumeric()) {
        let types = types.replacen(", ", " and ", 1);
        return Error::new(Code::Script, format!("`{name}` cannot be applied to {types}"))
            .hint("convert a value first: `to_string(x)`, `parse_int(x)`, `x.to_float()`");
    }
    let taking = if types.is_empty() { String::new() } else { format!(" that takes {types}") };
    Error::new(Code::Script, format!("there is no function `{name}`{taking}"))
        .hint("check its name, and the number and types of its arguments")
}

/// A call as Rhai shows it, `step (&str | ImmutableString | String, i64)`, with the types in words.
fn in_words(signature: &str) -> String {
    let Some((name, types)) = signature.strip_suffix(')').and_then(|text| text.split_once('('))
    else {
        return signature.to_owned();
    };
    let types = types.split(", ").filter(|name| !name.is_empty());
    let words = types.map(kind);
    format!("{name}({})", words.collect::<Vec<_>>().join(", "))
}

/// A message of Rhai's without the place at its end.
#[must_use]
pub fn strip_position(text: &str) -> String {
    text.split(" (line ").next().unwrap_or(text).to_string()
}

/// The error for a thrown value: a map as [`throw`] makes it, or anything else as text.
fn from_thrown(value: Dynamic) -> Error {
    let Some(map) = value.read_lock::<Map>() else {
        let text = shown(&value);
        return match text.trim() {
            "" => Error::failed("the script threw nothing")
                .hint("say what is wrong: throw \"the disk is full\""),
            _ => Error::failed(text),
        };
    };
    let text = |key: &str| map.get(key).map(printed).filter(|text| !text.is_empty());
    let code = text("code").and_then(|name| Code::from_name(&name)).unwrap_or(Code::Failed);
    let mut error = Error::new(
        code,
        text("message").unwrap_or_else(|| {
            format!("the script threw a map without `message`: {}", shown(&value))
        }),
    );
    if let Some(causes) = map.get("causes").and_then(|causes| causes.read_lock::<Array>()) {
        for cause in causes.iter() {
            error = error.cause(cause);
        }
    }
    if let Some(hint) = text("hint") {
        error = error.hint(hint);
    }
    let place = text("place").map(|place| Place::parse(&place));
    match (place, text("source_line")) {
        (Some(place), Some(line)) => error.at(place.with_text(&line)),
        (Some(place), None) => error.at(place),
        (None, _) => error,
    }
}
