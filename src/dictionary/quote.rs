//! Texts as each format writes them.

use regex_lite::Regex;

use super::format::Format;
use crate::config::yaml::outline::Style;

/// A text in the style of the value that it replaces, or in the next style that can hold it.
pub fn value(format: Format, text: &str, style: Style, in_flow: bool) -> String {
    match format {
        Format::Json => json(text),
        Format::Hcl => json(text).replace("${", "$${").replace("%{", "%%{"),
        Format::Toml => match style {
            Style::Single if !text.contains('\'') => format!("'{text}'"),
            _ => json(text).replace('\u{7f}', "\\u007F"),
        },
        Format::Dotenv => dotenv(text, style),
        Format::Yaml => yaml(text, style, in_flow),
    }
}

/// A key, with or without quotes as the keys beside it.
pub fn key(format: Format, text: &str, style: Style, in_flow: bool) -> String {
    let is_name = |more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let is_bare = match format {
        Format::Json => false,
        // An identifier does not begin with a digit or a dash.
        Format::Hcl => {
            is_name("_-") && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        }
        Format::Toml => is_name("_-"),
        Format::Dotenv => true,
        // A number beside others; as a value it would get quotes.
        Format::Yaml => is_number(text),
    };
    match is_bare && style == Style::Plain {
        true => text.to_owned(),
        false => value(format, text, style, in_flow),
    }
}

/// Whether it is a key such as `2404`, which to most readers of YAML is not the text `"2404"`.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Escapes as JSON, YAML, TOML and HCL have in common.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn yaml(text: &str, style: Style, in_flow: bool) -> String {
    let fits_single = !text.chars().any(char::is_control);
    match style {
        Style::Plain if is_plain(text, in_flow) => text.to_owned(),
        Style::Plain | Style::Single if fits_single => format!("'{}'", text.replace('\'', "''")),
        _ => json(text),
    }
}

/// Whether a text without quotes is that text to every reader, those of YAML 1.1 included.
fn is_plain(text: &str, in_flow: bool) -> bool {
    let begins =
        text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '+'));
    let breaks = [": ", " #", "\t", "\u{feff}", "\u{85}", "\u{2028}", "\u{2029}"];
    let in_braces = in_flow && (text.contains([',', '[', ']', '{', '}', ':']));
    begins
        && !text.ends_with([':', ' '])
        && !breaks.iter().any(|part| text.contains(part))
        && !text.chars().any(char::is_control)
        && !in_braces
        && !text.starts_with("...")
        && !is_typed(text)
}

/// Whether a reader of YAML 1.1 or 1.2 takes it for a number, a date, a switch or nothing.
fn is_typed(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    const NUMBERS: &str = concat!(
        r"^[-+]?(",
        r"0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|",
        r"[0-9][0-9_]*(:[0-5]?[0-9])*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|",
        r"\.[0-9_]+([eE][-+]?[0-9]+)?|\.(inf|Inf|INF|nan|NaN|NAN)",
        r")$|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?$",
    );
    let lower = text.to_lowercase();
    WORDS.contains(&lower.as_str()) || Regex::new(NUMBERS).is_ok_and(|it| it.is_match(text))
}

fn dotenv(text: &str, style: Style) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-./:@+,%".contains(c);
    match style {
        Style::Plain if !text.is_empty() && text.chars().all(is_word) => text.to_owned(),
        Style::Plain | Style::Single if !text.contains('\'') => format!("'{text}'"),
        _ => {
            let mut quoted = String::from("\"");
            for c in text.chars() {
                if matches!(c, '"' | '\\' | '$' | '`') {
                    quoted.push('\\');
                }
                quoted.push(c);
            }
            quoted.push('"');
            quoted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_a_text_to_every_reader() {
        let plain =
            ["ami-0abc", "5df9e1f4-12e0-4f0f-9b2a-4ad0a1a5e1b2", "projects/p/global/images/i"];
        for text in plain.into_iter().chain(["CentOS 7 (PVHVM)", "a:b", "0abc", "2024-01-01-agent"])
        {
            assert_eq!(yaml(text, Style::Plain, false), text);
        }
        let quoted =
            ["1e3", "0x1f", "12:30", "012", "1_000", "yes", "N", "Null", "2024-01-01", ".5"];
        for text in quoted.into_iter().chain(["-", "a: b", "a #b", "*a", "{a}", "a:", "~", "=", ""])
        {
            assert_eq!(yaml(text, Style::Plain, false), format!("'{text}'"));
        }
        assert_eq!(yaml("a,b", Style::Plain, true), "'a,b'");
        assert_eq!(yaml("it's", Style::Single, false), "'it''s'");
        assert_eq!(yaml("a\u{7}", Style::Plain, false), "\"a\\u0007\"");
    }

    #[test]
    fn quotes_hide_what_would_be_replaced() {
        assert_eq!(value(Format::Hcl, "a${b}\"", Style::Double, true), "\"a$${b}\\\"\"");
        assert_eq!(value(Format::Dotenv, "a $b", Style::Plain, false), "'a $b'");
        assert_eq!(value(Format::Dotenv, "a $b", Style::Double, false), "\"a \\$b\"");
    }
}
