//! Whole numbers of JSON and YAML that have more digits than a script can keep.

use rhai::NativeCallContext;
use serde_json::Value;

use crate::report::{Level, Report as _};
use crate::script::errors::Fallible;
use crate::script::running::Script;

/// Warns of a number that is read as one with a fraction, whose last digits are lost.
pub fn tell(call: &NativeCallContext, number: Option<String>) -> Fallible<()> {
    if let Some(number) = number {
        let message = format!(
            "the whole number {number} has more than 63 bits: it is read as {:e}, without its last digits; put it \
             in quotes in the text, if they are needed",
            number.parse::<f64>().unwrap_or_default()
        );
        Script::of(call)?.run.ui.log(Level::Warning, &message);
    }
    Ok(())
}

/// The first of them in a JSON text.
pub fn of_json(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[at..];
        let end = match rest.strip_prefix('"') {
            Some(inside) => end_of_text(inside) + 1,
            None => rest.find(|c: char| !is_of_number(c)).unwrap_or(rest.len()),
        };
        let (piece, behind) = rest.split_at(end);
        let digits = piece.strip_prefix('-').unwrap_or(piece);
        let is_whole = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        if is_whole && piece.parse::<i64>().is_err() {
            return Some(piece.to_owned());
        }
        rest = behind;
    }
    None
}

/// The first of them in a value.
pub fn of_value(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.is_u64() && !number.is_i64() => Some(number.to_string()),
        Value::Array(items) => items.iter().find_map(of_value),
        Value::Object(map) => map.values().find_map(of_value),
        _ => None,
    }
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || ['-', '+', '.', 'e', 'E'].contains(&c)
}

/// The bytes of a text behind its first quote, up to and with its last.
fn end_of_text(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if c == '"' && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_of_more_than_63_bits_are_found() {
        for text in [
            "[9223372036854775807, -9223372036854775808, 1e300, 12345678901234567890.5]",
            r#"{"a\\": "99999999999999999999", "b\"99999999999999999999": "\\", "é": 1}"#,
            "",
        ] {
            assert_eq!(of_json(text), None, "{text}");
        }
        for (text, wanted) in [
            ("9223372036854775808", "9223372036854775808"),
            (r#"{"a": "\"", "b": [1, -99999999999999999999]}"#, "-99999999999999999999"),
        ] {
            assert_eq!(of_json(text).as_deref(), Some(wanted));
        }
        let value = serde_json::json!({ "a": [1, -1, 1.5, u64::MAX] });
        assert_eq!(of_value(&value).as_deref(), Some("18446744073709551615"));
    }
}
