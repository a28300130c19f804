//! `imgctl __complete INDEX WORD…`: what the word at the cursor may become, for the scripts that
//! `imgctl completions` prints.
//!
//! It reads files of the project and nothing else: it asks no cloud, takes no lock and says nothing of what is
//! wrong there.

mod known;
mod line;
mod options;
mod scripts;
mod words;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::CommandFactory;

use super::arguments::Cli;
use crate::ui::{Options, Ui};

pub use scripts::script;

/// What the scripts of shells call.
const COMMAND: &str = "__complete";

/// What a word may become.
enum Answer {
    Words(Vec<Candidate>),
    /// The shell knows the names of files.
    Files,
}

/// In place of words.
const FILES: &str = ":files";

struct Candidate {
    /// The whole word.
    value: String,
    /// One line about it; empty for what speaks for itself.
    about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: impl Into<String>) -> Candidate {
        Candidate { value: value.into(), about: about.into() }
    }
}

/// Answers a shell, if one asks; true if so.
pub fn answered(mut arguments: impl Iterator<Item = OsString>) -> bool {
    if arguments.next().is_none_or(|first| first != COMMAND) {
        return false;
    }
    let mut words = arguments.map(|word| word.to_string_lossy().into_owned());
    let index = words.next().and_then(|index| index.parse::<usize>().ok()).unwrap_or_default();
    // The first word is the program.
    let words: Vec<String> = words.skip(1).collect();
    // A defect must not write into what somebody is typing.
    std::panic::set_hook(Box::new(|_| {}));
    let lines = catch_unwind(AssertUnwindSafe(|| answer(&words, index.saturating_sub(1))));
    let lines = lines.unwrap_or_default();
    if !lines.is_empty() {
        Ui::new(Options::default()).print(&lines.join("\n"));
    }
    true
}

/// A line for each candidate: the word, a tab, and what it is.
fn answer(words: &[String], index: usize) -> Vec<String> {
    let mut shape = Cli::command();
    shape.build();
    let before = words.get(..index).unwrap_or(words);
    let current = words.get(index).map(String::as_str).unwrap_or_default();
    let line = line::Line::read(&shape, before);
    let found = options::at(&line, current).unwrap_or_else(|| words::at(&line, current));
    match found {
        Answer::Files => vec![FILES.to_owned()],
        Answer::Words(mut found) => {
            found.retain(|it| it.value.starts_with(current));
            let one = |it: Candidate| {
                let about = it.about.replace(['\t', '\n'], " ");
                if about.is_empty() { it.value } else { format!("{}\t{about}", it.value) }
            };
            found.into_iter().map(one).collect()
        }
    }
}
