//! How a text is written in the languages of the engines.

use std::fmt::Write;

/// A text as YAML and JSON have it, in double quotes.
pub fn yaml(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.chars().fold(String::new(), |mut all, c| {
        match is_special(c) {
            // Writing to a text cannot fail.
            true => drop(write!(all, "\\u{:04x}", u32::from(c))),
            false => all.push(c),
        }
        all
    })
}

/// What JSON takes as it is, and YAML does not, or not every version of it.
fn is_special(c: char) -> bool {
    ('\u{7f}'..='\u{9f}').contains(&c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Lines of a shell as a block of YAML with this indentation, which people can read; in double quotes if a block
/// cannot hold them.
pub fn block(text: &str, indentation: usize) -> String {
    // The first line tells the indentation of a block.
    let text = text.trim_start();
    let fits = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || is_special(c));
    if text.is_empty() || !text.chars().all(fits) {
        return yaml(text);
    }
    let line = |line: &str| match line.is_empty() {
        true => "\n".to_owned(),
        false => format!("\n{}{line}", " ".repeat(indentation)),
    };
    format!("|{}", text.trim_end_matches('\n').split('\n').map(line).collect::<String>())
}

/// The words of a command as a POSIX shell reads them.
pub fn shell<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let quoted = words.into_iter().map(word);
    quoted.collect::<Vec<_>>().join(" ")
}

fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@%+".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A text in which GitHub finds no expression.
pub fn no_expression(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// A text in which Kubernetes finds no variable.
pub fn no_variable(text: &str) -> String {
    text.replace('$', "$$")
}

/// A text as Groovy has it, in single quotes.
pub fn groovy(text: &str) -> String {
    let mut all = String::new();
    for c in text.chars() {
        match c {
            '\\' | '\'' => all.extend(['\\', c]),
            '\n' => all.push_str("\\n"),
            '\r' => all.push_str("\\r"),
            // Writing to a text cannot fail.
            c if c.is_control() || is_special(c) => drop(write!(all, "\\u{:04x}", u32::from(c))),
            c => all.push(c),
        }
    }
    format!("'{all}'")
}

/// A text that stays on one line of comment. Groovy reads `\u` even there, unless its backslash is doubled.
pub fn comment(text: &str) -> String {
    let mut all = String::new();
    let mut backslashes = 0;
    for c in text.chars() {
        if c == 'u' && backslashes % 2 == 1 {
            all.push('\\');
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        all.push(if c.is_control() || is_special(c) { ' ' } else { c });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{block, comment, groovy, no_expression, no_variable, shell, yaml};

    #[test]
    fn every_language_reads_the_text_that_was_meant() {
        assert_eq!(yaml("2404"), "\"2404\"");
        assert_eq!(yaml("a\"b\u{7f}\n"), "\"a\\\"b\\u007f\\n\"");
        assert_eq!(shell(["imgctl", "ssh:ls -l", "it's", ""]), r"imgctl 'ssh:ls -l' 'it'\''s' ''");
        assert_eq!(no_expression("${{ x }}"), "${{ '${{' }} x }}");
        assert_eq!(no_variable("$(x)"), "$$(x)");
        assert_eq!(groovy("it's \\ $x\n"), "'it\\'s \\\\ $x\\n'");
        assert_eq!(groovy("\u{7}\\\u{2028}"), r"'\u0007\\\u2028'");
        assert_eq!(comment("a\nb\u{2028}c"), "a b c");
        assert_eq!(comment(r"\u@\h \\u"), r"\\u@\h \\u");
        assert_eq!(yaml("a\u{ffff}"), "\"a\\uffff\"");
        assert_eq!(block("  a\n\n b\n", 2), "|\n  a\n\n   b");
        assert_eq!(block("a\r\u{2028}", 2), "\"a\\r\\u2028\"");
    }
}
