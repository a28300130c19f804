//! HTTP requests from this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::options;
use super::redirect::{self, Hop};
use crate::cloud::{patience, proxy, trusted};
use crate::report::Level;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ui::Direction;
use crate::{Code, Error};

/// The option map of `http::request`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RequestOptions {
    headers: Option<BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
    ok: Option<Vec<u16>>,
}

/// A reply, its body read.
struct Reply {
    status: reqwest::StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Sends a request and follows redirects. `most` is the limit of the body.
async fn send(
    script: &Script,
    method: &str,
    address: &str,
    given: RequestOptions,
) -> crate::Result<(u16, Map, String)> {
    script.run.may_reach_out(&format!("send {method} {address}"))?;
    let most = script.run.config.limits()?.reply.as_u64();
    let secrets = script.run.ui.secrets();
    let url = Url::parse(address).map_err(|error| {
        let message = format!("`{address}` is not an address");
        Error::new(Code::Script, message).cause(error).hint("write https://HOST/PATH")
    })?;
    if !["http", "https"].contains(&url.scheme()) {
        let message = format!("`{address}` cannot be asked: it begins with {}:", url.scheme());
        return Err(Error::new(Code::Script, message).hint("write http:// or https://"));
    }
    // A password in the address, or in that of a proxy, is not shown.
    proxy::passwords(Some(address)).iter().for_each(|password| secrets.add(password));
    let failed = |error: reqwest::Error| {
        let code = if error.is_timeout() { Code::Timeout } else { Code::Connection };
        Error::new(code, format!("{method} {address} failed"))
            .cause(causes(&error))
            .hint("check the address, the network and any proxy")
    };
    let timeout = given.timeout.unwrap_or(Duration::from_secs(60));
    proxy::check()?;
    trusted::check()?;
    let client = Client::builder()
        .connect_timeout(patience::CONNECT_TIMEOUT)
        .timeout(timeout)
        .redirect(Policy::none())
        .build();
    let client = client.map_err(failed)?;
    let method_sent = Method::from_bytes(method.as_bytes())
        .map_err(|_| Error::new(Code::Script, format!("`{method}` is not an HTTP method")))?;
    let headers = headers(given.headers.unwrap_or_default())?;
    let is_secret = |text: &str| secrets.redact(text) != text;
    let report = &script.run.watch.report;
    let _activity = report.activity(&format!("{method} {address}"));
    let mut next = Hop { method: method_sent, url, headers, body: given.body };
    if let Some(body) = &next.body {
        let what = format!("{method} {address}");
        script.run.ui.exchange(Direction::Sent, "local", &what, || body.clone());
    }
    let mut followed = 0;
    let reply = loop {
        let request = client.request(next.method.clone(), next.url.clone());
        let request = request.headers(next.headers.clone());
        let request = match &next.body {
            Some(body) => request.body(body.clone()),
            None => request,
        };
        let tell = || {
            report.log(Level::Info, &format!("{method} {address}: no answer yet; waiting"));
        };
        let sent = patience::patiently(request.send(), tell);
        let mut response = sent.await.map_err(failed)?;
        if let Some(target) = redirect::target(&next.url, &response) {
            followed += 1;
            if followed > redirect::MOST {
                let message = format!("{method} {address} was redirected {followed} times");
                return Err(
                    Error::new(Code::Connection, message).cause(format!("last to {target}"))
                );
            }
            next = next.follow(response.status(), target, &is_secret)?;
            continue;
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > most {
                return Err(too_long(method, address, most));
            }
        }
        break Reply { status, headers, body };
    };
    let allowed = match given.ok {
        Some(ok) => ok.contains(&reply.status.as_u16()),
        None => reply.status.is_success(),
    };
    let body = String::from_utf8_lossy(&reply.body).into_owned();
    let what = format!("{method} {address}: {}", reply.status);
    script.run.ui.exchange(Direction::Read, "local", &what, || body.clone());
    if !allowed {
        let first: String = body.lines().next().unwrap_or_default().chars().take(200).collect();
        return Err(
            Error::failed(format!("{method} {address} returned {}", reply.status)).cause(first)
        );
    }
    let lost: usize = reply.body.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    if lost > 0 {
        let message = format!(
            "{method} {address} returned bytes that are not UTF-8 ({lost} of {}), replaced by U+FFFD in \
             its body (let a program download it to keep them)",
            reply.body.len()
        );
        script.run.watch.report.log(Level::Warning, &message);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).to_string();
    let headers = reply.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str().into(), text(value).into()));
    Ok((reply.status.as_u16(), headers.collect(), body))
}

fn too_long(method: &str, address: &str, most: u64) -> Error {
    let most = bytesize::ByteSize::b(most);
    Error::failed(format!("{method} {address} returned more than {most}"))
        .hint("raise the setting limits.reply, or let a program download it")
}

fn headers(given: BTreeMap<String, String>) -> crate::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        // Without the value, which may be a secret.
        let wrong = |what: &str| {
            Error::new(Code::Script, format!("the {what} of the header `{name}` is not valid"))
                .hint("a header is one line, without a line end")
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("name"))?;
        let value = HeaderValue::from_str(&value).map_err(|_| wrong("value"))?;
        headers.insert(key, value);
    }
    Ok(headers)
}

/// The innermost source of the error: reqwest's own message names only the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    crate::error::plain(text)
}

#[export_module]
pub mod functions {
    /// The body of a URL; throws unless the status is 2xx.
    ///
    /// ```rhai
    /// let release = json::parse(http::get("https://example.org/latest.json"));
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, url: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let (.., body) =
            script.run.block_on(send(&script, "GET", url, RequestOptions::default())).or_throw()?;
        Ok(body)
    }

    /// Sends any request, with `headers`, `body`, `timeout` and `ok` (the allowed statuses); returns
    /// `#{ status, headers, body }`. Under `--dry-run` only GET and HEAD are sent. Redirects are followed;
    /// another server gets no secrets: no headers but those such as `Accept`, and no body with a secret.
    ///
    /// ```rhai
    /// http::request("POST", hook, #{ body: json::text(#{ image: image.id }), ok: [200, 202] });
    /// ```
    #[rhai_fn(name = "request", return_raw)]
    pub fn request(
        call: NativeCallContext,
        method: &str,
        url: &str,
        options: Map,
    ) -> Fallible<Map> {
        crate::script::errors::call_begins(&call);
        let given: RequestOptions = super::options::read("http::request", options)?;
        let script = Script::of(&call)?;
        let reads = matches!(method, "GET" | "HEAD");
        if !reads && !script.run.may_change(&format!("send {method} {url}")) {
            return Ok(answer(0, Map::new(), String::new()));
        }
        let (status, headers, body) =
            script.run.block_on(send(&script, method, url, given)).map_err(throw)?;
        Ok(answer(i64::from(status), headers, body))
    }
}

fn answer(status: i64, headers: Map, body: String) -> Map {
    [("status", status.into()), ("headers", headers.into()), ("body", body.into())]
        .into_iter()
        .map(|(key, value): (&str, Dynamic)| (key.into(), value))
        .collect()
}
