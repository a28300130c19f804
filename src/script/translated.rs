//! Errors of the language itself, as `catch` gives them to scripts: Rhai makes maps of its own for them, in its words
//! and with names of its types. Each becomes a map like those of our errors.

use rhai::{Dynamic, EvalAltResult, EvalContext, INT, Map, Position};

use super::errors::{as_map, place, plain, strip_position};
use crate::{Code, Error};

/// What Rhai's maps have besides `message` and `error`.
const KEYS: [&str; 14] = [
    "message",
    "error",
    "source",
    "line",
    "position",
    "function",
    "requested",
    "actual",
    "length",
    "index",
    "variable",
    "module",
    "property",
    "type",
];

/// Translates the value of the newest variable, if `catch` has put a map of Rhai's there.
pub fn newest(context: &mut EvalContext<'_, '_, '_, '_, '_, '_>) {
    let newest = context.scope().iter_raw().next();
    let found = newest.filter(|(_, is_constant, _)| !is_constant).and_then(|(name, _, value)| {
        let source = context.global_runtime_state().source().unwrap_or_default();
        let map = translated(&*value.read_lock::<Map>()?, source, context.call_level() > 0)?;
        Some((name.to_owned(), map))
    });
    let Some((name, map)) = found else { return };
    if let Some(value) = context.scope_mut().get_mut(&name) {
        *value = map.into();
    }
}

/// None: Rhai has not made this map.
fn translated(map: &Map, source: &str, in_function: bool) -> Option<Map> {
    let (kind, message) = (text(map, "error")?, text(map, "message")?);
    if !kind.starts_with("Error") || !map.keys().all(|key| KEYS.contains(&key.as_str())) {
        return None;
    }
    // The further lines are the calls that it came through.
    let first = strip_position(message.lines().next().unwrap_or_default());
    let first = first.split(" @ '").next().unwrap_or(&first);
    let error = match of_fields(&kind, map).or_else(|| of_text(first)) {
        Some(error) => plain(error, in_function),
        None => Error::new(Code::Script, first),
    };
    let number = |key: &str| u16::try_from(map.get(key)?.as_int().ok()?).ok();
    let position = number("line")
        .map_or(Position::NONE, |line| Position::new(line, number("position").unwrap_or_default()));
    Some(as_map(&match place(source, position) {
        Some(place) => error.at(place),
        None => error,
    }))
}

fn text(map: &Map, key: &str) -> Option<String> {
    map.get(key)?.clone().into_string().ok()
}

/// The error that Rhai has made this map of. None: the map does not tell.
fn of_fields(kind: &str, map: &Map) -> Option<EvalAltResult> {
    let text = |key: &str| text(map, key);
    let number = |key: &str| map.get(key)?.as_int().ok();
    let count = || usize::try_from(number("length")?).ok();
    let at = Position::NONE;
    Some(match kind {
        "ErrorFunctionNotFound" => EvalAltResult::ErrorFunctionNotFound(text("function")?, at),
        "ErrorNonPureMethodCallOnConstant" => {
            EvalAltResult::ErrorNonPureMethodCallOnConstant(text("function")?, at)
        }
        "ErrorMismatchDataType" => {
            EvalAltResult::ErrorMismatchDataType(text("requested")?, text("actual")?, at)
        }
        "ErrorMismatchOutputType" => {
            EvalAltResult::ErrorMismatchOutputType(text("requested")?, text("actual")?, at)
        }
        "ErrorArrayBounds" => EvalAltResult::ErrorArrayBounds(count()?, number("index")?, at),
        "ErrorStringBounds" => EvalAltResult::ErrorStringBounds(count()?, number("index")?, at),
        "ErrorBitFieldBounds" => EvalAltResult::ErrorBitFieldBounds(count()?, number("index")?, at),
        "ErrorVariableNotFound" => EvalAltResult::ErrorVariableNotFound(text("variable")?, at),
        "ErrorPropertyNotFound" => EvalAltResult::ErrorPropertyNotFound(text("variable")?, at),
        "ErrorIndexNotFound" => EvalAltResult::ErrorIndexNotFound(map.get("index")?.clone(), at),
        "ErrorModuleNotFound" => EvalAltResult::ErrorModuleNotFound(text("module")?, at),
        "ErrorDotExpr" => EvalAltResult::ErrorDotExpr(text("property")?, at),
        "ErrorIndexingType" => EvalAltResult::ErrorIndexingType(text("type")?, at),
        "ErrorFor" => EvalAltResult::ErrorFor(at),
        "ErrorUnboundThis" => EvalAltResult::ErrorUnboundThis(at),
        _ => return None,
    })
}

/// The error of this sentence of Rhai's: of one that came out of a function, the map tells nothing else.
fn of_text(sentence: &str) -> Option<EvalAltResult> {
    let at = Position::NONE;
    let after = |begin: &str| sentence.strip_prefix(begin).map(str::to_owned);
    let types = |begin: &str| {
        let (actual, wanted) = sentence.strip_prefix(begin)?.split_once(" (expecting ")?;
        Some((wanted.strip_suffix(')')?.to_owned(), actual.to_owned()))
    };
    // `Array index 5 out of bounds: only 2 elements in array`
    let bounds = |begin: &str| {
        let (index, rest) = sentence.strip_prefix(begin)?.split_once(" out of bounds: ")?;
        let count = rest.split(' ').find_map(|word| word.parse().ok()).unwrap_or(0);
        Some((count, index.parse::<INT>().ok()?))
    };
    if let Some(signature) = after("Function not found: ") {
        return Some(EvalAltResult::ErrorFunctionNotFound(signature, at));
    }
    if let Some(name) = after("Variable not found: ") {
        return Some(EvalAltResult::ErrorVariableNotFound(name, at));
    }
    if let Some(name) = after("Property not found: ") {
        return Some(EvalAltResult::ErrorPropertyNotFound(name, at));
    }
    if let Some(name) = after("Module not found: ") {
        return Some(EvalAltResult::ErrorModuleNotFound(name, at));
    }
    if let Some(index) = after("Invalid index: ") {
        return Some(EvalAltResult::ErrorIndexNotFound(Dynamic::from(index), at));
    }
    if let Some(types) = after("Indexer unavailable: ") {
        return Some(EvalAltResult::ErrorIndexingType(types, at));
    }
    if let Some((wanted, actual)) =
        types("Data type incorrect: ").or_else(|| types("Output type incorrect: "))
    {
        return Some(EvalAltResult::ErrorMismatchDataType(wanted, actual, at));
    }
    if let Some((count, index)) = bounds("Array index ") {
        return Some(EvalAltResult::ErrorArrayBounds(count, index, at));
    }
    if let Some((count, index)) = bounds("String index ") {
        return Some(EvalAltResult::ErrorStringBounds(count, index, at));
    }
    if let Some((count, index)) = bounds("Bit-field index ") {
        return Some(EvalAltResult::ErrorBitFieldBounds(count, index, at));
    }
    match sentence {
        "For loop expects iterable type" => Some(EvalAltResult::ErrorFor(at)),
        "'this' not bound" => Some(EvalAltResult::ErrorUnboundThis(at)),
        // Both kinds of properties, by their sentences.
        _ => Some(EvalAltResult::ErrorDotExpr(sentence.to_owned(), at)).filter(|_| {
            sentence.starts_with("Unknown property '")
                || sentence.starts_with("No writable property '")
        }),
    }
}
