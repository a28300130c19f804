//! One call of the API: address, token, and the answer or refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::credentials::{Credentials, bearer};
use super::fault::{Failure, Refusal};
use crate::cloud::http::{Http, Request, Response};
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Error, Result};

const ENDPOINT: &str = "https://compute.googleapis.com/compute/v1/";
/// The `wait` call answers after two minutes at the latest.
const TIMEOUT: Duration = Duration::from_secs(180);
/// How long to wait for a limit on calls, which are counted by the minute, or for a busy resource.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two calls over the limit. Refused calls count, too: with shorter gaps the limit would stay
/// exhausted.
const GAP: Duration = Duration::from_millis(2500);

/// A call with its body and parameters.
pub struct Ask<'a> {
    pub method: Method,
    /// Below the endpoint: `projects/P/global/images`.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Value>,
    /// In messages, after "cannot": `start instance NAME`.
    pub purpose: &'a str,
    /// Whether it may be sent twice although it is a POST: it has a request id, or only reads.
    pub repeatable: bool,
    /// Whether the caller repeats it: then few tries are enough.
    pub is_look: bool,
}

/// The tries of a look.
const LOOKS: usize = 2;

impl<'a> Ask<'a> {
    pub fn get(path: &'a str, query: &'a [(&'a str, &'a str)], purpose: &'a str) -> Ask<'a> {
        Ask {
            method: Method::GET,
            path,
            query,
            body: None,
            purpose,
            repeatable: true,
            is_look: false,
        }
    }
}

pub struct Api {
    http: Http,
    endpoint: Url,
    pub credentials: Arc<Credentials>,
}

impl Api {
    pub fn new(endpoint: Option<&str>, credentials: Arc<Credentials>) -> Result<Api> {
        let text = endpoint.unwrap_or(ENDPOINT);
        let endpoint =
            Url::parse(text).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
                Error::config(format!("clouds.gce.endpoint: `{text}` is not a valid address"))
                    .hint(format!("omit it, or set it to an address such as {ENDPOINT}"))
            })?;
        let make = |_: &()| Http::new(|builder| builder.timeout(TIMEOUT));
        let http = credentials.http.of((), make)?;
        Ok(Api { http, endpoint, credentials })
    }

    /// The JSON of the answer, or the refusal. Waits where the rate of calls is too high, or the
    /// resource is not ready.
    pub async fn ask(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Value, Failure> {
        let refusal = match self.once(ask, watch).await {
            Err(Failure::Refused(refusal)) if refusal.is_rate() || refusal.is_not_ready() => {
                refusal
            }
            answer => return answer,
        };
        let mut patience = Patience::for_up_to(PATIENCE);
        if refusal.is_rate() {
            patience = patience.with_gaps_of(GAP);
        }
        let what = format!("Google to {}", ask.purpose);
        let retried = AtomicBool::new(refusal.retried);
        // The first look is at the refusal that has been received already.
        let first = std::sync::Mutex::new(Some(refusal));
        let look = || async {
            let known = first.lock().ok().and_then(|mut first| first.take());
            let answer = match known {
                Some(refusal) => Err(refusal.into()),
                None => self.once(ask, watch).await,
            };
            match answer {
                Ok(answer) => Ok(Poll::Ready(Ok(answer))),
                Err(Failure::Refused(mut refusal)) => {
                    refusal.retried |= retried.fetch_or(refusal.retried, Ordering::Relaxed);
                    let passes = refusal.is_rate() || refusal.is_not_ready();
                    Ok(if passes {
                        Poll::Pending(refusal.message)
                    } else {
                        Poll::Ready(Err(refusal.into()))
                    })
                }
                Err(failure) => Ok(Poll::Ready(Err(failure))),
            }
        };
        wait::until(&what, patience, watch, look).await?
    }

    async fn once(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Value, Failure> {
        let (mut renewed, mut retried) = (false, false);
        loop {
            let token = self.credentials.token(&self.http, watch).await?;
            let mut response = self.http.send(&self.request(ask, &token)?, watch).await?;
            retried |= response.retried;
            response.retried = retried;
            // The token was revoked, or expired early: a new one may be accepted.
            if response.status == StatusCode::UNAUTHORIZED && !renewed {
                self.credentials.refused(&token).await;
                renewed = true;
                continue;
            }
            return self.judge(ask, &response);
        }
    }

    fn request(&self, ask: &Ask<'_>, token: &str) -> Result<Request> {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(ask.path.split('/'));
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let mut request = Request::new(ask.method.clone(), url, ask.purpose);
        request.headers.insert(AUTHORIZATION, bearer(token)?);
        request.body.clone_from(&ask.body);
        request.repeatable |= ask.repeatable;
        request.is_shown = true;
        if ask.is_look {
            request.tries = LOOKS;
        }
        Ok(request)
    }

    fn judge(&self, ask: &Ask<'_>, response: &Response) -> Result<Value, Failure> {
        let answer = response.json();
        if !response.status.is_success() {
            let place = self.credentials.place();
            let mut refusal = Refusal::of_answer(ask.purpose, response.status, &answer, place);
            refusal.retried = response.retried;
            return Err(refusal.into());
        }
        if !answer.is_object() {
            let host = self.endpoint.origin().ascii_serialization();
            let error =
                Error::failed(format!("cannot {}: the answer of {host} is not JSON", ask.purpose));
            return Err(error
                .hint("check clouds.gce.endpoint: it must be the address of the Compute API")
                .into());
        }
        Ok(answer)
    }

    /// None for a resource that does not exist.
    pub async fn find(&self, path: &str, purpose: &str, watch: &Watch) -> Result<Option<Value>> {
        match self.ask(&Ask::get(path, &[], purpose), watch).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }
}
