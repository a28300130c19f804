//! Acting as a service account, by the right of another identity.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::json;

use super::exchange::{SCOPE, Token, bearer, disabled_service, refusal};
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

pub struct Impersonation {
    url: String,
    delegates: Vec<String>,
    /// Seconds.
    life: u64,
}

impl Impersonation {
    /// `life` is in seconds. None: an hour.
    pub fn new(url: String, delegates: Vec<String>, life: Option<u64>) -> Impersonation {
        Impersonation { url, delegates, life: life.unwrap_or(3600) }
    }

    /// `source` is a token of the identity that may act as the service account.
    pub async fn token(&self, source: &Token, http: &Http, watch: &Watch) -> Result<Token> {
        let mut request =
            Request::new(Method::POST, &self.url, "get a token of the service account");
        request.headers.insert(AUTHORIZATION, bearer(&source.value)?);
        let mut body = json!({ "scope": [SCOPE], "lifetime": format!("{}s", self.life) });
        if !self.delegates.is_empty() {
            body["delegates"] = json!(self.delegates);
        }
        request.body = Some(body);
        request.repeatable = true;
        let response = http.send(&request, watch).await?;
        if !response.status.is_success() {
            let error = refusal(&request, &response);
            if disabled_service(&response.json()).is_some() {
                return Err(error);
            }
            return Err(error.hint(
                "grant roles/iam.serviceAccountTokenCreator on the service account to this identity",
            ));
        }
        let answer = response.json();
        let value = answer["accessToken"].as_str().ok_or_else(|| {
            Error::new(
                Code::Authentication,
                format!("the answer of {} contains no token", self.url),
            )
        })?;
        watch.report.secret(value);
        let ends = answer["expireTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        let lasts = ends.and_then(|ends| Duration::try_from(ends - Timestamp::now()).ok());
        Ok(Token::new(value.to_owned(), lasts.unwrap_or(Duration::from_secs(3600))))
    }
}
