//! Where the texts of a console come from: somebody at a terminal, or a file.

use std::io::{BufRead, Lines, StdinLock};

use rhai::Engine;

use super::open_text::{has_open_comment, is_open};
use crate::run::Run;
use crate::ui::{Editor, Typed};
use crate::{Code, Error, Result};

pub enum Input {
    Terminal(Box<Editor>),
    File(Lines<StdinLock<'static>>),
}

impl Input {
    /// A terminal if there is one, else standard input.
    pub fn open(run: &Run) -> Result<Input> {
        if run.ui.interactive() {
            return Ok(Input::Terminal(Box::new(Editor::open(&run.ui)?)));
        }
        Ok(Input::File(std::io::stdin().lock().lines()))
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
pub fn from_file(lines: &mut Lines<StdinLock<'static>>, reader: &Engine) -> Result<Typed> {
    let mut text = String::new();
    for line in lines {
        let line =
            line.map_err(|error| Error::new(Code::Io, "cannot read standard input").cause(error))?;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
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
