//! What is wrong in a document, where, and what to do about it.

use super::misfit::{Kind, Misfit};
use super::path::KeyPath;
use crate::error::nearest;

/// Something wrong at a path.
#[derive(Debug)]
pub struct Mistake {
    pub path: KeyPath,
    pub message: String,
    pub hint: Option<String>,
    /// The key at the end of the path does not exist.
    pub is_unknown: bool,
}

impl Mistake {
    pub fn new(path: KeyPath, problem: &str) -> Self {
        Mistake { message: format!("{path}: {problem}"), path, hint: None, is_unknown: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn unknown(path: KeyPath, name: &str, known: &[&str]) -> Self {
        let path = path.key(name);
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "remove it: no keys belong here".to_owned(),
            None => format!("use one of: {}", known.join(", ")),
        };
        Mistake { message: format!("unknown key {path}"), path, hint: Some(hint), is_unknown: true }
    }

    /// `at` is the path of the value that was read.
    pub fn of(misfit: Misfit, at: &KeyPath) -> Self {
        let misfit = misfit.without_secret(at);
        let path = at.join(misfit.path.clone());
        match misfit.kind {
            Kind::Unknown { name, known } => Mistake::unknown(path, &name, known),
            Kind::Choice { ref name, known } => {
                let mistake = Mistake::new(path, &misfit.to_string());
                match nearest(name, known.iter().copied()) {
                    Some(near) => mistake.hint(format!("did you mean `{near}`?")),
                    None => mistake,
                }
            }
            _ => {
                let mistake = Mistake::new(path, &misfit.to_string());
                match misfit.cure() {
                    Some(cure) => mistake.hint(cure),
                    None => mistake,
                }
            }
        }
    }
}
