//! An identity of another provider, such as a CI service: its token is exchanged for one of Google's.

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::json;

use super::exchange::{SCOPE, Token, basic, exchange};
use super::executable::Purpose;
use super::subject::Source;
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Deserialize)]
pub struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    pub token_url: String,
    pub service_account_impersonation_url: Option<String>,
    #[serde(default)]
    pub service_account_impersonation: Lifetime,
    client_id: Option<String>,
    client_secret: Option<String>,
    workforce_pool_user_project: Option<String>,
    credential_source: Source,
}

/// How long tokens of the impersonated service account last.
#[derive(Deserialize, Default)]
pub struct Lifetime {
    /// None: an hour.
    pub token_lifetime_seconds: Option<u64>,
}

impl ExternalAccount {
    /// Finds mistakes in the file before any request is sent.
    pub fn check(&self, shown: &str) -> Result<()> {
        self.credential_source.check(shown)?;
        let life = self.service_account_impersonation.token_lifetime_seconds;
        if life.is_some_and(|life| !(600..=43_200).contains(&life)) {
            let message = format!("{shown}: token_lifetime_seconds is not between 600 and 43200");
            return Err(Error::config(message).hint("omit it for an hour"));
        }
        Ok(())
    }

    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let purpose = Purpose {
            audience: &self.audience,
            token_type: &self.subject_token_type,
            impersonation_url: self.service_account_impersonation_url.as_deref(),
        };
        let subject = self.credential_source.token(&purpose, http, watch).await?;
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
            request.headers.insert(AUTHORIZATION, basic(id, secret)?);
        } else if let Some(project) = &self.workforce_pool_user_project {
            request.form.push(("options", json!({ "userProject": project }).to_string()));
        }
        exchange(http, request, watch).await
    }
}
