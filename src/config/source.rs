//! Where a setting was written, so that a message can point there.

use serde_json::Value;

use super::locate;
use super::mistake::Mistake;
use super::path::KeyPath;
use crate::Error;

/// One of the documents that make up the configuration.
#[derive(Debug, Clone)]
pub struct Source {
    /// `config.yaml`, `--set ssh.jump`.
    pub name: String,
    /// None: lines mean nothing here.
    pub text: Option<String>,
    pub document: Value,
}

impl Source {
    pub fn place(&self, path: &KeyPath) -> String {
        match &self.text {
            Some(text) => locate::place(text, &self.name, path),
            None => self.name.clone(),
        }
    }

    /// One error for all mistakes of this source.
    pub fn error(&self, mistakes: Vec<Mistake>) -> Error {
        let count = mistakes.len();
        let mut lines = mistakes.into_iter().map(|mistake| {
            (format!("{}: {}", self.place(&mistake.path), mistake.message), mistake.hint)
        });
        match (count, lines.next()) {
            (1, Some((message, hint))) => {
                let error = Error::config(message);
                if let Some(hint) = hint { error.hint(hint) } else { error }
            }
            (_, first) => first.into_iter().chain(lines).fold(
                Error::config(format!("{count} settings in {} are wrong", self.name)),
                |error, (message, hint)| match hint {
                    Some(hint) => error.cause(format!("{message} ({hint})")),
                    None => error.cause(message),
                },
            ),
        }
    }
}

/// The place of a value that may stand at any of these paths, the strongest first; the last source
/// is the strongest.
pub fn find(sources: &[Source], paths: &[KeyPath]) -> Option<(String, KeyPath)> {
    paths.iter().find_map(|path| {
        let holder = sources.iter().rev().find(|source| path.find(&source.document).is_some())?;
        Some((holder.place(path), path.clone()))
    })
}
