//! The answer to a shell: a line for each word that may be meant.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::CommandFactory;

use super::candidate::{Answer, Candidate};
use super::line::Line;
use super::{options, words};
use crate::cli::arguments::Cli;
use crate::ui::{Options, Ui};

/// What the scripts of shells call.
const COMMAND: &str = "__complete";

/// In place of words.
const FILES: &str = ":files";
const FOLDERS: &str = ":folders";

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
    let line = Line::read(&shape, before);
    let found = options::at(&line, current).unwrap_or_else(|| words::at(&line, current));
    match found {
        Answer::Files => vec![FILES.to_owned()],
        Answer::Folders => vec![FOLDERS.to_owned()],
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
