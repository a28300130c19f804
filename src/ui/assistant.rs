//! What helps somebody who edits a line: completion, signatures, and whether more lines belong to it.

use std::borrow::Cow;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

/// What the editor does not know itself.
pub trait Assistant {
    /// More lines belong to this text.
    fn is_open(&self, text: &str) -> bool;

    /// What the word before this place may become, and where that word begins.
    fn complete(&self, text: &str, at: usize) -> (usize, Vec<String>);

    /// How the function is called whose arguments are being typed at the end of the text.
    fn signature(&self, text: &str) -> Option<String>;
}

/// What the editor asks while somebody types.
pub(super) struct Adapter {
    pub(super) assistant: Option<Box<dyn Assistant>>,
    pub(super) color: bool,
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
pub(super) struct Signature(String);

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
