//! Values as somebody reads them: as a script would write them, over several lines where one is too long.

use rhai::{Array, Blob, Dynamic, FnPtr, Map};

use crate::script::api::host::Host;
use crate::script::api::result::CommandResult;

/// How long a line may be.
const WIDTH: usize = 96;

/// How many items of a list or map are shown.
const MOST: usize = 100;

/// How deep lists and maps are shown.
const DEEPEST: usize = 12;

/// None: there is nothing to show.
pub fn shown(value: &Dynamic) -> Option<String> {
    if value.is_unit() {
        return None;
    }
    if let Some(result) = value.read_lock::<CommandResult>() {
        return Some(command(&result));
    }
    Some(render(value, 0))
}

fn render(value: &Dynamic, depth: usize) -> String {
    if let Some(list) = value.read_lock::<Array>() {
        let items = list.iter().take(MOST).map(|item| within(item, depth));
        return group("[", items.collect(), "]", list.len(), depth);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let items = map.iter().take(MOST);
        let items = items.map(|(name, item)| format!("{}: {}", key(name), within(item, depth)));
        return group("#{", items.collect(), "}", map.len(), depth);
    }
    if let Some(text) = value.read_lock::<rhai::ImmutableString>() {
        return quoted(&text);
    }
    if let Some(host) = value.read_lock::<Host>() {
        return format!("host {}", host.remote().label());
    }
    if let Some(result) = value.read_lock::<CommandResult>() {
        return format!("result (status {})", result.status);
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        let name = function.fn_name();
        return if name.starts_with("anon$") {
            "|…| …".to_owned()
        } else {
            format!("Fn({name})")
        };
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return format!("{} bytes", bytes.len());
    }
    if value.is_unit() { "()".to_owned() } else { format!("{value:?}") }
}

fn within(item: &Dynamic, depth: usize) -> String {
    if depth < DEEPEST { render(item, depth + 1) } else { "…".to_owned() }
}

/// On one line if that is short enough.
fn group(open: &str, mut items: Vec<String>, close: &str, count: usize, depth: usize) -> String {
    if items.is_empty() {
        return format!("{open}{close}");
    }
    if count > items.len() {
        items.push(format!("… {} more", count - items.len()));
    }
    let space = if open == "#{" { " " } else { "" };
    let line = format!("{open}{space}{}{space}{close}", items.join(", "));
    if !line.contains('\n') && line.chars().count() + 4 * depth <= WIDTH {
        return line;
    }
    let indent = "    ".repeat(depth + 1);
    let items: Vec<String> = items.iter().map(|item| format!("{indent}{item},\n")).collect();
    format!("{open}\n{}{}{close}", items.concat(), "    ".repeat(depth))
}

/// Text of several lines stands between backquotes, as it is.
fn quoted(text: &str) -> String {
    if text.contains('\n') && !text.contains('`') && !text.contains("${") {
        return format!("`{text}`");
    }
    format!("{text:?}")
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if plain && begins { name.to_owned() } else { format!("{name:?}") }
}

/// What it printed, as in a shell; its status if that says something.
fn command(result: &CommandResult) -> String {
    let mut parts = Vec::new();
    parts.extend([&result.stdout, &result.stderr].into_iter().filter(|it| !it.is_empty()).cloned());
    if result.status != 0 || parts.is_empty() {
        parts.push(format!("status {}", result.status));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use rhai::{Dynamic, Engine};

    use super::shown;

    fn of(text: &str) -> Option<String> {
        shown(&Engine::new().eval::<Dynamic>(text).unwrap_or_default())
    }

    #[test]
    fn values_are_shown_as_scripts_write_them() {
        for (text, wanted) in [
            ("1 + 1", "2"),
            ("\"a\\\"b\"", "\"a\\\"b\""),
            ("true", "true"),
            ("'c'", "'c'"),
            ("1.5", "1.5"),
            ("[1, \"a\", ()]", "[1, \"a\", ()]"),
            ("[]", "[]"),
            ("#{ a: 1, \"b c\": [2] }", "#{ a: 1, \"b c\": [2] }"),
            ("|x| x + 1", "|…| …"),
            ("blob(3)", "3 bytes"),
            ("`a\nb`", "`a\nb`"),
        ] {
            assert_eq!(of(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(of("()"), None);
    }

    #[test]
    fn long_values_have_a_line_for_each_item() {
        let text =
            of("let x = []; for i in 0..150 { x.push(`number ${i}`); } x").unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines[1]), ("[", "    \"number 0\","));
        assert_eq!(lines[101..], ["    … 50 more,", "]"]);
    }
}
