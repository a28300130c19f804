//! What editors tell: texts that are opened, typed and closed.

use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Notification};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Exit, Initialized, Notification as _,
};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    PublishDiagnosticsParams, Uri,
};

use super::hello;
use super::requests::read;
use super::server::Server;
use crate::Result;

/// Whoever types pauses longer than this only to read.
const PAUSE: Duration = Duration::from_millis(150);

impl Server {
    /// What is not understood is logged.
    ///
    /// # Errors
    /// The editor cannot be written to.
    pub fn note(&mut self, notification: Notification) -> Result<()> {
        let method = notification.method.clone();
        match self.noted(notification) {
            Ok(done) => done,
            Err((_, why)) => {
                self.tell(&format!("{method}: {why}"));
                Ok(())
            }
        }
    }

    /// `may_be_new`: imports may find it now, or no longer.
    fn has_changed(&mut self, uri: &Uri, may_be_new: bool) {
        let Some(document) = self.documents.get(uri) else { return };
        let is_everything = document.is_config() || may_be_new && !document.path.is_file();
        let path = document.path.clone();
        self.changed.everything |= is_everything;
        self.changed.files.insert(path);
    }

    fn noted(&mut self, it: Notification) -> Result<Result<()>, (ErrorCode, String)> {
        match it.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let opened = read::<DidOpenTextDocumentParams>(it.params)?;
                let opened = opened.text_document;
                let uri = opened.uri.clone();
                self.documents.open(opened.uri, opened.text, opened.version);
                self.has_changed(&uri, true);
                self.due = Some(Instant::now());
            }
            DidChangeTextDocument::METHOD => {
                let changed = read::<DidChangeTextDocumentParams>(it.params)?;
                let (document, changes) = (changed.text_document, changed.content_changes);
                let version = document.version;
                if !self.documents.change(&document.uri, version, changes, self.encoding) {
                    self.tell(&format!("{} is not open", document.uri.as_str()));
                }
                self.has_changed(&document.uri, false);
                self.due = Some(Instant::now() + PAUSE);
            }
            DidCloseTextDocument::METHOD => {
                let closed = read::<DidCloseTextDocumentParams>(it.params)?;
                let uri = closed.text_document.uri;
                self.has_changed(&uri, true);
                self.documents.close(&uri);
                self.shown.retain(|it| it.uri != uri);
                self.due = Some(Instant::now());
                // Its mistakes are those of what is on the disk, which nobody sees.
                return Ok(self.show(&PublishDiagnosticsParams::new(uri, Vec::new(), None)));
            }
            // Files that are imported may have changed, and config.yaml.
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                self.changed.everything = true;
                self.due = Some(Instant::now());
            }
            Initialized::METHOD if self.watches => return Ok(self.out.send(hello::watch())),
            Exit::METHOD => self.ended = true,
            _ => {}
        }
        Ok(Ok(()))
    }
}
