//! The kinds of values in words: no message has a name of Rust's or Rhai's for one.

use std::fmt::{Result, Write};

use rhai::{Array, Dynamic, Map};

use super::abridged::{Abridged, abridged, write_nested};

/// The name of a type, as Rhai, its reader of maps or Rust has it, in words.
#[must_use]
pub fn kind(name: &str) -> &'static str {
    // Rhai lists the types that a parameter takes.
    let name = name.split(" | ").next().unwrap_or(name).trim();
    let name = name.trim_start_matches('&').trim_start_matches("mut ").trim();
    let outer = name.split('<').next().unwrap_or(name);
    match outer.rsplit("::").next().unwrap_or(outer) {
        "()" | "unit" | "unit value" => "nothing",
        "bool" | "boolean" => "true or false",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" | "NonZero" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "INT" | "integer" => "a whole number",
        "f32" | "f64" | "FLOAT" | "float" | "decimal" | "Decimal" => "a number",
        "string" | "str" | "String" | "ImmutableString" | "SmartString" => "text",
        "char" | "character" => "a character",
        "array" | "Array" | "Vec" | "BTreeSet" | "HashSet" | "sequence" => "a list",
        "map" | "Map" | "BTreeMap" | "HashMap" | "struct" => "a map",
        "Fn" | "FnPtr" => "a function",
        "blob" | "Blob" => "bytes",
        "Host" => "a host",
        "CommandResult" => "the result of a command",
        "Instant" | "timestamp" => "a moment",
        "range" | "range=" => "a range",
        "Dynamic" | "?" => "any value",
        other if other.ends_with("Range") || other.starts_with("Range") => "a range",
        other if other.ends_with("Stream") => "a sequence",
        _ => "another kind of value",
    }
}

/// A value as text, abridged where it is very long; of values that scripts cannot write, the kind.
#[must_use]
pub fn shown(value: &Dynamic) -> String {
    let holds_others = value.read_lock::<Array>().is_some() || value.read_lock::<Map>().is_some();
    match holds_others {
        true => abridged(|text| write_inside(value, text)),
        false if is_written(value) => value.to_string(),
        false => kind(value.type_name()).to_owned(),
    }
}

/// A value as `print` would have it, where no function of a script can be asked. What a function captures is not
/// shown: it may be the function itself.
#[must_use]
pub fn printed(value: &Dynamic) -> String {
    let holds_others = value.is_array() || value.is_map() || value.is_fnptr();
    if holds_others { shown(value) } else { value.to_string() }
}

/// A value within another one: text is in quotes there.
fn write_inside(value: &Dynamic, text: &mut Abridged) -> Result {
    write_nested(value, text, &|value, text| match is_written(value) {
        true => write!(text, "{value:?}"),
        false => text.write_str(kind(value.type_name())),
    })
}

fn is_written(value: &Dynamic) -> bool {
    let is_number = value.is_int() || value.is_float();
    let is_text = value.is_string() || value.is_char() || value.is_blob();
    is_number || is_text || value.is_bool() || value.is_unit()
}

/// A sentence of a reader of maps, `invalid type: integer `5`, expected a sequence`, in words.
#[must_use]
pub fn sentence(text: &str) -> String {
    let Some((found, wanted)) = text.rsplit_once(", expected ") else { return text.to_owned() };
    let wanted = match wanted {
        "parsable string" | "an integer or string" | "integer overflow" => {
            "a size such as 512MiB or 20GiB"
        }
        "a string" | "a borrowed string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "an integer" => "a whole number",
        wanted if wanted.starts_with("struct ") => "a map",
        wanted => match kind(wanted) {
            "another kind of value" => wanted,
            known => known,
        },
    };
    let Some(found) = found.strip_prefix("invalid type: ") else {
        return format!("{found}, expected {wanted}");
    };
    let (name, value) = match found.find(['`', '"']) {
        Some(at) => (found[..at].trim(), Some(&found[at..])),
        None => (found, None),
    };
    let found = match (name, value) {
        ("string", Some(value)) => format!("the text {value}"),
        ("integer" | "floating point", Some(value)) => format!("the number {value}"),
        ("boolean", Some(value)) => value.to_owned(),
        (name, _) => kind(name).to_owned(),
    };
    format!("it is {found}, expected {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rust_and_rhai_become_words() {
        for (name, words) in [
            ("()", "nothing"),
            ("&str | ImmutableString | String", "text"),
            ("alloc::string::String", "text"),
            ("alloc::vec::Vec<rhai::types::dynamic::Dynamic>", "a list"),
            ("alloc::collections::btree::map::BTreeMap<smartstring::SmartString<x>, y>", "a map"),
            ("core::ops::range::Range<i64>", "a range"),
            ("imgctl::script::api::host::Host", "a host"),
            ("core::num::nonzero::NonZero<u16>", "a whole number, 0 or more"),
            ("imgctl::some::Thing", "another kind of value"),
        ] {
            assert_eq!(kind(name), words, "{name}");
        }
    }

    #[test]
    fn values_that_have_no_text_are_their_kinds() {
        let function = Dynamic::from(rhai::FnPtr::new("f").unwrap());
        let list: Array = vec!["a".into(), 5_i64.into(), function];
        let map = Map::from_iter([("key".into(), list.into())]);
        assert_eq!(shown(&map.into()), "#{\"key\": [\"a\", 5, a function]}");
        assert_eq!(shown(&"a".into()), "a");
    }

    #[test]
    fn sentences_have_no_types() {
        let found = sentence("invalid type: string \"x\", expected a sequence");
        assert_eq!(found, "it is the text \"x\", expected a list");
        let found = sentence("invalid type: unit value, expected struct RunOptions");
        assert_eq!(found, "it is nothing, expected a map");
        assert_eq!(sentence("something else"), "something else");
    }
}
