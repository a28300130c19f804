//! Operations: changes that Google is carrying out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::api::Ask;
use super::fault::{Failure, Refusal};
use super::name::last;
use super::provider::Gce;
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// How long an operation may be unknown after it was started: not all of Google's servers know it at
/// once.
const UNKNOWN: Duration = Duration::from_secs(30);

/// How long Google may be unreachable or in trouble while a change is carried out: the change does not
/// depend on it.
const TROUBLE: Duration = Duration::from_secs(300);

/// A change to request.
pub struct Change<'a> {
    pub method: Method,
    /// Below the project: `zones/Z/instances`.
    pub path: String,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Value>,
    /// The same on every try, so that the change is carried out once.
    pub request_id: String,
    pub purpose: String,
    pub patience: Duration,
}

impl<'a> Change<'a> {
    pub fn new(method: Method, path: String, purpose: String, patience: Duration) -> Change<'a> {
        let request_id = uuid::Uuid::new_v4().to_string();
        Change { method, path, query: &[], body: None, request_id, purpose, patience }
    }
}

impl Gce {
    /// Requests a change and waits until it is carried out.
    pub(super) async fn change(&self, change: &Change<'_>, watch: &Watch) -> Result<(), Failure> {
        let mut query = change.query.to_vec();
        query.push(("requestId", &change.request_id));
        let path = format!("{}/{}", self.root(watch).await?, change.path);
        let ask = Ask {
            method: change.method.clone(),
            path: &path,
            query: &query,
            body: change.body.clone(),
            purpose: &change.purpose,
            repeatable: true,
            is_look: false,
        };
        let operation = self.api.ask(&ask, watch).await?;
        self.wait(operation, &change.purpose, change.patience, watch).await
    }

    /// Waits until an operation has ended, by the `wait` call, which answers as soon as it has, or
    /// after two minutes. Only the operation's own error is a refusal: if the `wait` call is refused,
    /// the change continues.
    pub(super) async fn wait(
        &self,
        operation: Value,
        purpose: &str,
        patience: Duration,
        watch: &Watch,
    ) -> Result<(), Failure> {
        let name = operation["name"].as_str().unwrap_or_default().to_owned();
        let place = match (operation["zone"].as_str(), operation["region"].as_str()) {
            (Some(zone), _) => format!("zones/{}", last(zone)),
            (None, Some(region)) => format!("regions/{}", last(region)),
            (None, None) => "global".to_owned(),
        };
        let path = format!("{}/{place}/operations/{name}/wait", self.root(watch).await?);
        let ask = Ask {
            method: Method::POST,
            path: &path,
            query: &[],
            body: None,
            purpose,
            repeatable: true,
            is_look: true,
        };
        // Since when Google cannot be asked.
        let trouble: Mutex<Option<Instant>> = Mutex::new(None);
        let state = || trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // The first look is at the operation as the call returned it, if that has ended.
        let first = Mutex::new(Some(operation).filter(|operation| operation["status"] == "DONE"));
        let began = Instant::now();
        let look = || async {
            let known = first.lock().ok().and_then(|mut first| first.take());
            let now = match known {
                Some(operation) => operation,
                None => match self.api.ask(&ask, watch).await {
                    Ok(operation) => operation,
                    Err(Failure::Refused(refusal))
                        if refusal.status == StatusCode::NOT_FOUND && began.elapsed() < UNKNOWN =>
                    {
                        return Ok(Poll::Pending("its operation is not known yet".to_owned()));
                    }
                    Err(failure) if passes(&failure) => {
                        if state().get_or_insert_with(Instant::now).elapsed() >= TROUBLE {
                            return Err(unseen(failure, &name));
                        }
                        return Ok(Poll::Pending(told(failure)));
                    }
                    Err(failure) => return Err(unseen(failure, &name)),
                },
            };
            *state() = None;
            if now["status"] == "DONE" {
                let whose = self.api.credentials.place();
                let ended = Refusal::of_operation(purpose, &now, whose).map_or(Ok(()), Err);
                return Ok(Poll::Ready(ended.map_err(Failure::from)));
            }
            let status = now["status"].as_str().unwrap_or("of unknown state").to_lowercase();
            let percent = now["progress"].as_u64().unwrap_or_default();
            Ok(Poll::Pending(format!("the operation is {status}, {percent} %")))
        };
        let what = format!("Google to {purpose}");
        wait::until(&what, Patience::for_up_to(patience), watch, look).await?
    }
}

/// Whether the same look may succeed later.
fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refusal) => refusal.status.is_server_error() || refusal.is_rate(),
        Failure::Other(error) => [Code::Connection, Code::Timeout].contains(&error.code()),
    }
}

/// A failure in one line.
fn told(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.message,
        Failure::Other(error) => error.to_string(),
    }
}

/// The error for a change that Google has accepted, and whose operation cannot be read.
fn unseen(failure: Failure, operation: &str) -> Error {
    let again = "run the same command again to continue, or `imgctl destroy` to undo it";
    let cause = format!("{operation} has started and cannot be followed");
    let refusal = match failure {
        Failure::Refused(refusal) => refusal,
        Failure::Other(error) if [Code::Connection, Code::Timeout].contains(&error.code()) => {
            return error.cause(cause).hint(again);
        }
        Failure::Other(error) => return error,
    };
    let hint = refusal.hint().map_or(again.to_owned(), |hint| format!("{hint}; then {again}"));
    // It is the operation that is not found, not the resource.
    let is_missing = refusal.status == StatusCode::NOT_FOUND;
    let error = refusal.into_error().cause(cause);
    if is_missing { error.with_code(Code::Failed) } else { error }.hint(hint)
}
