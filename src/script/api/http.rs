//! HTTP requests from this machine.

use std::time::Duration;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::options;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// The option map of `http::request`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RequestOptions {
    headers: Option<std::collections::BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
    ok: Option<Vec<u16>>,
}

async fn send(method: &str, url: &str, given: RequestOptions) -> crate::Result<(u16, Map, String)> {
    let failed = |error: reqwest::Error| {
        Error::new(Code::Connection, format!("{method} {url} failed")).cause(causes(&error))
    };
    let timeout = given.timeout.unwrap_or(Duration::from_secs(60));
    let client = reqwest::Client::builder().timeout(timeout).build().map_err(failed)?;
    let parsed = reqwest::Method::from_bytes(method.as_bytes())
        .map_err(|_| Error::new(Code::Script, format!("`{method}` is not an HTTP method")))?;
    let mut request = client.request(parsed, url);
    for (name, value) in given.headers.into_iter().flatten() {
        request = request.header(name, value);
    }
    if let Some(body) = given.body {
        request = request.body(body);
    }
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let text = |value: &reqwest::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).to_string()
    };
    let headers: Map = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().into(), text(value).into()))
        .collect();
    let body = response.text().await.map_err(failed)?;
    let allowed = match given.ok {
        Some(ok) => ok.contains(&status.as_u16()),
        None => status.is_success(),
    };
    if !allowed {
        let first = body.lines().next().unwrap_or_default().to_string();
        return Err(Error::failed(format!("{method} {url} returned {status}")).cause(first));
    }
    Ok((status.as_u16(), headers, body))
}

/// The innermost source of the error: reqwest's own message names only the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
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
            script.run.block_on(send("GET", url, RequestOptions::default())).or_throw()?;
        Ok(body)
    }

    /// Sends any request, with `headers`, `body`, `timeout` and `ok` (the allowed statuses); returns
    /// `#{ status, headers, body }`. Under `--dry-run` only GET and HEAD are sent.
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
        let given: RequestOptions = super::options::read("http::request", options)?;
        let script = Script::of(&call)?;
        let reads = matches!(method, "GET" | "HEAD");
        if !reads && !script.run.may_change(&format!("send {method} {url}")) {
            return Ok(answer(0, Map::new(), String::new()));
        }
        let (status, headers, body) =
            script.run.block_on(send(method, url, given)).map_err(throw)?;
        Ok(answer(i64::from(status), headers, body))
    }
}

fn answer(status: i64, headers: Map, body: String) -> Map {
    [("status", status.into()), ("headers", headers.into()), ("body", body.into())]
        .into_iter()
        .map(|(key, value): (&str, Dynamic)| (key.into(), value))
        .collect()
}
