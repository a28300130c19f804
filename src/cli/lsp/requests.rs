//! What editors ask, each question by its method.

use lsp_server::{ErrorCode, Request};
use lsp_types::TextDocumentPositionParams;
use lsp_types::request::{
    Completion, GotoDefinition, HoverRequest, Initialize, Request as _, Shutdown,
    SignatureHelpRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::hello;
use super::server::Server;

/// An answer, or why there is none.
pub type Answer = Result<serde_json::Value, (ErrorCode, String)>;

impl Server {
    /// # Errors
    /// Nothing is answered before `initialize` and after `shutdown`, nor what is not understood.
    pub fn answer(&mut self, request: Request) -> Answer {
        let method = request.method.as_str();
        if self.is_shut_down {
            return Err((ErrorCode::InvalidRequest, "the server is shut down".to_owned()));
        }
        if !self.is_initialized && method != Initialize::METHOD {
            let why = "`initialize` comes first".to_owned();
            return Err((ErrorCode::ServerNotInitialized, why));
        }
        if self.is_initialized && method == Initialize::METHOD {
            let why = "`initialize` is said once, and was".to_owned();
            return Err((ErrorCode::InvalidRequest, why));
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
}

/// Reads parameters.
///
/// # Errors
/// They are not those of the method.
pub fn read<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, (ErrorCode, String)> {
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
