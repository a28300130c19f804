//! Where the texts of a console come from: somebody at a terminal, or a file.

use std::io::{BufRead, BufReader, Read};

use rhai::Engine;

use super::open_text::{has_open_comment, is_open};
use crate::report::Watch;
use crate::run::Run;
use crate::ui::{Editor, Typed};
use crate::{Code, Error, Result, read};

type Stdin = read::Stdin<Box<dyn Fn() -> bool>>;

/// What others write to standard input.
pub struct Piped {
    input: BufReader<Stdin>,
    watch: Watch,
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
        let (watch, cancel) = (run.watch.clone(), run.watch.cancel.clone());
        let input = Stdin { cancelled: Box::new(move || cancel.is_cancelled()) };
        Ok(Input::File(Piped { input: BufReader::new(input), watch, is_at_begin: true }))
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

/// The next line, without its end; one without end is an error.
fn line(input: &mut BufReader<Stdin>) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if input.take(read::MOST + 1).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let bytes = read::whole(bytes, read::MOST)?;
    let bytes =
        bytes.strip_suffix(b"\n").map_or(&*bytes, |it| it.strip_suffix(b"\r").unwrap_or(it));
    read::utf8(bytes.to_vec()).map(Some)
}

/// The lines until a text is whole: what comes later is not waited for.
pub fn from_file(piped: &mut Piped, reader: &Engine) -> Result<Typed> {
    const MARK: char = '\u{feff}';
    let mut text = String::new();
    while let Some(line) = line(&mut piped.input).map_err(|error| match piped.watch.check() {
        Ok(()) => Error::new(Code::Io, "cannot read standard input").cause(error),
        Err(interrupted) => interrupted,
    })? {
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
