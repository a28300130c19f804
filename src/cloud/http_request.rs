//! What is sent to a cloud without an SDK, and what comes back.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

const TRIES: usize = 7;

/// A request that can be sent more than once.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: String,
    /// Mark headers with secrets as sensitive.
    pub headers: HeaderMap,
    pub body: Option<Value>,
    /// Sent as a form if there is no body.
    pub form: Vec<(&'static str, String)>,
    /// Secrets in the body or the form. Headers are known to be secret by their mark.
    pub secrets: Vec<String>,
    /// Its purpose, for messages: `list images`.
    pub purpose: String,
    /// Whether a second request does no harm if the first was carried out and its reply lost. This is
    /// assumed for GET, PUT and DELETE; a POST is repeatable only with an idempotency token.
    pub repeatable: bool,
    /// It makes something that a second request would make again. A front door that has passed it on may
    /// answer with 503: only one that says when to come again has refused it for sure.
    pub makes: bool,
    /// Tries in all. The default takes about half a minute with the delays between them.
    pub tries: usize,
    /// GitHub limits the rate by 403, too: with a delay, it is retried.
    pub forbidden_is_limit: bool,
    /// `-vv` shows it and its reply. Requests for credentials are not shown.
    pub is_shown: bool,
}

impl Request {
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>, purpose: impl Into<String>) -> Request {
        let repeatable = method != Method::POST && method != Method::PATCH;
        let (url, purpose) = (url.into(), purpose.into());
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            form: Vec::new(),
            secrets: Vec::new(),
            purpose,
            repeatable,
            makes: false,
            tries: TRIES,
            forbidden_is_limit: false,
            is_shown: false,
        }
    }
}

/// The reply, whatever its status.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// An earlier try had no answer, or that of a server in trouble: it may still be carried out.
    pub retried: bool,
}

impl Response {
    /// The body as JSON; null if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
