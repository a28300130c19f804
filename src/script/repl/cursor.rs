//! What stands before the cursor.

/// The word at the end of a text, and what it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub struct Cursor<'t> {
    /// Where the word begins.
    pub begin: usize,
    pub word: &'t str,
    pub of: Of<'t>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Of<'t> {
    Nothing,
    /// `package::`
    Namespace(&'t str),
    /// `host.`; empty for what is no single name.
    Value(&'t str),
    /// Behind `import "`.
    Import,
    /// In other text between quotes.
    Text,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The last word of a text.
pub fn last_word(text: &str) -> &str {
    let rest = text.trim_end_matches(is_word);
    &text[rest.len()..]
}

impl Cursor<'_> {
    pub fn at_end_of(text: &str) -> Cursor<'_> {
        let line = text.rsplit('\n').next().unwrap_or(text);
        // Quotes that an escape hides are rare where names are completed.
        if line.matches('"').count() % 2 == 1 {
            let begin = text.rfind('"').map_or(text.len(), |at| at + 1);
            let before = text[..begin.saturating_sub(1)].trim_end();
            let of = if last_word(before) == "import" { Of::Import } else { Of::Text };
            return Cursor { begin, word: &text[begin..], of };
        }
        let word = last_word(text);
        let begin = text.len() - word.len();
        let before = &text[..begin];
        let of = if let Some(before) = before.strip_suffix("::") {
            Of::Namespace(last_word(before))
        } else if let Some(before) = before.strip_suffix('.').filter(|it| !it.ends_with('.')) {
            Of::Value(last_word(before))
        } else {
            Of::Nothing
        };
        Cursor { begin, word, of }
    }
}

/// The function whose arguments are typed at the end of a text: `package::install`, `host.run`, `step`.
pub fn called(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    // The end may be within quotes, where arguments are typed as well.
    let line = text.rsplit('\n').next().unwrap_or(text);
    let mut quoted = line.matches('"').count() % 2 == 1;
    for (at, char) in text.char_indices().rev() {
        match char {
            '"' => quoted = !quoted,
            _ if quoted => {}
            ')' | ']' | '}' => depth += 1,
            '(' if depth == 0 => {
                let name = &text[..at];
                let rest = name.trim_end_matches(|c: char| is_word(c) || c == ':' || c == '.');
                let name = name[rest.len()..].trim_start_matches(['.', ':']);
                return Some(name).filter(|name| !name.is_empty());
            }
            '(' | '[' | '{' => depth = depth.saturating_sub(1),
            ';' | '\n' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Of, called};

    #[test]
    fn a_word_belongs_to_what_stands_before_it() {
        for (text, word, of) in [
            ("pack", "pack", Of::Nothing),
            ("let x = clo", "clo", Of::Nothing),
            ("package::ins", "ins", Of::Namespace("package")),
            ("f(host.", "", Of::Value("host")),
            ("f().le", "le", Of::Value("")),
            ("0..le", "le", Of::Nothing),
            ("import \"std/pa", "std/pa", Of::Import),
            ("print(\"std/pa", "std/pa", Of::Text),
        ] {
            let cursor = Cursor::at_end_of(text);
            assert_eq!((cursor.word, cursor.of), (word, of), "{text}");
            assert!(text[cursor.begin..] == *word);
        }
    }

    #[test]
    fn the_innermost_open_call_is_found() {
        for (text, name) in [
            ("package::install(", Some("package::install")),
            ("package::install(host, [", Some("package::install")),
            ("package::install(host, f(1), ", Some("package::install")),
            ("host.run(\"a(b\", ", Some("host.run")),
            ("host.run(\"a(b", Some("host.run")),
            ("step(\"a\", || host.run(", Some("host.run")),
            ("1 + 2", None),
            ("f(1)", None),
            ("(", None),
        ] {
            assert_eq!(called(text), name, "{text}");
        }
    }
}
