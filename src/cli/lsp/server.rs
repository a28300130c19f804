//! The loop: a message, its answer, and once nothing has been typed for a moment the mistakes.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

use lsp_server::{ErrorCode, Message, Notification, Response};
use lsp_types::PublishDiagnosticsParams;
use lsp_types::notification::{Notification as _, PublishDiagnostics};

use super::documents::{Document, Documents};
use super::position::Encoding;
use super::problems::State;
use super::wire::{self, Incoming, Outgoing};
use crate::report::{Level, Report};
use crate::script::editor::Desk;
use crate::ui::Ui;
use crate::{Error, Result};

/// Serves until `exit`, or until the editor is gone: 0 if it has said `shutdown` before.
///
/// # Errors
/// The editor cannot be written to.
pub fn serve(ui: &Arc<Ui>) -> Result<u8> {
    let incoming = wire::incoming();
    let mut server = Server::new(ui);
    while !server.ended {
        let next = match server.due {
            None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => incoming.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        match next {
            Ok(Incoming::Message(message)) => server.receive(message)?,
            Ok(Incoming::Malformed(why)) => {
                server.tell(&why);
                server.out.refuse(&why)?;
            }
            Err(RecvTimeoutError::Timeout) => server.publish()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(u8::from(!server.is_shut_down))
}

/// What was typed, opened, closed or saved.
#[derive(Default)]
pub struct Changed {
    pub files: BTreeSet<PathBuf>,
    /// It may be anything: config.yaml, or a file that an import could not find.
    pub everything: bool,
}

pub struct Server {
    pub ui: Arc<Ui>,
    pub out: Outgoing,
    pub desk: Desk,
    pub documents: Documents,
    /// The folders that the editor has open.
    pub opened: Vec<PathBuf>,
    pub encoding: Encoding,
    /// When the mistakes are looked for. None: nothing has changed.
    pub due: Option<Instant>,
    /// What has changed since then.
    pub changed: Changed,
    /// The files that the mistakes of each document depend on, by its address.
    read: BTreeMap<String, BTreeSet<PathBuf>>,
    /// What the editor shows.
    pub shown: Vec<PublishDiagnosticsParams>,
    pub is_initialized: bool,
    pub watches: bool,
    pub is_shut_down: bool,
    pub ended: bool,
}

impl Server {
    fn new(ui: &Arc<Ui>) -> Server {
        Server {
            ui: ui.clone(),
            out: Outgoing,
            desk: Desk::new(),
            documents: Documents::default(),
            opened: Vec::new(),
            encoding: Encoding::Utf16,
            due: None,
            changed: Changed::default(),
            read: BTreeMap::new(),
            shown: Vec::new(),
            is_initialized: false,
            watches: false,
            is_shut_down: false,
            ended: false,
        }
    }

    pub fn state(&self) -> State<'_> {
        State {
            desk: &self.desk,
            documents: &self.documents,
            opened: &self.opened,
            encoding: self.encoding,
        }
    }

    /// Into the log of the editor, which shows what a server writes to standard error.
    pub fn tell(&self, what: &str) {
        self.ui.log(Level::Warning, what);
    }

    fn receive(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                // A defect of one answer must not take the others away from who is typing.
                let answer = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
                let answer = answer.unwrap_or_else(|panic| {
                    Err((ErrorCode::InternalError, Error::panicked(&*panic).to_string()))
                });
                self.out.send(match answer {
                    Ok(result) => Response::new_ok(id, result),
                    Err((code, why)) => Response::new_err(id, code as i32, why),
                })
            }
            Message::Notification(notification) => {
                let method = notification.method.clone();
                let noted = catch_unwind(AssertUnwindSafe(|| self.note(notification)));
                match noted {
                    Ok(noted) => noted,
                    Err(panic) => {
                        self.tell(&format!("{method}: {}", Error::panicked(&*panic)));
                        Ok(())
                    }
                }
            }
            Message::Response(_) => Ok(()),
        }
    }

    /// Tells the mistakes of what has changed, then of what depends on it, where the editor shows others.
    fn publish(&mut self) -> Result<()> {
        self.due = None;
        let changed = std::mem::take(&mut self.changed);
        let is_edited = |it: &Document| changed.files.contains(&it.path);
        let depends = |it: &Document| {
            let read = self.read.get(it.uri.as_str());
            changed.everything || read.is_some_and(|read| !read.is_disjoint(&changed.files))
        };
        let (first, others): (Vec<&Document>, Vec<&Document>) = self
            .documents
            .all()
            .filter(|it| is_edited(it) || depends(it))
            .partition(|it| is_edited(it));
        let turns = [first, others].map(|all| all.into_iter().cloned().collect::<Vec<Document>>());
        turns.iter().try_for_each(|documents| self.check(documents))
    }

    fn check(&mut self, documents: &[Document]) -> Result<()> {
        let state = self.state();
        let check = || documents.iter().map(|it| state.problems(it)).collect::<Vec<_>>();
        let found = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(found) => found,
            Err(panic) => {
                self.tell(&Error::panicked(&*panic).to_string());
                return Ok(());
            }
        };
        for (problems, read) in found {
            self.read.insert(problems.uri.as_str().to_owned(), read);
            if self.shown.contains(&problems) {
                continue;
            }
            self.show(&problems)?;
            self.shown.retain(|it| it.uri != problems.uri);
            self.shown.push(problems);
        }
        Ok(())
    }

    pub fn show(&self, problems: &PublishDiagnosticsParams) -> Result<()> {
        self.out.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), problems))
    }
}
