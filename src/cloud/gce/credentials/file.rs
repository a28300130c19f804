//! Credentials files, of every kind that Google's tools write.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::external_account::ExternalAccount;
use super::impersonation::Impersonation;
use super::kind::{Found, Kind};
use super::service_account::ServiceAccount;
use super::user::{AuthorizedUser, WorkforceUser};
use crate::{Code, Error, Result};

/// The file that `gcloud auth application-default login` writes.
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

/// Reads a file; `token_url` overrides the address in it.
pub fn read(path: &Path, token_url: Option<&str>) -> Result<Found> {
    let shown = path.display().to_string();
    let text = crate::read::bytes(path, crate::read::MOST, &|| false).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => Code::Authentication,
            _ => Code::Config,
        };
        Error::new(code, format!("the credentials in {shown} cannot be read")).cause(error).hint(
            "set GOOGLE_APPLICATION_CREDENTIALS or clouds.gce.credentials.file to a readable file, \
             or run `gcloud auth application-default login`",
        )
    })?;
    let value: Value = crate::json::value(&text).map_err(|error| {
        // Only the place: the text around it may be the key.
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.is_data() {
            return Error::config(format!("{shown} gives a key twice"))
                .cause(place)
                .hint("remove one of the two, or download the file again");
        }
        Error::config(format!("{shown} is not a credentials file: it is not JSON"))
            .cause(place)
            .hint("download the key of a service account as JSON, not as P12")
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
            let url = account.service_account_impersonation_url.clone();
            let life = account.service_account_impersonation.token_lifetime_seconds;
            let source = Kind::ExternalAccount(Box::new(account));
            Ok(match url {
                Some(url) => {
                    Kind::Impersonated(Box::new(source), Impersonation::new(url, vec![], life))
                }
                None => source,
            })
        }
        "impersonated_service_account" => {
            let file: ImpersonatedFile = decode(value, shown)?;
            let source = kind(&file.source_credentials, shown, token_url)?;
            let url = file.service_account_impersonation_url;
            let impersonation = Impersonation::new(url, file.delegates, None);
            Ok(Kind::Impersonated(Box::new(source), impersonation))
        }
        "" => Err(Error::config(format!("{shown} is not a credentials file: it has no `type`"))
            .hint("download the key of a service account as JSON, not as P12")),
        other => {
            // Whatever else stands there may be a secret.
            let is_name = other.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let message = match is_name {
                true => format!("{shown}: `{other}` is an unknown type of credentials"),
                false => format!("{shown}: its `type` is an unknown type of credentials"),
            };
            Err(Error::config(message).hint(
                "use one of service_account, authorized_user, external_account, \
                 external_account_authorized_user, impersonated_service_account",
            ))
        }
    }
}

/// Decodes a credentials file. The error names the field and never shows a value.
pub fn decode<T: DeserializeOwned>(value: &Value, shown: &str) -> Result<T> {
    serde_path_to_error::deserialize(value.clone()).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner().to_string());
        let message = format!("{shown} is not a complete credentials file");
        // serde has no code for a missing field. Only that message is shown: others quote values.
        let cause = if error.starts_with("missing field") {
            error
        } else {
            format!("`{path}` has a value of the wrong type")
        };
        Error::config(message)
            .cause(cause)
            .hint("create the file again with gcloud or the web console")
    })
}
