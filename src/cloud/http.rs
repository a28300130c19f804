//! HTTP for the clouds without an SDK: one client, one retry policy.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{CONTENT_LENGTH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::Value;

pub use super::http_request::{Request, Response};
use super::patience::{CONNECT_TIMEOUT, patiently};
use super::redirect::{self, Redirect};
use super::{proxy, traffic, trusted};
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// For a whole request. No call of these clouds takes long: long operations are polled.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Bytes of a reply: the longest lists have some megabytes.
const MOST: usize = 16 << 20;
/// The longest delay, even if the server asks for a longer one.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    /// The servers to which a connection failed, and that was told.
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl Http {
    /// `adjust` may add certificates and the like.
    pub fn new(
        adjust: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Http> {
        proxy::check()?;
        trusted::check()?;
        let builder = Client::builder()
            .user_agent(concat!("imgctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none());
        adjust(builder)
            .build()
            .map(|client| Http { client, told: Arc::default() })
            .map_err(|error| Error::config("cannot set up the HTTP client").cause(causes(&error)))
    }

    /// The same connections for somebody else, who tells what cannot be reached as well.
    #[must_use]
    pub fn beside(&self) -> Http {
        Http { client: self.client.clone(), told: Arc::default() }
    }

    /// Sends a request, with retries: after failed connections, 429 and 503 (the request was
    /// rejected; not surely, if it makes something), and for repeatable requests also after lost replies
    /// and other 5xx except 501. The caller handles any other status.
    pub async fn send(&self, request: &Request, watch: &Watch) -> Result<Response> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(300))
            .with_max_delay(Duration::from_secs(10))
            .with_factor(2.0)
            .with_jitter()
            .with_max_times(request.tries.saturating_sub(1))
            .build();
        let activity = watch.report.activity(&request.purpose);
        hide(request, watch);
        let mut retried = false;
        loop {
            show_request(request, watch);
            let tell = || self.tell(request, "no answer yet; waiting", watch);
            let tried = patiently(self.once(request), tell);
            let tried = watch.guard(async { Ok(tried.await) }).await?;
            let mut tried = match tried {
                Ok(Err(useless)) => return Err(useless.error(request)),
                Ok(Ok(response)) => Ok(response),
                Err(error) => Err(error),
            };
            match &mut tried {
                Ok(response) => {
                    response.retried = retried;
                    show_reply(request, response, watch);
                }
                Err(error) => retried |= !error.is_connect(),
            }
            retried |= tried.as_ref().is_ok_and(|response| response.status.is_server_error());
            let (why, asked) = match &tried {
                Ok(response)
                    if worth_another(response, request)
                        || request.forbidden_is_limit && is_limited(response) =>
                {
                    (format!("answered with {}", response.status), retry_after(response))
                }
                // An invalid address stays invalid.
                Err(error) if error.is_builder() => return Err(invalid_address(request, error)),
                // An untrusted certificate stays untrusted.
                Err(error) if is_untrusted(error) => return Err(untrusted(request, error)),
                Err(error) if error.is_connect() || request.repeatable => (causes(error), None),
                _ => (String::new(), None),
            };
            let delay = if why.is_empty() { None } else { delays.next() };
            let Some(delay) = delay else {
                return tried.map_err(|error| unreachable(request, &error));
            };
            if tried.as_ref().is_err_and(reqwest::Error::is_connect) {
                let why = format!("cannot be reached: {why}; trying again");
                self.tell(request, &why, watch);
            }
            activity.status(&format!("{why}; trying again"));
            let delay = longer(asked, delay);
            watch
                .guard(async {
                    tokio::time::sleep(delay).await;
                    Ok(())
                })
                .await?;
        }
    }

    /// Whoever reads a log has no bar, and should not wait half a minute for a mistyped address: what is wrong
    /// with a server is told once.
    fn tell(&self, request: &Request, why: &str, watch: &Watch) {
        let server = origin(request);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(server.clone()) {
            watch.report.log(Level::Warning, &format!("{server}: {why}"));
        }
    }

    async fn once(&self, request: &Request) -> reqwest::Result<Result<Response, Useless>> {
        let mut response = self.sent(request, &request.url).await?;
        let mut followed = 0;
        while let Some(redirect) = redirect::of(&request.method, &response) {
            response = match redirect {
                Redirect::Within(target) if followed < redirect::MOST => {
                    self.sent(request, target.as_str()).await?
                }
                Redirect::Within(target) | Redirect::Away(target) => {
                    return Ok(Err(Useless::Redirect(target)));
                }
            };
            followed += 1;
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Ok(Err(Useless::TooLong));
            }
        }
        Ok(Ok(Response { status, headers, body, retried: false }))
    }

    async fn sent(&self, request: &Request, url: &str) -> reqwest::Result<reqwest::Response> {
        let mut builder = self.client.request(request.method.clone(), url);
        builder = builder.headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.json(body);
        } else if !request.form.is_empty() {
            builder = builder.form(&request.form);
        } else if [Method::POST, Method::PUT, Method::PATCH].contains(&request.method) {
            // Google's servers, and proxies, refuse such a request without a length (411).
            builder = builder.header(CONTENT_LENGTH, 0);
        }
        builder.send().await
    }
}

/// A reply that is of no use, however often it comes.
enum Useless {
    TooLong,
    Redirect(Url),
}

impl Useless {
    fn error(self, request: &Request) -> Error {
        match self {
            Useless::TooLong => too_long(request),
            Useless::Redirect(to) => redirect::error(&request.purpose, &origin(request), to),
        }
    }
}

fn show_request(request: &Request, watch: &Watch) {
    if request.is_shown {
        let what = format!("{} {}, to {}", request.method, request.url, request.purpose);
        let body = || request.body.as_ref().map(Value::to_string).unwrap_or_default();
        watch.report.sent(&origin(request), &what, &|| traffic::text(body().as_bytes()));
    }
}

fn show_reply(request: &Request, response: &Response, watch: &Watch) {
    if request.is_shown {
        let text = || traffic::text(&response.body);
        watch.report.received(&origin(request), &response.status.to_string(), &text);
    }
}

/// Whatever answers may repeat what it was sent.
fn hide(request: &Request, watch: &Watch) {
    let in_addresses = proxy::passwords(Some(&request.url));
    for secret in request.secrets.iter().chain(&in_addresses) {
        watch.report.secret(secret);
    }
    let marked = request.headers.values().filter(|value| value.is_sensitive());
    for header in marked.filter_map(|value| value.to_str().ok()) {
        // After the scheme: `Bearer TOKEN`.
        watch.report.secret(header.split_once(' ').map_or(header, |(_, token)| token));
    }
}

fn worth_another(response: &Response, request: &Request) -> bool {
    let (status, repeatable) = (response.status, request.repeatable);
    if request.makes && status == StatusCode::SERVICE_UNAVAILABLE {
        return retry_after(response).is_some();
    }
    // A missing feature stays missing.
    if status == StatusCode::NOT_IMPLEMENTED {
        return false;
    }
    let rejected = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    // Older OpenStack, and Rackspace, limit the rate by 413. For an exceeded quota the header is missing
    // or 0.
    let limited = status == StatusCode::PAYLOAD_TOO_LARGE && retry_after(response).is_some();
    limited || rejected.contains(&status) || repeatable && status.is_server_error()
}

/// GitHub's secondary limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
fn is_limited(response: &Response) -> bool {
    response.status == StatusCode::FORBIDDEN && retry_after(response).is_some()
}

/// The delay in seconds, if it is not zero. The form with a date is rare and ignored.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// The server's delay or our own, within bounds.
fn longer(asked: Option<Duration>, own: Duration) -> Duration {
    asked.unwrap_or_default().max(own).min(LONGEST_DELAY)
}

fn invalid_address(request: &Request, error: &reqwest::Error) -> Error {
    Error::config(format!("cannot {}: the address is not valid", request.purpose))
        .cause(causes(error))
        .hint("begin the address with https://")
}

/// Whether the server's certificate was rejected. The TLS library gives no code for this through
/// reqwest: only the text of its error says so.
pub fn is_untrusted(error: &reqwest::Error) -> bool {
    causes(error).to_lowercase().contains("certificate verify failed")
}

fn untrusted(request: &Request, error: &reqwest::Error) -> Error {
    let host = origin(request);
    Error::new(Code::Connection, format!("cannot {}: {host} is not trusted", request.purpose))
        .cause(causes(error))
        .hint(
            "check the address; for a private certificate authority set OS_CACERT or cacert in \
             clouds.yaml (OpenStack), else add it to the system's certificates",
        )
}

fn too_long(request: &Request) -> Error {
    let (host, most) = (origin(request), MOST >> 20);
    let message = format!("cannot {}: {host} sends more than {most} MiB", request.purpose);
    Error::new(Code::Connection, message).hint("check the endpoint and any proxy")
}

fn origin(request: &Request) -> String {
    Url::parse(&request.url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn unreachable(request: &Request, error: &reqwest::Error) -> Error {
    let host = origin(request);
    Error::new(Code::Connection, format!("cannot {}: {host} does not answer", request.purpose))
        .cause(causes(error))
        .hint("check the endpoint, the network and any proxy")
}

/// The causes of an error, without the address, which may contain a secret.
fn causes(error: &reqwest::Error) -> String {
    let mut text = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = next {
        text.push(error.to_string());
        next = error.source();
    }
    match text.is_empty() {
        true => "the connection was lost".to_owned(),
        false => crate::error::plain(text.join(": ")),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn response(status: u16, after: Option<&'static str>) -> Response {
        let headers = after.map(|after| (RETRY_AFTER, HeaderValue::from_static(after)));
        let status = StatusCode::from_u16(status).unwrap();
        Response {
            status,
            headers: headers.into_iter().collect(),
            body: Vec::new(),
            retried: false,
        }
    }

    #[test]
    fn a_rate_limit_is_retried_and_a_quota_is_not() {
        let mut request = Request::new(Method::POST, "http://localhost", "start a server");
        let again = |status, after| worth_another(&response(status, after), &request);
        assert!(again(429, None) && again(503, None) && again(413, Some("3")));
        assert!(!again(413, None) && !again(413, Some("0")) && !again(403, Some("3")));
        request.makes = true;
        let again = |status, after| worth_another(&response(status, after), &request);
        assert!(again(429, None) && again(503, Some("3")) && !again(503, None));
    }

    #[test]
    fn a_delay_of_zero_is_ignored() {
        assert_eq!(retry_after(&response(429, Some("3"))), Some(Duration::from_secs(3)));
        assert_eq!(retry_after(&response(429, Some("0"))), None, "our own delay applies");
        assert_eq!(retry_after(&response(429, Some("Mon, 23 Nov 2026 09:00:00 GMT"))), None);
    }
}

#[cfg(test)]
#[path = "../../tests/fuzz/http.rs"]
mod fuzz;
