//! Exchanging what proves an identity for a token, and how long the token lasts.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::HeaderValue;
use serde_json::Value;

use crate::cloud::http::{Http, Request, Response};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// What a token may be used for. IAM decides what its owner may do.
pub const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// A token is renewed this long before it expires. Google's metadata server returns the same token
/// until the last four minutes.
const EARLY: Duration = Duration::from_secs(225);
/// How long a token lasts if the answer does not say.
const USUAL: Duration = Duration::from_secs(3600);

/// The fields of OAuth's requests that are secret.
const SECRETS: [&str; 4] = ["assertion", "client_secret", "refresh_token", "subject_token"];

pub struct Token {
    pub value: String,
    renewal: Instant,
}

impl Token {
    pub fn new(value: String, lasts: Duration) -> Token {
        let early = EARLY.min(lasts / 2);
        let now = Instant::now();
        // A token that lasts longer than the clock counts is renewed all the same.
        let renewal = now.checked_add(lasts - early).unwrap_or(now + (USUAL - EARLY));
        Token { value, renewal }
    }

    pub fn is_fresh(&self, now: Instant) -> bool {
        now < self.renewal
    }

    /// The token in an answer in OAuth's form.
    pub fn of_answer(answer: &Value) -> Option<Token> {
        let value = answer["access_token"].as_str().filter(|value| !value.is_empty())?;
        let lasts = answer["expires_in"].as_u64().map_or(USUAL, Duration::from_secs);
        Some(Token::new(value.to_owned(), lasts))
    }
}

/// Sends a request whose answer is a token in OAuth's form.
pub async fn exchange(http: &Http, request: Request, watch: &Watch) -> Result<Token> {
    exchange_all(http, request, watch).await.map(|(token, _)| token)
}

/// As [`exchange`], with all of the answer.
pub async fn exchange_all(
    http: &Http,
    mut request: Request,
    watch: &Watch,
) -> Result<(Token, Value)> {
    // Getting a second token does no harm.
    request.repeatable = true;
    let secrets = request.form.iter().filter(|(name, _)| SECRETS.contains(name));
    request.secrets = secrets.map(|(_, value)| value.clone()).collect();
    let response = http.send(&request, watch).await?;
    if !response.status.is_success() {
        return Err(refusal(&request, &response));
    }
    let answer = response.json();
    let token = Token::of_answer(&answer).ok_or_else(|| {
        Error::new(Code::Authentication, format!("the answer of {} contains no token", request.url))
            .hint("check that address: clouds.gce.credentials.token_url overrides it")
    })?;
    watch.report.secret(&token.value);
    Ok((token, answer))
}

/// A client's id and secret as a header, never shown.
pub fn basic(id: &str, secret: &str) -> Result<HeaderValue> {
    let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| {
        Error::new(Code::Authentication, "client_id and client_secret make no header")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A token as a header, never shown.
pub fn bearer(token: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
        Error::new(Code::Authentication, "the token has characters that no header may contain")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The authority's refusal. Only the two fields of OAuth are shown: the rest of an answer may repeat
/// what was sent.
pub fn refusal(request: &Request, response: &Response) -> Error {
    let answer = response.json();
    let error = match &answer["error"] {
        Value::String(word) => word.clone(),
        other => other["message"].as_str().unwrap_or_default().to_owned(),
    };
    let message = format!("{} answered with {}", request.url, response.status);
    let mut refused = Error::new(Code::Authentication, message);
    for cause in [error.as_str(), answer["error_description"].as_str().unwrap_or_default()] {
        if !cause.is_empty() {
            refused = refused.cause(cause);
        }
    }
    if let Some(service) = disabled_service(&answer) {
        return refused.hint(format!(
            "enable the API: `gcloud services enable {service}`; it takes some minutes"
        ));
    }
    let hint = match error.as_str() {
        "invalid_grant" => {
            "run `gcloud auth application-default login` (for gcloud's own login: `gcloud auth \
             login`) if the login has expired; else check whether the key still exists and whether this computer's clock is right"
        }
        "invalid_client" | "unauthorized_client" => {
            "check the credentials: they are not known there"
        }
        _ => "see docs/gce.md for the kinds of credentials",
    };
    refused.hint(hint)
}

/// The API that is not enabled in the project, if that is the reason for a refusal.
pub fn disabled_service(answer: &Value) -> Option<String> {
    let details = answer["error"]["details"].as_array()?;
    let detail = details.iter().find(|detail| detail["reason"] == "SERVICE_DISABLED")?;
    let service = detail["metadata"]["service"].as_str();
    Some(service.unwrap_or("iamcredentials.googleapis.com sts.googleapis.com").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_expires() {
        for (lasts, fresh_for) in [(3600, 3600 - 225), (20, 10)] {
            let token = Token::new("t".into(), Duration::from_secs(lasts));
            let now = Instant::now();
            assert!(token.is_fresh(now + Duration::from_secs(fresh_for - 1)));
            assert!(!token.is_fresh(now + Duration::from_secs(fresh_for + 1)));
        }
    }
}
