//! The loop: a message, its answer, and once nothing has been typed for a moment the mistakes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Exit, Initialized, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    Completion, GotoDefinition, HoverRequest, Initialize, Request as _, Shutdown,
    SignatureHelpRequest,
};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    PublishDiagnosticsParams, TextDocumentPositionParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::documents::Documents;
use super::hello;
use super::position::Encoding;
use super::problems::State;
use super::wire::{self, Incoming, Outgoing};
use crate::report::{Level, Report};
use crate::script::editor::Desk;
use crate::ui::Ui;
use crate::{Error, Result};

/// Whoever types pauses longer than this only to read.
const PAUSE: Duration = Duration::from_millis(150);

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

struct Server {
    ui: Arc<Ui>,
    out: Outgoing,
    desk: Desk,
    documents: Documents,
    /// The folders that the editor has open.
    opened: Vec<PathBuf>,
    encoding: Encoding,
    /// When the mistakes are looked for. None: nothing has changed.
    due: Option<Instant>,
    /// What the editor shows.
    shown: Vec<PublishDiagnosticsParams>,
    is_initialized: bool,
    watches: bool,
    is_shut_down: bool,
    ended: bool,
}

/// An answer, or why there is none.
type Answer = Result<serde_json::Value, (ErrorCode, String)>;

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
            shown: Vec::new(),
            is_initialized: false,
            watches: false,
            is_shut_down: false,
            ended: false,
        }
    }

    fn state(&self) -> State<'_> {
        State {
            desk: &self.desk,
            documents: &self.documents,
            opened: &self.opened,
            encoding: self.encoding,
        }
    }

    /// Into the log of the editor, which shows what a server writes to standard error.
    fn tell(&self, what: &str) {
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

    fn answer(&mut self, request: Request) -> Answer {
        let method = request.method.as_str();
        if self.is_shut_down {
            return Err((ErrorCode::InvalidRequest, "the server is shut down".to_owned()));
        }
        if !self.is_initialized && method != Initialize::METHOD {
            let why = "`initialize` comes first".to_owned();
            return Err((ErrorCode::ServerNotInitialized, why));
        }
        let state = self.state();
        match method {
            Initialize::METHOD => {
                let hello = hello::read(parameters(request)?);
                (self.encoding, self.opened, self.watches) =
                    (hello.encoding, hello.opened, hello.watches);
                self.is_initialized = true;
                told(&hello::answer(self.encoding))
            }
            Shutdown::METHOD => {
                self.is_shut_down = true;
                Ok(serde_json::Value::Null)
            }
            HoverRequest::METHOD => told(&state.hover(&place(request)?)),
            Completion::METHOD => told(&state.complete(&place(request)?)),
            SignatureHelpRequest::METHOD => told(&state.signature(&place(request)?)),
            GotoDefinition::METHOD => match state.definition(&place(request)?) {
                Ok(found) => told(&found),
                Err(error) => Err((ErrorCode::RequestFailed, error.to_string())),
            },
            other => Err((ErrorCode::MethodNotFound, format!("`{other}` is not supported"))),
        }
    }

    fn note(&mut self, notification: Notification) -> Result<()> {
        let method = notification.method.clone();
        match self.noted(notification) {
            Ok(done) => done,
            Err((_, why)) => {
                self.tell(&format!("{method}: {why}"));
                Ok(())
            }
        }
    }

    fn noted(&mut self, it: Notification) -> Result<Result<()>, (ErrorCode, String)> {
        match it.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let opened = read::<DidOpenTextDocumentParams>(it.params)?;
                let opened = opened.text_document;
                self.documents.open(opened.uri, opened.text, opened.version);
                self.due = Some(Instant::now());
            }
            DidChangeTextDocument::METHOD => {
                let changed = read::<DidChangeTextDocumentParams>(it.params)?;
                let (document, changes) = (changed.text_document, changed.content_changes);
                let version = document.version;
                if !self.documents.change(&document.uri, version, changes, self.encoding) {
                    self.tell(&format!("{} is not open", document.uri.as_str()));
                }
                self.due = Some(Instant::now() + PAUSE);
            }
            DidCloseTextDocument::METHOD => {
                let closed = read::<DidCloseTextDocumentParams>(it.params)?;
                let uri = closed.text_document.uri;
                self.documents.close(&uri);
                self.shown.retain(|it| it.uri != uri);
                self.due = Some(Instant::now());
                // Its mistakes are those of what is on the disk, which nobody sees.
                return Ok(self.show(&PublishDiagnosticsParams::new(uri, Vec::new(), None)));
            }
            // Files that are imported may have changed, and config.yaml.
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                self.due = Some(Instant::now());
            }
            Initialized::METHOD if self.watches => return Ok(self.out.send(hello::watch())),
            Exit::METHOD => self.ended = true,
            _ => {}
        }
        Ok(Ok(()))
    }

    /// Tells the mistakes of all that is open, where the editor shows others.
    fn publish(&mut self) -> Result<()> {
        self.due = None;
        let state = self.state();
        let check = || state.documents.all().map(|it| state.problems(it)).collect::<Vec<_>>();
        let found = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(found) => found,
            Err(panic) => {
                self.tell(&Error::panicked(&*panic).to_string());
                return Ok(());
            }
        };
        let before = std::mem::replace(&mut self.shown, found);
        self.shown.iter().filter(|it| !before.contains(it)).try_for_each(|it| self.show(it))
    }

    fn show(&self, problems: &PublishDiagnosticsParams) -> Result<()> {
        self.out.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), problems))
    }
}

fn read<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(value).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn parameters<T: DeserializeOwned>(request: Request) -> Result<T, (ErrorCode, String)> {
    read(request.params)
}

/// The document and position that a request is about.
fn place(request: Request) -> Result<TextDocumentPositionParams, (ErrorCode, String)> {
    parameters(request)
}

fn told<T: Serialize>(answer: &T) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}
