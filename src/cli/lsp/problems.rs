//! The mistakes of a document, as the editor shows them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lsp_types::{DiagnosticSeverity, NumberOrString, PublishDiagnosticsParams};

use super::documents::{Document, Documents};
use super::position::Encoding;
use super::projects;
use crate::config::USUAL;
use crate::script::check::{Diagnostic, Severity};
use crate::script::editor::{Desk, Script};

/// What the editor has, and how it counts.
pub struct State<'s> {
    pub desk: &'s Desk,
    pub documents: &'s Documents,
    pub opened: &'s [std::path::PathBuf],
    pub encoding: Encoding,
}

impl State<'_> {
    /// All mistakes of a text that is open, and the files that they depend on; none for a text of another
    /// kind.
    #[must_use]
    pub fn problems(&self, document: &Document) -> (PublishDiagnosticsParams, BTreeSet<PathBuf>) {
        let project = projects::folder(&document.path, self.documents, self.opened);
        let config = projects::config(&project, self.documents);
        let mut read = BTreeSet::new();
        let found: Vec<Diagnostic> = if document.is_config() {
            let is_here = |it: &Diagnostic| it.place.file == USUAL || it.place.file.is_empty();
            config.err().unwrap_or_default().into_iter().filter(is_here).collect()
        } else if document.is_script() {
            let (found, files) = self.desk.diagnose(&Script {
                project: &project,
                path: &document.path,
                text: &document.text,
                unsaved: self.documents.texts(),
                config: config.ok().as_ref(),
            });
            read = files;
            found
        } else {
            Vec::new()
        };
        let problems = PublishDiagnosticsParams {
            uri: document.uri.clone(),
            version: Some(document.version),
            diagnostics: found.iter().map(|it| self.shown(document, it)).collect(),
        };
        (problems, read)
    }

    fn shown(&self, document: &Document, found: &Diagnostic) -> lsp_types::Diagnostic {
        let place = &found.place;
        // Without a column the whole line is meant.
        let (column, length) = match place.column {
            Some(column) => (column, place.length.max(1)),
            None => (1, usize::from(u16::MAX)),
        };
        let line = place.line.unwrap_or(1);
        let hint = found.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
        lsp_types::Diagnostic {
            range: self.encoding.of_place(&document.text, line, column, length),
            severity: Some(match found.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(found.code.to_owned())),
            source: Some("imgctl".to_owned()),
            message: found.message.clone() + hint.as_deref().unwrap_or_default(),
            ..lsp_types::Diagnostic::default()
        }
    }
}
