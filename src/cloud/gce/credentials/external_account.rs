//! An identity of another provider (of a CI service, say), exchanged for a token of Google's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SCOPE;
use super::exchange::{Token, exchange};
use super::executable::{self, Executable};
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

#[derive(Deserialize)]
pub struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    pub token_url: String,
    pub service_account_impersonation_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    workforce_pool_user_project: Option<String>,
    credential_source: Source,
}

/// Where the other provider's token is.
#[derive(Deserialize)]
struct Source {
    file: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    executable: Option<Executable>,
    environment_id: Option<String>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, Default)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

impl ExternalAccount {
    /// Whether there is a source that is known here.
    pub fn check(&self, shown: &str) -> Result<()> {
        let source = &self.credential_source;
        if source.environment_id.is_some() {
            let message = format!("{shown}: credentials of AWS itself are not known here");
            return Err(Error::config(message).hint(
                "a credential_source with `executable` can run a program that gives the token; \
                 or use the key of a service account",
            ));
        }
        if source.file.is_none() && source.url.is_none() && source.executable.is_none() {
            let message = format!("{shown}: credential_source has no file, url or executable");
            return Err(Error::config(message));
        }
        Ok(())
    }

    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let subject = self.subject_token(http, watch).await?;
        let mut request =
            Request::new(Method::POST, &self.token_url, "exchange the external account's token");
        request.form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
            ("audience", self.audience.clone()),
            ("scope", SCOPE.to_owned()),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token".to_owned()),
            ("subject_token_type", self.subject_token_type.clone()),
            ("subject_token", subject),
        ];
        if let (Some(id), Some(secret)) = (&self.client_id, &self.client_secret) {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
            if let Ok(mut value) = HeaderValue::try_from(basic) {
                value.set_sensitive(true);
                request.headers.insert(AUTHORIZATION, value);
            }
        } else if let Some(project) = &self.workforce_pool_user_project {
            request.form.push(("options", json!({ "userProject": project }).to_string()));
        }
        exchange(http, request, watch).await
    }

    async fn subject_token(&self, http: &Http, watch: &Watch) -> Result<String> {
        let source = &self.credential_source;
        if let Some(path) = &source.file {
            let text = tokio::fs::read_to_string(path).await.map_err(|error| {
                Error::io("read", path, error).hint("the CI service writes the token there")
            })?;
            return self.in_format(&text, &path.display().to_string());
        }
        if let Some(url) = &source.url {
            let mut request = Request::new(Method::GET, url, "get the external account's token");
            for (name, value) in &source.headers {
                let pair = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value));
                let (Ok(name), Ok(mut value)) = pair else {
                    let message = format!("credential_source: the header {name} is not valid");
                    return Err(Error::config(message));
                };
                value.set_sensitive(true);
                request.headers.insert(name, value);
            }
            let response = http.send(&request, watch).await?;
            if !response.status.is_success() {
                let message = format!("{url} answered with {}", response.status);
                return Err(Error::new(Code::Authentication, message));
            }
            return self.in_format(&String::from_utf8_lossy(&response.body), url);
        }
        match &source.executable {
            Some(program) => {
                executable::token(program, &self.audience, &self.subject_token_type, watch).await
            }
            None => Err(Error::config("credential_source has no file, url or executable")),
        }
    }

    /// The token in what a source gave.
    fn in_format(&self, text: &str, place: &str) -> Result<String> {
        let format = &self.credential_source.format;
        let token = if format.kind.as_deref() == Some("json") {
            let field = format.subject_token_field_name.as_deref().unwrap_or("access_token");
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            value[field].as_str().unwrap_or_default().to_owned()
        } else {
            text.trim().to_owned()
        };
        if token.is_empty() {
            let message = format!("{place} holds no token of the external account");
            return Err(Error::new(Code::Authentication, message)
                .hint("credential_source.format says where in it the token is"));
        }
        Ok(token)
    }
}
