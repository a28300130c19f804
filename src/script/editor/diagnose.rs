//! The mistakes of a script and of config.yaml, as `imgctl check` finds them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::desk::{Desk, Script};
use crate::config::{Config, Given};
use crate::script::check::{Checker, Diagnostic, Severity};
use crate::{Place, Result};

impl Desk {
    /// What is wrong in the script itself; the files that it imports have their own. With it the paths of
    /// all files that were read: a change of one may change what is found.
    #[must_use]
    pub fn diagnose(&self, script: &Script<'_>) -> (Vec<Diagnostic>, BTreeSet<PathBuf>) {
        let sources = self.sources(script);
        let mut checker = Checker::new(&self.engine, script.project, &sources, script.config);
        let source = script.source();
        checker.check(std::slice::from_ref(&source));
        let read = checker.read();
        let found = checker.finish().into_iter();
        (found.filter(|it| it.place.file == source.name).collect(), read)
    }
}

/// Reads a config.yaml that is edited: the configuration, or what is wrong. What depends on the environment
/// is left to those who run it.
///
/// # Errors
/// All mistakes of the text.
pub fn config(project: &Path, text: Option<&str>) -> Result<Config, Vec<Diagnostic>> {
    let given = Given { edited: text, ..Given::default() };
    Config::load(project, &given).map_err(|error| {
        let of = |message: String, hint: Option<&str>, place: Place| Diagnostic {
            severity: Severity::Error,
            code: error.code().name(),
            message,
            hint: hint.map(str::to_owned),
            place,
        };
        if !error.findings().is_empty() {
            let all = error.findings().iter();
            return all.map(|it| of(it.message.clone(), None, it.place.clone())).collect();
        }
        let place = error.place().cloned().unwrap_or_default();
        vec![of(error.to_string(), error.hint_text(), place)]
    })
}
