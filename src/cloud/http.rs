//! HTTP for the clouds without an SDK: one client, one retry policy.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::report::Watch;
use crate::{Code, Error, Result};

/// For the name to be found, TCP and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// For a whole exchange. No call of these clouds takes long: what takes long is polled for.
const TIMEOUT: Duration = Duration::from_secs(120);
const TRIES: usize = 7;
/// A server that asks for more patience than this gets asked again after it all the same.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// A request that can be sent more than once.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: String,
    /// Those with secrets must be marked as sensitive.
    pub headers: HeaderMap,
    pub body: Option<Value>,
    /// Sent as a form, where there is no body.
    pub form: Vec<(&'static str, String)>,
    /// What it is for, in messages: `list images`.
    pub purpose: String,
    /// Whether a second one does no harm when the first was carried out and its reply lost. GET, PUT
    /// and DELETE are taken to be so; a POST is only if it carries an idempotency token.
    pub repeatable: bool,
    /// Tries in all. The usual number spans about half a minute with the delays between them.
    pub tries: usize,
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
            purpose,
            repeatable,
            tries: TRIES,
        }
    }
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub struct Http(Client);

impl Http {
    /// `adjust` may add certificates and the like.
    pub fn new(
        adjust: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Http> {
        let builder = Client::builder()
            .user_agent(concat!("imgctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        adjust(builder).build().map(Http).map_err(|error| {
            Error::config("the HTTP client cannot be set up").cause(causes(&error))
        })
    }

    /// Sends until there is an answer worth having. Tried again are connections that could not be
    /// made, 429 and 503 (the request was turned away); and for repeatable requests also lost
    /// replies and other 5xx but 501. Any other status is the caller's to judge.
    pub async fn send(&self, request: &Request, watch: &Watch) -> Result<Response> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(300))
            .with_max_delay(Duration::from_secs(10))
            .with_factor(2.0)
            .with_jitter()
            .with_max_times(request.tries.saturating_sub(1))
            .build();
        let activity = watch.report.activity(&request.purpose);
        loop {
            let tried = watch.guard(async { Ok(self.once(request).await) }).await?;
            let (why, asked) = match &tried {
                Ok(response) if worth_another(response, request.repeatable) => {
                    (format!("answered with {}", response.status), retry_after(response))
                }
                // An address that is none will not become one.
                Err(error) if error.is_builder() => return Err(unusable(request, error)),
                // Nor will a stranger become known.
                Err(error) if is_stranger(error) => return Err(untrusted(request, error)),
                Err(error) if error.is_connect() || request.repeatable => (causes(error), None),
                _ => (String::new(), None),
            };
            let delay = if why.is_empty() { None } else { delays.next() };
            let Some(delay) = delay else {
                return tried.map_err(|error| unreachable(request, &error));
            };
            activity.status(&format!("{why}; trying again"));
            let delay = asked.unwrap_or(delay).min(LONGEST_DELAY);
            watch
                .guard(async {
                    tokio::time::sleep(delay).await;
                    Ok(())
                })
                .await?;
        }
    }

    async fn once(&self, request: &Request) -> reqwest::Result<Response> {
        let mut builder = self.0.request(request.method.clone(), &request.url);
        builder = builder.headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.json(body);
        } else if !request.form.is_empty() {
            builder = builder.form(&request.form);
        }
        let response = builder.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Response { status, headers, body: response.bytes().await?.to_vec() })
    }
}

fn worth_another(response: &Response, repeatable: bool) -> bool {
    let status = response.status;
    // What it does not know how to do it will not learn meanwhile.
    if status == StatusCode::NOT_IMPLEMENTED {
        return false;
    }
    let turned_away = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    // Older OpenStack, and Rackspace, limit the rate by 413; a quota has no time to try again, or 0.
    let limited = status == StatusCode::PAYLOAD_TOO_LARGE && retry_after(response).is_some();
    limited || turned_away.contains(&status) || repeatable && status.is_server_error()
}

/// Seconds, if it is any time at all; the form with a date is rare. Both fall back to our own delays.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

fn unusable(request: &Request, error: &reqwest::Error) -> Error {
    Error::config(format!("cannot {}: the address is none", request.purpose))
        .cause(causes(error))
        .hint("an address begins with https://")
}

/// Whether it is the server's certificate that was not taken.
fn is_stranger(error: &reqwest::Error) -> bool {
    causes(error).to_lowercase().contains("certificate verify failed")
}

fn untrusted(request: &Request, error: &reqwest::Error) -> Error {
    let host = origin(request);
    Error::new(Code::Connection, format!("cannot {}: {host} is not trusted", request.purpose))
        .cause(causes(error))
        .hint(
            "is it the right address? An authority of your own is named by OS_CACERT, or by cacert \
             in clouds.yaml, for OpenStack; for other clouds it belongs to the system's",
        )
}

fn origin(request: &Request) -> String {
    reqwest::Url::parse(&request.url)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}

fn unreachable(request: &Request, error: &reqwest::Error) -> Error {
    let host = origin(request);
    let code = if error.is_timeout() { Code::Timeout } else { Code::Connection };
    Error::new(code, format!("cannot {}: {host} does not answer", request.purpose))
        .cause(causes(error))
        .hint("check the endpoint, the network and any proxy")
}

/// An error with what is behind it, without the address, which may hold a secret.
fn causes(error: &reqwest::Error) -> String {
    let mut text = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = next {
        text.push(error.to_string());
        next = error.source();
    }
    if text.is_empty() { "the exchange broke off".to_owned() } else { text.join(": ") }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn response(status: u16, after: Option<&'static str>) -> Response {
        let headers = after.map(|after| (RETRY_AFTER, HeaderValue::from_static(after)));
        let status = StatusCode::from_u16(status).unwrap();
        Response { status, headers: headers.into_iter().collect(), body: Vec::new() }
    }

    #[test]
    fn a_limit_passes_and_a_quota_does_not() {
        let again = |status, after| worth_another(&response(status, after), false);
        assert!(again(429, None) && again(503, None) && again(413, Some("3")));
        assert!(!again(413, None) && !again(413, Some("0")) && !again(403, Some("3")));
    }

    #[test]
    fn no_server_makes_us_hurry() {
        assert_eq!(retry_after(&response(429, Some("3"))), Some(Duration::from_secs(3)));
        assert_eq!(retry_after(&response(429, Some("0"))), None, "the usual delay, then");
        assert_eq!(retry_after(&response(429, Some("Mon, 23 Nov 2026 09:00:00 GMT"))), None);
    }
}
