//! The places where credentials are looked for, in order, and the token they give.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::sync::{Mutex, OnceCell};

use super::exchange::Token;
use super::gcloud::{Gcloud, impersonated};
use super::kind::{Found, Kind};
use super::metadata::Metadata;
use super::service_account::ServiceAccount;
use super::{environment, file};
use crate::cloud::http::Http;
use crate::cloud::{SharedHttp, Sought};
use crate::config::gce::{Credentials as Settings, GCLOUD};
use crate::config::gcloud::variable_of;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// The domain of Google's public cloud: there are other clouds of the same kind.
const UNIVERSE: &str = "googleapis.com";

/// The first credentials that are found, and their latest token.
pub struct Credentials {
    settings: Settings,
    /// Whether the settings name an address of the API.
    has_endpoint: bool,
    /// The folder of gcloud's own files.
    gcloud: Option<PathBuf>,
    found: OnceCell<Found>,
    /// As reported by the metadata server.
    project: OnceCell<String>,
    token: Mutex<Option<Token>>,
    /// What those who work with them send their requests by.
    pub http: SharedHttp<()>,
}

impl Credentials {
    /// Looks for nothing yet.
    pub fn new(settings: Settings, has_endpoint: bool) -> Credentials {
        let home = std::env::home_dir().map(|home| home.join(GCLOUD));
        let gcloud = settings.gcloud_folder.clone().or(home);
        Credentials {
            settings,
            has_endpoint,
            gcloud,
            found: OnceCell::new(),
            project: OnceCell::new(),
            token: Mutex::new(None),
            http: SharedHttp::default(),
        }
    }

    /// A token for the next request: the last one, or a new one when the last one expires soon.
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<String> {
        let mut last = self.token.lock().await;
        if let Some(token) = last.as_ref().filter(|token| token.is_fresh(Instant::now())) {
            return Ok(token.value.clone());
        }
        let found = self.found(watch).await?;
        let token = found.kind.token(http, watch).await.map_err(|error| {
            let message = format!("cannot get a token for the credentials of {}", found.place);
            error.context(message)
        })?;
        Ok(last.insert(token).value.clone())
    }

    /// Forgets a token that Google has rejected.
    pub async fn refused(&self, value: &str) {
        let mut last = self.token.lock().await;
        // A concurrent call may have replaced it already.
        if last.as_ref().is_some_and(|token| token.value == value) {
            *last = None;
        }
    }

    /// The project that variables name, else the one that the credentials name, if they do.
    pub async fn project(&self, watch: &Watch) -> Result<Option<String>> {
        if let Some(project) = environment::project() {
            return Ok(Some(project));
        }
        let found = self.found(watch).await?;
        match (&found.project, &found.kind) {
            (Some(project), _) => Ok(Some(project.clone())),
            (None, Kind::Metadata(server)) => {
                let reported = self.project.get_or_try_init(|| server.project(watch));
                reported.await.map(|project| Some(project.clone()))
            }
            (None, _) => Ok(None),
        }
    }

    /// The zone that gcloud works in, if it has one.
    pub fn zone(&self, watch: &Watch) -> Option<String> {
        Gcloud::read(self.gcloud.as_deref()?, watch).zone()
    }

    /// Where they come from, in messages; empty before they were looked for.
    pub fn place(&self) -> &str {
        self.found.get().map_or("", |found| &found.place)
    }

    async fn found(&self, watch: &Watch) -> Result<&Found> {
        self.found.get_or_try_init(|| self.find(watch)).await
    }

    async fn find(&self, watch: &Watch) -> Result<Found> {
        let found = match self.in_files(watch)? {
            Some(found) => found,
            None => {
                let server = Metadata::new(self.settings.metadata_host.as_deref())?;
                server.require(watch).await?;
                let place = "the metadata server".to_owned();
                Found { kind: Kind::Metadata(server), place, project: None, universe: None }
            }
        };
        let Some(account) = environment::variable(environment::IMPERSONATE) else {
            return Ok(found);
        };
        let address = variable_of("api_endpoint_overrides", "iamcredentials");
        let found = impersonated(found, &account, environment::variable(&address));
        watch.report.log(Level::Info, &format!("credentials: {}", found.place));
        Ok(found)
    }

    /// What settings, variables and files tell, without asking anybody.
    pub fn sought(&self, watch: &Watch) -> Sought {
        match self.in_files(watch) {
            Ok(Some(found)) => Sought::Found(found.place),
            Ok(None) => Sought::Missing("the metadata server would be asked".to_owned()),
            Err(error) => Sought::Missing(error.message().to_owned()),
        }
    }

    /// The credentials of the settings, else those of gcloud.
    fn in_files(&self, watch: &Watch) -> Result<Option<Found>> {
        let given = &self.settings;
        let token_url = given.token_url.as_deref();
        match (&given.email, &given.private_key) {
            (Some(email), Some(key)) => {
                let account = ServiceAccount::new(email, &key.0, None, token_url)?;
                let place = format!("the service account {email}");
                return Ok(Some(Found {
                    kind: Kind::ServiceAccount(account),
                    place,
                    project: None,
                    universe: None,
                }));
            }
            (None, None) => {}
            (email, _) => {
                let (given, missing) = if email.is_some() {
                    ("email", "private_key (GCE_CREDENTIALS_PRIVATE_KEY)")
                } else {
                    ("private_key", "email (GCE_CREDENTIALS_EMAIL)")
                };
                let message =
                    format!("clouds.gce.credentials: {given} is set, but {missing} is not");
                return Err(Error::new(Code::Authentication, message)
                    .hint("set both for a service account, or use credentials.file"));
            }
        }
        if let Some(token) = environment::variable(environment::ACCESS_TOKEN) {
            let place = environment::ACCESS_TOKEN.to_owned();
            let kind = Kind::Given(token.trim().to_owned());
            // It names no project; gcloud, which may have made it, has one to work in.
            let project = self.gcloud.as_deref().and_then(|it| Gcloud::read(it, watch).project());
            return Ok(Some(Found { kind, place, project, universe: None }));
        }
        if let Some(path) = &given.file {
            return self.checked(file::read(path, token_url)?).map(Some);
        }
        if let Some(folder) = self.gcloud.as_deref()
            && let Some(found) = login(folder, token_url, watch)?
        {
            let found = self.checked(found)?;
            // Several logins may lie in that folder, and the user has named none of them here.
            watch.report.log(Level::Info, &format!("credentials: {}", found.place));
            return Ok(Some(found));
        }
        Ok(None)
    }

    /// Refuses credentials of another universe unless the address of its API is set.
    fn checked(&self, found: Found) -> Result<Found> {
        match &found.universe {
            Some(other) if other != UNIVERSE && !self.has_endpoint => {
                let message = format!("the credentials of {} belong to {other}", found.place);
                Err(Error::config(message)
                    .cause(format!("the Compute API in use belongs to {UNIVERSE}"))
                    .hint(format!("set clouds.gce.endpoint: https://compute.{other}/compute/v1/")))
            }
            _ => Ok(found),
        }
    }
}

/// What lies in gcloud's folder: the login for applications, else gcloud's own. Credentials that the
/// environment names for gcloud come first.
fn login(folder: &Path, token_url: Option<&str>, watch: &Watch) -> Result<Option<Found>> {
    let gcloud = Gcloud::read(folder, watch);
    let applications = folder.join(file::LOGIN);
    if gcloud.is_told() || !applications.exists() {
        return gcloud.login(token_url, watch);
    }
    let mut found = file::read(&applications, token_url)?;
    // gcloud's project is the one to work in; the file names the one that pays for calls.
    found.project = gcloud.project().or(found.project);
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_another_universe_need_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let login = r#""type": "authorized_user", "client_id": "i", "client_secret": "s""#;
        for (universe, has_endpoint, good) in [
            ("googleapis.com", false, true),
            ("example.cloud", false, false),
            ("example.cloud", true, true),
        ] {
            let domain = format!(r#""refresh_token": "r", "universe_domain": "{universe}""#);
            std::fs::write(&path, format!("{{{login}, {domain}}}")).unwrap();
            let credentials = Credentials::new(Settings::default(), has_endpoint);
            let checked = credentials.checked(file::read(&path, None).unwrap());
            assert_eq!(checked.is_ok(), good, "{universe}");
            if let Err(error) = checked {
                assert!(error.hint_text().unwrap().contains("https://compute.example.cloud/"));
            }
        }
    }
}
