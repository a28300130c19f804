//! Edits a line at the terminal, with history, completion and several lines.

use std::borrow::Cow;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::config::{Behavior, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::history;
use super::interface::Ui;
use crate::{Code, Error, Result};

/// How many lines are kept.
const MOST: usize = 2000;

/// What the editor does not know itself.
pub trait Assistant {
    /// More lines belong to this text.
    fn is_open(&self, text: &str) -> bool;

    /// What the word before this place may become, and where that word begins.
    fn complete(&self, text: &str, at: usize) -> (usize, Vec<String>);

    /// How the function is called whose arguments are being typed at the end of the text.
    fn signature(&self, text: &str) -> Option<String>;
}

/// What came of reading.
pub enum Typed {
    Text(String),
    /// Ctrl-C.
    Cancelled,
    /// Ctrl-D, or the terminal is gone.
    Ended,
}

pub struct Editor {
    inner: rustyline::Editor<Adapter, FileHistory>,
    file: Option<PathBuf>,
}

impl Editor {
    /// # Errors
    /// `Io` without a terminal that lines can be edited at.
    pub fn open(ui: &Ui) -> Result<Editor> {
        let config = Config::builder()
            .max_history_size(MOST)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(failed)?
            // As in shells: who does not want a line to be kept begins it so.
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            // Results on stdout and messages on stderr can be sent elsewhere.
            .behavior(Behavior::PreferTerm)
            .build();
        let mut inner = rustyline::Editor::with_config(config).map_err(failed)?;
        inner.set_helper(Some(Adapter { assistant: None, color: ui.printer.terminal.color }));
        let file = history::file();
        if let Some(file) = &file {
            // There is none yet, or it cannot be read: then it begins anew.
            let _ = inner.load_history(file);
        }
        Ok(Editor { inner, file })
    }

    /// Reads a text. Nothing else is shown meanwhile.
    ///
    /// # Errors
    /// `Io` if the terminal cannot be read.
    pub fn read(&mut self, ui: &Ui, prompt: &str, assistant: Box<dyn Assistant>) -> Result<Typed> {
        if let Some(adapter) = self.inner.helper_mut() {
            adapter.assistant = Some(assistant);
        }
        let inner = &mut self.inner;
        let read = ui.printer.screen.exclusively(|_| ui.typing(|| inner.readline(prompt)));
        match read {
            Ok(text) => Ok(Typed::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Cancelled),
            Err(ReadlineError::Eof) => Ok(Typed::Ended),
            Err(error) => Err(failed(error)),
        }
    }

    /// Keeps a text for later, unless there is a secret in it, which may have become known by it.
    pub fn keep(&mut self, ui: &Ui, text: &str) {
        if ui.secrets().redact(text) != text {
            return;
        }
        // What cannot be kept is typed again.
        let _ = self.inner.add_history_entry(text);
        if let Some(file) = &self.file {
            let _ = self.inner.append_history(file);
        }
    }
}

fn failed(error: ReadlineError) -> Error {
    Error::new(Code::Io, "cannot read from the terminal").cause(error)
}

/// What the editor asks while somebody types.
struct Adapter {
    assistant: Option<Box<dyn Assistant>>,
    color: bool,
}

impl Helper for Adapter {}

impl Validator for Adapter {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let open = self.assistant.as_ref().is_some_and(|it| it.is_open(context.input()));
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Adapter {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.assistant.as_ref().map_or((at, Vec::new()), |it| it.complete(line, at)))
    }
}

/// It is shown, and cannot be taken over: it is not what somebody would type.
struct Signature(String);

impl Hint for Signature {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Adapter {
    type Hint = Signature;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<Signature> {
        let before = line.get(..at).filter(|_| at == line.len())?;
        let signature = self.assistant.as_ref()?.signature(before)?;
        Some(Signature(format!("    {signature}")))
    }
}

impl Highlighter for Adapter {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color { Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }
}
