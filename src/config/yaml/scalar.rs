//! What a scalar is: YAML 1.2's core schema, with binary numbers.
//!
//! `yes`, `on`, `012`, `1_000` and `12:30` are text, as they are not in YAML 1.1.

use serde_json::{Number, Value};

/// Why a scalar has no value.
pub enum Unreadable {
    /// `.inf` and `.nan` are no numbers of JSON.
    Infinite,
    /// An integer of more than 64 bits.
    TooLong,
    /// It is not what its tag says.
    Tagged(&'static str),
}

type Scalar = Result<Value, Unreadable>;

/// The value of a scalar without its quotes. `tag` is what follows `!!`.
pub fn read(text: &str, plain: bool, tag: Option<&str>) -> Scalar {
    use Unreadable::Tagged;
    match tag {
        None if plain => resolve(text),
        None => Ok(Value::from(text)),
        Some("null") => match resolve(text) {
            Ok(Value::Null) => Ok(Value::Null),
            _ => Err(Tagged("null")),
        },
        Some("bool") => match resolve(text) {
            Ok(Value::Bool(value)) => Ok(Value::Bool(value)),
            _ => Err(Tagged("true or false")),
        },
        Some("int") => integer(text).unwrap_or(Err(Tagged("a whole number"))),
        Some("float") => float(text).unwrap_or(Err(Tagged("a number"))),
        Some(_) => Ok(Value::from(text)),
    }
}

fn resolve(text: &str) -> Scalar {
    if is_null(text) {
        return Ok(Value::Null);
    }
    match text {
        "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
        _ => integer(text).or_else(|| float(text)).unwrap_or_else(|| Ok(Value::from(text))),
    }
}

/// Whether a scalar without quotes stands for no value.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// None: it is not an integer.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based =
        prefixes.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
    let (digits, base) = based.unwrap_or((digits, 10));
    let leading_zero = base == 10 && digits.len() > 1 && digits.starts_with('0');
    if leading_zero || digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let Ok(number) = u64::from_str_radix(digits, base) else {
        // Beyond 128 bits a decimal number is read as a float.
        return u128::from_str_radix(digits, base).ok().map(|_| Err(Unreadable::TooLong));
    };
    if !negative {
        return Some(Ok(Value::from(number)));
    }
    Some(0_i64.checked_sub_unsigned(number).map(Value::from).ok_or(Unreadable::TooLong))
}

/// None: it is not a number with a point or an exponent.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(Unreadable::Infinite));
    }
    let leading_zero = unsigned.len() > 1
        && unsigned.starts_with('0')
        && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if leading_zero || unsigned.starts_with(['+', '-']) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    Number::from_f64(number).map(|number| Ok(Value::Number(number)))
}
