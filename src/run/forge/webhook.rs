//! A message in JSON to a server of the user's, which can prove who sent it.

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The header that GitHub's webhooks have, which receivers know to check.
const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
/// The same for every try of one message, so that a receiver can drop the second one.
const DELIVERY: HeaderName = HeaderName::from_static("x-imgctl-delivery");

const BLOCK: usize = 64;

/// A value in an address that is at least as long may be a key; a shorter one is a word of every page.
const KEY: usize = 8;

/// Sends a message. With a secret it is signed: HMAC-SHA256 of the body.
///
/// # Errors
/// The text is not an address; the server does not answer, or not with 2xx.
pub async fn post(url: &str, message: &Value, secret: Option<&str>, watch: &Watch) -> Result<()> {
    // Whoever knows the address of a webhook may use it.
    let parsed = Url::parse(url).map_err(|error| {
        Error::usage("the address of the webhook is not valid")
            .cause(error)
            .hint("write https://HOST/PATH")
    })?;
    if parsed.path().len() > 1 {
        watch.report.secret(parsed.path());
    }
    parsed.password().into_iter().for_each(|password| watch.report.secret(password));
    // Some have their key there: `?key=…&token=…`.
    for (_, value) in parsed.query_pairs().filter(|(_, value)| value.len() >= KEY) {
        watch.report.secret(&value);
    }
    parsed.query().into_iter().for_each(|query| watch.report.secret(query));
    let host = parsed.host_str().unwrap_or_default().to_owned();
    let body = serde_json::to_vec(message)
        .map_err(|error| Error::failed("the message cannot be written").cause(error))?;
    let mut request = Request::new(Method::POST, url, format!("send the webhook to {host}"));
    request.repeatable = true;
    request.body = Some(message.clone());
    let mut add = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            request.headers.insert(name, value);
        }
    };
    add(DELIVERY, format!("{:x}", Sha256::digest(&body)));
    if let Some(secret) = secret {
        watch.report.secret(secret);
        add(SIGNATURE, format!("sha256={}", hmac(secret.as_bytes(), &body)));
    }
    let response = Http::new(|builder| builder)?.send(&request, watch).await?;
    if response.status.is_success() {
        return Ok(());
    }
    let first = String::from_utf8_lossy(&response.body);
    let first: String = first.lines().next().unwrap_or_default().chars().take(200).collect();
    let code = if response.status.is_client_error() { Code::Refused } else { Code::Connection };
    Err(Error::new(code, format!("the webhook of {host} answered {}", response.status))
        .cause(first)
        .hint("check its address and secret"))
}

/// HMAC of RFC 2104 with SHA-256, in hexadecimal.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        let short = Sha256::digest(key);
        block[..short.len()].copy_from_slice(&short);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text).finalize();
    format!("{:x}", Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize())
}

#[cfg(test)]
mod tests {
    use super::hmac;

    /// The vectors 2 and 6 of RFC 4231.
    #[test]
    fn signatures_are_those_of_the_standard() {
        assert_eq!(
            hmac(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
