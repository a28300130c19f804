//! What is wrong in a file, where, and what to do about it.

use crate::config::USUAL;
use crate::{Code, Error, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The script would fail, or do something else than is written.
    Error,
    /// It is most likely not what was meant.
    Warning,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// The kind of mistake, for programs: `unknown_function`.
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
    pub place: Place,
}

impl Diagnostic {
    /// An error of the configuration that may not matter to what runs.
    #[must_use]
    pub fn warning(code: &'static str, error: &Error) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            code,
            message: error.message().to_owned(),
            hint: error.hint_text().map(str::to_owned),
            place: error.place().cloned().unwrap_or_else(|| Place::file(USUAL)),
        }
    }

    /// By file, then from the top to the bottom; of one place the errors first.
    pub fn sort(all: &mut Vec<Diagnostic>) {
        all.sort_by(|a, b| {
            let key = |it: &Diagnostic| {
                (it.place.line, it.place.column, it.severity, it.code, it.message.clone())
            };
            a.place.file.cmp(&b.place.file).then_with(|| key(a).cmp(&key(b)))
        });
        all.dedup();
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// As the error that ends a command.
    #[must_use]
    pub fn error(&self) -> Error {
        let error = Error::new(Code::Script, self.message.clone()).at(self.place.clone());
        match &self.hint {
            Some(hint) => error.hint(hint.clone()),
            None => error,
        }
    }
}

/// One error for all mistakes; warnings are left out. None: there are no mistakes.
#[must_use]
pub fn as_error(found: &[Diagnostic]) -> Option<Error> {
    let errors: Vec<&Diagnostic> = found.iter().filter(|it| it.is_error()).collect();
    match errors.as_slice() {
        [] => None,
        [only] => Some(only.error()),
        [first, ..] => {
            let files = errors.iter().any(|it| it.place.file != first.place.file);
            let within = if files { "the scripts" } else { first.place.file.as_str() };
            let message = format!("{} mistakes in {within}", errors.len());
            let error = errors.iter().fold(Error::new(Code::Script, message), |error, it| {
                let message = match &it.hint {
                    Some(hint) => format!("{} ({hint})", it.message),
                    None => it.message.clone(),
                };
                error.finding(message, it.place.clone())
            });
            Some(error.hint("correct them; `imgctl check` shows those of all scripts"))
        }
    }
}
