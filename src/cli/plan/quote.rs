//! How a text is written in the languages of the engines.

use std::fmt::Write;

/// A text as YAML and JSON have it, in double quotes.
pub fn yaml(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    // JSON takes these as they are, and YAML does not.
    let is_special = |c: char| {
        ('\u{7f}'..='\u{9f}').contains(&c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    quoted.chars().fold(String::new(), |mut all, c| {
        match is_special(c) {
            // Writing to a text cannot fail.
            true => drop(write!(all, "\\u{:04x}", u32::from(c))),
            false => all.push(c),
        }
        all
    })
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
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{}'", text.replace('\n', "\\n").replace('\r', "\\r"))
}

/// A text that stays on one line of comment.
pub fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{comment, groovy, no_expression, no_variable, shell, yaml};

    #[test]
    fn every_language_reads_the_text_that_was_meant() {
        assert_eq!(yaml("2404"), "\"2404\"");
        assert_eq!(yaml("a\"b\u{7f}\n"), "\"a\\\"b\\u007f\\n\"");
        assert_eq!(shell(["imgctl", "ssh:ls -l", "it's", ""]), r"imgctl 'ssh:ls -l' 'it'\''s' ''");
        assert_eq!(no_expression("${{ x }}"), "${{ '${{' }} x }}");
        assert_eq!(no_variable("$(x)"), "$$(x)");
        assert_eq!(groovy("it's \\ $x\n"), "'it\\'s \\\\ $x\\n'");
        assert_eq!(comment("a\nb"), "a b");
    }
}
