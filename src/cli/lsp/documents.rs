//! The texts that the editor has open: what is checked, whatever is on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::position::Encoding;
use super::uri;
use crate::script::sources::Unsaved;

/// A text that is open.
#[derive(Debug, Clone)]
pub struct Document {
    pub uri: Uri,
    pub path: PathBuf,
    pub text: String,
    pub version: i32,
}

impl Document {
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "rhai")
    }

    /// `config.yaml`: other files of YAML are no configuration, as far as can be told.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == crate::config::USUAL)
    }
}

/// All of them, by their addresses.
#[derive(Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
    /// Their texts by their paths, made anew when one changes.
    texts: Arc<Unsaved>,
}

impl Documents {
    /// A text that is not a file of this machine has a path that leads nowhere, and is checked alone.
    pub fn open(&mut self, uri: Uri, text: String, version: i32) {
        let path = uri::path(&uri).unwrap_or_else(|| PathBuf::from(uri.as_str()));
        self.open.insert(uri.as_str().to_owned(), Document { uri, path, text, version });
        self.remember();
    }

    /// False: it is not open.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.get_mut(uri.as_str()) else { return false };
        for change in changes {
            let Some(range) = change.range else {
                document.text = change.text;
                continue;
            };
            let start = encoding.offset(&document.text, range.start);
            let end = encoding.offset(&document.text, range.end).max(start);
            document.text.replace_range(start..end, &change.text);
        }
        document.version = version;
        self.remember();
        true
    }

    /// False: it was not open.
    pub fn close(&mut self, uri: &Uri) -> bool {
        let was_open = self.open.remove(uri.as_str()).is_some();
        self.remember();
        was_open
    }

    #[must_use]
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri.as_str())
    }

    pub fn all(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }

    /// The text of a file, if it is open.
    #[must_use]
    pub fn text(&self, path: &Path) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    #[must_use]
    pub fn texts(&self) -> &Arc<Unsaved> {
        &self.texts
    }

    fn remember(&mut self) {
        let all = self.open.values().map(|it| (it.path.clone(), it.text.clone()));
        self.texts = Arc::new(all.collect());
    }
}
