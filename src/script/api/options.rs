//! Option maps of scripts, read into structs: unknown keys and wrong types are named.

use std::time::Duration;

use rhai::serde::DynamicDeserializer;
use rhai::{Dynamic, EvalAltResult, Map};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use super::room;
use crate::error::nearest;
use crate::script::errors::{Fallible, throw};
use crate::script::kind::{kind, sentence, shown};
use crate::{Code, Error};

/// `#{ timeout: "5m" }` as `T`; `what` names the function in errors.
pub fn read<T: DeserializeOwned>(what: &str, map: Map) -> Fallible<T> {
    room::fits(room::size_of_entries(&map))?;
    let map = Dynamic::from(map);
    serde_path_to_error::deserialize(DynamicDeserializer::new(&map)).map_err(|error| {
        let option = error.path().to_string();
        throw(explain(what, &option, &error.into_inner()))
    })
}

/// Refuses a count of nothing.
pub fn at_least_one(what: &str, option: &str, count: usize) -> Fallible<()> {
    if count > 0 {
        return Ok(());
    }
    let message = format!("the option `{option}` of {what} cannot be 0");
    Err(throw(Error::new(Code::Script, message).hint("give it 1 or more, or omit it")))
}

/// The mode of a file, in octal text: `"0644"`.
pub fn mode(text: &str) -> Fallible<u32> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    mode.ok_or_else(|| {
        throw(
            Error::new(Code::Script, format!("`{text}` is not a file mode"))
                .hint("write the mode as octal text, such as \"0644\""),
        )
    })
}

/// The error of [`read`] about this option of a map that has only it, or about what is in it.
pub fn misfit<T: DeserializeOwned>(what: &str, option: &str, map: Map) -> Option<Error> {
    let map = Dynamic::from(map);
    let read = serde_path_to_error::deserialize::<_, T>(DynamicDeserializer::new(&map));
    let error = read.err()?;
    let path = error.path().to_string();
    let behind = path.strip_prefix(option)?;
    let is_meant = behind.is_empty() || behind.starts_with(['.', '[']);
    is_meant.then(|| explain(what, &path, &error.into_inner()))
}

/// The option map of a function that took a bare value in its place before: such a call is told how it
/// is written now.
pub fn map(what: &str, given: Dynamic, now: &str) -> Fallible<Map> {
    given.try_cast_result::<Map>().map_err(|given| {
        let message = format!("{what} takes its options as a map, not `{}`", shown(&given));
        throw(Error::new(Code::Script, message).hint(format!("write `{now}`")))
    })
}

/// The parser's error for an unknown or wrong option, reworded, with the nearest known option.
fn explain(what: &str, option: &str, error: &EvalAltResult) -> Error {
    let wrong = |cause: String| {
        let message = format!("the option `{option}` of {what} has the wrong type");
        Error::new(Code::Script, message).cause(cause)
    };
    if let EvalAltResult::ErrorMismatchOutputType(wanted, found, _) = error {
        return wrong(format!("it is {}, expected {}", kind(found), kind(wanted)));
    }
    let text = error.to_string();
    let text = text.split(" (line").next().unwrap_or(&text);
    let text = text.trim_start_matches("Error parsing type: ").trim_start_matches("Syntax error: ");
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    if let (true, Some((unknown, known))) = (text.contains("unknown field"), quoted.split_first()) {
        let error = Error::new(Code::Script, format!("{what} has no option `{unknown}`"));
        return match nearest(unknown, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("use one of: {}", known.join(", "))),
        };
    }
    if let (true, Some((found, known))) = (text.contains("unknown variant"), quoted.split_first()) {
        let message = format!("the option `{option}` of {what} cannot be `{found}`");
        let error = Error::new(Code::Script, message);
        return match nearest(found, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("use one of: {}", known.join(", "))),
        };
    }
    if let (true, [missing]) = (text.contains("missing field"), &*quoted) {
        let error = Error::new(Code::Script, format!("{what} needs `{missing}`"));
        return error.hint(format!("add it to the map: `#{{ {missing}: … }}`"));
    }
    if option == "." {
        let message = format!("{what} cannot use this map");
        return Error::new(Code::Script, message).cause(sentence(text));
    }
    wrong(sentence(text))
}

/// A number of seconds, or text such as `"10m"`.
pub fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a duration is seconds, or text such as \"10m\"")]
    enum Either {
        Whole(u64),
        Fraction(f64),
        Text(String),
    }
    let Some(value) = Option::<Either>::deserialize(from)? else { return Ok(None) };
    let duration = match value {
        Either::Whole(seconds) => Some(Duration::from_secs(seconds)),
        Either::Fraction(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Either::Text(text) => parse_duration(&text),
    };
    duration.map(Some).ok_or_else(|| D::Error::custom("a duration is seconds, or \"90s\", \"10m\""))
}

/// `"90s"`, `"10m"`, `"1h30m"`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok())
}

/// A number of bytes, or text such as `"64MiB"`.
pub fn size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a size is bytes, or text such as \"64MiB\"")]
    enum Either {
        Bytes(u64),
        Text(String),
    }
    let Some(value) = Option::<Either>::deserialize(from)? else { return Ok(None) };
    let bytes = match value {
        Either::Bytes(bytes) => Some(bytes),
        Either::Text(text) => text.parse::<bytesize::ByteSize>().ok().map(|size| size.as_u64()),
    };
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
    bytes.map(Some).ok_or_else(|| D::Error::custom("a size is bytes, or \"64MiB\", \"1GiB\""))
}
