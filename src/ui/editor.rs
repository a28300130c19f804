//! Edits a line at the terminal, with history, completion and several lines.

use std::path::PathBuf;

use rustyline::config::{Behavior, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;

use super::assistant::{Adapter, Assistant};
use super::history;
use super::interface::Ui;
use crate::report::{Level, Report};
use crate::{Code, Error, Result};

/// How many lines are kept.
const MOST: usize = 2000;

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
            // Pasted from another encoding: the line is gone, and nothing else.
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                ui.log(Level::Warning, "the line is not UTF-8, and is left out");
                Ok(Typed::Cancelled)
            }
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
