//! Where the texts of a console come from: somebody at a terminal, or a file.

use std::io::{BufRead, Lines, StdinLock};

use rhai::Engine;

use super::open_text::{has_open_comment, is_open};
use crate::run::Run;
use crate::ui::{Editor, Typed};
use crate::{Code, Error, Result};

/// What others write to standard input.
pub struct Piped {
    lines: Lines<StdinLock<'static>>,
    /// Nothing was read yet.
    is_at_begin: bool,
}

pub enum Input {
    Terminal(Box<Editor>),
    File(Piped),
}

impl Input {
    /// A terminal if there is one, else standard input.
    pub fn open(run: &Run) -> Result<Input> {
        if run.ui.interactive() {
            return Ok(Input::Terminal(Box::new(Editor::open(&run.ui)?)));
        }
        Ok(Input::File(Piped { lines: std::io::stdin().lock().lines(), is_at_begin: true }))
    }

    pub fn is_terminal(&self) -> bool {
        matches!(self, Input::Terminal(_))
    }

    /// Keeps a text for later.
    pub fn keep(&mut self, run: &Run, text: &str) {
        if let Input::Terminal(editor) = self {
            editor.keep(&run.ui, text);
        }
    }
}

/// The lines until a text is whole: what comes later is not waited for.
pub fn from_file(piped: &mut Piped, reader: &Engine) -> Result<Typed> {
    const MARK: char = '\u{feff}';
    let mut text = String::new();
    for line in &mut piped.lines {
        let line =
            line.map_err(|error| Error::new(Code::Io, "cannot read standard input").cause(error))?;
        let is_first = std::mem::take(&mut piped.is_at_begin);
        let line = if is_first { line.trim_start_matches(MARK) } else { &line };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
        if !is_open(reader, &text) {
            return Ok(Typed::Text(text));
        }
    }
    if has_open_comment(&text) {
        return Err(Error::usage("standard input ends within a comment")
            .hint("end it with `*/`: nothing behind `/*` was run"));
    }
    Ok(if text.trim().is_empty() { Typed::Ended } else { Typed::Text(text) })
}
