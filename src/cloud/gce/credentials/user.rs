//! People who have logged in with gcloud: a refresh token is exchanged for tokens.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;

use super::exchange::{Token, basic, exchange, exchange_all};
use super::service_account::TOKEN_URL;
use crate::Result;
use crate::cloud::http::{Http, Request};
use crate::report::Watch;

/// A person with a Google account.
#[derive(Deserialize)]
pub struct AuthorizedUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    pub token_uri: Option<String>,
}

impl AuthorizedUser {
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let url = self.token_uri.as_deref().unwrap_or(TOKEN_URL);
        let mut request = Request::new(Method::POST, url, "renew the token of the login");
        request.form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", self.client_secret.clone()),
            ("refresh_token", self.refresh_token.clone()),
        ];
        exchange(http, request, watch).await
    }
}

/// A person of a workforce pool, who logs in through their own identity provider.
#[derive(Deserialize)]
pub struct WorkforceUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    pub token_url: String,
    /// Replaces the refresh token of the file: the authority may return a new one with each token.
    #[serde(skip)]
    newer: Mutex<Option<String>>,
}

impl WorkforceUser {
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let purpose = "renew the token of the login";
        let mut request = Request::new(Method::POST, &self.token_url, purpose);
        request.headers.insert(AUTHORIZATION, basic(&self.client_id, &self.client_secret)?);
        request.form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", self.newer().clone().unwrap_or_else(|| self.refresh_token.clone())),
        ];
        let (token, answer) = exchange_all(http, request, watch).await?;
        if let Some(newer) = answer["refresh_token"].as_str() {
            *self.newer() = Some(newer.to_owned());
        }
        Ok(token)
    }

    fn newer(&self) -> MutexGuard<'_, Option<String>> {
        self.newer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
