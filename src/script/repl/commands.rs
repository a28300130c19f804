//! Lines of a console that are no script: they begin with a colon.

use super::cursor::last_word;
use super::words::Words;
use crate::error::nearest;
use crate::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Help(String),
    Steps,
    Vars,
    Continue,
    Retry,
    Quit,
}

/// The commands, what they take, and what they do.
const COMMANDS: &[(&str, &str, &str)] = &[
    (":help", " [NAME]", "a function, namespace or module; without a name, this"),
    (":steps", "", "the steps that are done, and when"),
    (":vars", "", "the variables, and what they are"),
    (":continue", "", "leave, and go on behind the breakpoint; so does Ctrl-D"),
    (":retry", "", "leave, and repeat the step around the breakpoint"),
    (":quit", "", "leave; at a breakpoint, end the run as Ctrl-C does"),
];

/// The command of a line. None: it is script. What other consoles call their commands is taken for those of
/// this one, unless it is a variable.
///
/// # Errors
/// `Usage` for a word after a colon that is not a command.
pub fn parse(line: &str, is_variable: &dyn Fn(&str) -> bool) -> Result<Option<Command>> {
    let line = line.trim();
    if !line.starts_with(':') {
        return Ok(match line {
            "exit" | "quit" if !is_variable(line) => Some(Command::Quit),
            "help" if !is_variable(line) => Some(Command::Help(String::new())),
            _ => None,
        });
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let command = match word {
        ":help" | ":h" | ":?" => Command::Help(rest.trim_end_matches(['(', ')']).to_owned()),
        ":steps" => Command::Steps,
        ":vars" => Command::Vars,
        ":continue" | ":c" => Command::Continue,
        ":retry" => Command::Retry,
        ":quit" | ":q" | ":exit" => Command::Quit,
        _ => {
            let error = Error::usage(format!("there is no command `{word}`"));
            let names = COMMANDS.iter().map(|(name, ..)| *name);
            return Err(match nearest(word, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`:help` lists the commands"),
            });
        }
    };
    Ok(Some(command))
}

/// The commands, as text.
pub fn overview() -> String {
    let line = |(name, takes, about): &(&str, &str, &str)| {
        let call = format!("{name}{takes}");
        format!("  {call:<14} {about}")
    };
    let commands: Vec<String> = COMMANDS.iter().map(line).collect();
    format!(
        "A line is Rhai, as in scripts; `let`, `fn` and `import` stay. Its value is shown.\n{}\n\
         Tab completes, Ctrl-C ends what runs, Ctrl-D leaves.",
        commands.join("\n")
    )
}

/// What a word of such a line may become. None: it is script.
pub fn complete(before: &str, words: &Words) -> Option<(usize, Vec<String>)> {
    let begin = before.len() - before.trim_start().len();
    let line = before.trim_start();
    if !line.starts_with(':') {
        return None;
    }
    if !line.contains(char::is_whitespace) {
        let names = COMMANDS.iter().map(|(name, ..)| (*name).to_owned());
        return Some((begin, names.filter(|name| name.starts_with(line)).collect()));
    }
    if !line.starts_with(":help ") {
        return Some((before.len(), Vec::new()));
    }
    let plain = last_word(before);
    let rest = &before[..before.len() - plain.len()];
    let word_begin = rest.trim_end_matches(|c: char| c.is_alphanumeric() || "_:.".contains(c));
    // The colon of `:help` is no part of a name.
    let at = word_begin.len();
    let word = &before[at..];
    let mut found: Vec<String> = words
        .entries
        .iter()
        .filter_map(|entry| entry.signature.split('(').next())
        .filter(|name| name.starts_with(word))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    Some((at, found))
}

#[cfg(test)]
mod tests {
    use super::{Command, parse};

    #[test]
    fn a_colon_begins_a_command() {
        let help = |name: &str| Some(Command::Help(name.to_owned()));
        let parse = |line: &str| parse(line, &|name| name == "exit");
        assert_eq!(parse("quit").ok(), Some(Some(Command::Quit)));
        assert_eq!(parse("exit").ok(), Some(None), "it is a variable here");
        assert_eq!(parse(":help host.run()").ok(), Some(help("host.run")));
        assert_eq!(parse(" :help ").ok(), Some(help("")));
        assert_eq!(parse(":q").ok(), Some(Some(Command::Quit)));
        assert_eq!(parse("1 + 1").ok(), Some(None));
        let refused = parse(":setps").err();
        assert_eq!(refused.as_ref().and_then(|it| it.hint_text()), Some("did you mean `:steps`?"));
    }
}
