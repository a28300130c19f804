//! One exchange with the API: address, token, and what a refusal says.

use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::credentials::{Credentials, bearer};
use super::failure::{Failure, Refusal};
use crate::cloud::http::{Http, Request, Response};
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Error, Result};

const ENDPOINT: &str = "https://compute.googleapis.com/compute/v1/";
/// The `wait` call answers after two minutes at the latest.
const TIMEOUT: Duration = Duration::from_secs(180);
/// For a limit on the number of calls, which is one a minute, to let us in again; and for what is busy.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Api {
    http: Http,
    endpoint: Url,
    pub credentials: Credentials,
}

/// Between two calls that are too many: less would use up what is allowed all the time.
const GAP: Duration = Duration::from_millis(2500);

/// A call whose body and parameters are there already.
pub struct Ask<'a> {
    pub method: Method,
    /// Below the endpoint: `projects/P/global/images`.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Value>,
    /// What it is for, in messages: `start instance NAME`.
    pub purpose: &'a str,
    /// May be sent twice though it is a POST: it carries a request id, or only reads.
    pub repeatable: bool,
}

impl<'a> Ask<'a> {
    pub fn get(path: &'a str, query: &'a [(&'a str, &'a str)], purpose: &'a str) -> Ask<'a> {
        Ask { method: Method::GET, path, query, body: None, purpose, repeatable: true }
    }
}

impl Api {
    pub fn new(endpoint: Option<&str>, credentials: Credentials) -> Result<Api> {
        let text = endpoint.unwrap_or(ENDPOINT);
        let endpoint =
            Url::parse(text).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
                Error::config(format!("clouds.gce.endpoint: `{text}` is no address"))
                    .hint(format!("Google's is {ENDPOINT}"))
            })?;
        let http = Http::new(|builder| builder.timeout(TIMEOUT))?;
        Ok(Api { http, endpoint, credentials })
    }

    /// The JSON of the answer, or the refusal. Waits where only the rate of calls is too high, or what
    /// they are about is busy.
    pub async fn ask(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Value, Failure> {
        let refusal = match self.once(ask, watch).await {
            Err(Failure::Refused(refusal)) if refusal.is_rate() || refusal.is_busy() => refusal,
            answer => return answer,
        };
        let mut patience = Patience::for_up_to(PATIENCE);
        if refusal.is_rate() {
            patience = patience.with_gaps_of(GAP);
        }
        let what = format!("Google to {}", ask.purpose);
        // The first look is at what was said already.
        let first = std::sync::Mutex::new(Some(refusal));
        let look = || async {
            let known = first.lock().ok().and_then(|mut first| first.take());
            let answer = match known {
                Some(refusal) => Err(refusal.into()),
                None => self.once(ask, watch).await,
            };
            match answer {
                Ok(answer) => Ok(Poll::Ready(Ok(answer))),
                Err(Failure::Refused(refusal)) if refusal.is_rate() || refusal.is_busy() => {
                    Ok(Poll::Pending(refusal.message))
                }
                Err(failure) => Ok(Poll::Ready(Err(failure))),
            }
        };
        wait::until(&what, patience, watch, look).await?
    }

    async fn once(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Value, Failure> {
        let mut renewed = false;
        loop {
            let token = self.credentials.token(&self.http, watch).await?;
            let response = self.http.send(&self.request(ask, &token)?, watch).await?;
            // Ended sooner than promised, or revoked: a new one may do.
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
        Ok(request)
    }

    fn judge(&self, ask: &Ask<'_>, response: &Response) -> Result<Value, Failure> {
        let answer = response.json();
        if !response.status.is_success() {
            let place = self.credentials.place();
            return Err(Refusal::of_answer(ask.purpose, response.status, &answer, place).into());
        }
        if !answer.is_object() {
            let host = self.endpoint.origin().ascii_serialization();
            let error = Error::failed(format!("cannot {}: {host} gave no JSON", ask.purpose));
            return Err(error
                .hint("is clouds.gce.endpoint the address of the Compute API?")
                .into());
        }
        Ok(answer)
    }

    /// None where there is no such thing.
    pub async fn find(&self, path: &str, purpose: &str, watch: &Watch) -> Result<Option<Value>> {
        match self.ask(&Ask::get(path, &[], purpose), watch).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }
}
