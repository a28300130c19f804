//! Files of credentials, of every kind that Google's tools write.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exchange::{Token, basic, exchange, exchange_all};
use super::external_account::ExternalAccount;
use super::impersonation::Impersonation;
use super::service_account::{ServiceAccount, TOKEN_URL};
use super::{Found, Kind};
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Error, Result};

/// What `gcloud auth application-default login` writes.
pub const LOGIN: &str = "application_default_credentials.json";

#[derive(Deserialize)]
struct ServiceAccountFile {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

#[derive(Deserialize)]
struct ImpersonatedFile {
    service_account_impersonation_url: String,
    #[serde(default)]
    delegates: Vec<String>,
    source_credentials: Value,
}

/// A person who has logged in.
#[derive(Deserialize)]
pub struct AuthorizedUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    token_uri: Option<String>,
}

impl AuthorizedUser {
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let url = self.token_uri.as_deref().unwrap_or(TOKEN_URL);
        let mut request = Request::new(Method::POST, url, "renew the login's token");
        request.form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", self.client_secret.clone()),
            ("refresh_token", self.refresh_token.clone()),
        ];
        exchange(http, request, watch).await
    }
}

/// A person of a workforce pool who has logged in through their own provider.
#[derive(Deserialize)]
pub struct WorkforceUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    token_url: String,
    /// In place of the file's: the authority may give another with each token.
    #[serde(skip)]
    newer: Mutex<Option<String>>,
}

impl WorkforceUser {
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let purpose = "renew the login's token";
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

/// What stands in a file; `token_url` overrides the address it names.
pub fn read(path: &Path, token_url: Option<&str>) -> Result<Found> {
    let shown = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| {
        Error::config(format!("the credentials in {shown} cannot be read")).cause(error).hint(
            "GOOGLE_APPLICATION_CREDENTIALS or clouds.gce.credentials.file names the file; \
             `gcloud auth application-default login` makes one",
        )
    })?;
    let value: Value = serde_json::from_slice(&text).map_err(|error| {
        // Where, and not what: the text around it may be the key.
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::config(format!("{shown} is not JSON, as a file of credentials is"))
            .cause(place)
            .hint("a service account's key is downloaded as JSON, not as P12")
    })?;
    let project = ["project_id", "quota_project_id"].iter().find_map(|key| value[*key].as_str());
    let project = project.map(str::to_owned);
    let universe = value["universe_domain"].as_str().map(str::to_owned);
    Ok(Found { kind: kind(&value, &shown, token_url)?, place: shown, project, universe })
}

fn kind(value: &Value, shown: &str, token_url: Option<&str>) -> Result<Kind> {
    match value["type"].as_str().unwrap_or_default() {
        "service_account" => {
            let file: ServiceAccountFile = decode(value, shown)?;
            let url = token_url.or(file.token_uri.as_deref());
            let (email, key) = (&file.client_email, &file.private_key);
            let account = ServiceAccount::new(email, key, file.private_key_id, url)
                .map_err(|error| error.cause(format!("in {shown}")))?;
            Ok(Kind::ServiceAccount(account))
        }
        "authorized_user" => {
            let mut user: AuthorizedUser = decode(value, shown)?;
            user.token_uri = token_url.map(str::to_owned).or(user.token_uri);
            Ok(Kind::AuthorizedUser(user))
        }
        "external_account_authorized_user" => {
            let mut user: WorkforceUser = decode(value, shown)?;
            user.token_url = token_url.map_or(user.token_url, str::to_owned);
            Ok(Kind::WorkforceUser(user))
        }
        "external_account" => {
            let mut account: ExternalAccount = decode(value, shown)?;
            if let Some(url) = token_url {
                account.token_url = url.to_owned();
            }
            account.check(shown)?;
            let speaks_for = account.service_account_impersonation_url.clone();
            let life = account.service_account_impersonation.token_lifetime_seconds;
            let source = Kind::ExternalAccount(Box::new(account));
            Ok(match speaks_for {
                Some(url) => {
                    Kind::Impersonated(Box::new(source), Impersonation::new(url, vec![], life))
                }
                None => source,
            })
        }
        "impersonated_service_account" => {
            let file: ImpersonatedFile = decode(value, shown)?;
            let source = kind(&file.source_credentials, shown, token_url)?;
            let speaks_for =
                Impersonation::new(file.service_account_impersonation_url, file.delegates, None);
            Ok(Kind::Impersonated(Box::new(source), speaks_for))
        }
        "" => Err(Error::config(format!("{shown} has no `type`, so it is no file of credentials"))
            .hint("a service account's key is downloaded as JSON, not as P12")),
        other => {
            Err(Error::config(format!("{shown}: `{other}` is an unknown kind of credentials"))
                .hint(
                    "known: service_account, authorized_user, external_account, \
                     external_account_authorized_user, impersonated_service_account",
                ))
        }
    }
}

/// An error names the field and never shows a value.
pub fn decode<T: DeserializeOwned>(value: &Value, shown: &str) -> Result<T> {
    serde_path_to_error::deserialize(value.clone()).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner().to_string());
        let message = format!("{shown} is not a complete file of credentials");
        // "missing field `x`" is ours; what is wrong with a value would quote it.
        let cause = if error.starts_with("missing field") {
            error
        } else {
            format!("`{path}` is not what it should be")
        };
        Error::config(message).cause(cause).hint("write it anew, with gcloud or the web console")
    })
}
