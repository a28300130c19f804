//! gcloud's own login and settings: what `gcloud auth login` and `gcloud config set` left.

use std::path::{Path, PathBuf};

use super::environment::variable;
use super::file;
use super::gcloud_token::GcloudToken;
use super::impersonation::Impersonation;
use super::kind::{Found, Kind};
use crate::Result;
use crate::config::gcloud::{Configuration, variable_of};
use crate::report::{Level, Watch};

/// The folder of gcloud's files, and its active configuration.
pub struct Gcloud<'a> {
    folder: &'a Path,
    active: Configuration,
}

impl<'a> Gcloud<'a> {
    /// A configuration that cannot be read counts as empty, with a warning: what it would name may be
    /// set elsewhere.
    pub fn read(folder: &'a Path, watch: &Watch) -> Gcloud<'a> {
        let named = variable("CLOUDSDK_ACTIVE_CONFIG_NAME");
        let active = Configuration::active(folder, named.as_deref()).unwrap_or_else(|error| {
            let message = format!(
                "the configuration of gcloud in {} cannot be read: {error}",
                folder.display()
            );
            watch.report.log(Level::Warning, &message);
            Configuration::default()
        });
        Gcloud { folder, active }
    }

    fn property(&self, section: &str, key: &str) -> Option<String> {
        variable(&variable_of(section, key)).or_else(|| self.active.get(section, key))
    }

    /// The project of the active configuration.
    pub fn project(&self) -> Option<String> {
        self.active.get("core", "project")
    }

    /// The zone that gcloud works in.
    pub fn zone(&self) -> Option<String> {
        self.property("compute", "zone")
    }

    /// Whether the environment names credentials for gcloud in place of a login.
    pub fn is_told(&self) -> bool {
        ["access_token_file", "credential_file_override", "impersonate_service_account"]
            .iter()
            .any(|key| variable(&variable_of("auth", key)).is_some())
    }

    /// What gcloud itself would use; None without a login.
    pub fn login(&self, token_url: Option<&str>, watch: &Watch) -> Result<Option<Found>> {
        let Some(mut found) = self.source(token_url, watch)? else { return Ok(None) };
        // gcloud's project is the one to work in; a file names the one that pays for calls.
        found.project = self.project().or(found.project);
        let chain = self.property("auth", "impersonate_service_account");
        Ok(Some(match (chain, &found.kind) {
            // gcloud has done it already.
            (None, _) | (_, Kind::Gcloud(_)) => found,
            (Some(chain), _) => {
                let address = self.property("api_endpoint_overrides", "iamcredentials");
                impersonated(found, &chain, address)
            }
        }))
    }

    fn source(&self, token_url: Option<&str>, watch: &Watch) -> Result<Option<Found>> {
        let bare = |kind, place| Found { kind, place, project: None, universe: None };
        if let Some(path) = self.property("auth", "access_token_file") {
            let place = format!("gcloud's access_token_file {path}");
            return Ok(Some(bare(Kind::TokenFile(PathBuf::from(path)), place)));
        }
        if let Some(path) = self.property("auth", "credential_file_override") {
            return file::read(Path::new(&path), token_url).map(Some);
        }
        let Some(account) = self.property("core", "account") else { return Ok(None) };
        let written = self.folder.join("legacy_credentials").join(&account).join("adc.json");
        if written.is_file() {
            let mut found = file::read(&written, token_url)?;
            found.place = format!("gcloud's login of {account} ({})", written.display());
            return Ok(Some(found));
        }
        if let Some(token) = GcloudToken::find(&account, self.folder) {
            let place = format!("gcloud's login of {account} (gcloud auth print-access-token)");
            return Ok(Some(bare(Kind::Gcloud(token), place)));
        }
        let message = format!(
            "gcloud's login of {account} cannot be used: there is no {}, and no gcloud on the PATH",
            written.display()
        );
        watch.report.log(Level::Warning, &message);
        Ok(None)
    }
}

/// As the service account that these credentials may act as. `chain` is that account, with those before it that
/// lead to it; `address` is that of the API for it, if it is not Google's.
pub fn impersonated(found: Found, chain: &str, address: Option<String>) -> Found {
    let mut names: Vec<&str> = chain.split(',').map(str::trim).collect();
    let account = names.pop().unwrap_or_default();
    let address = address.unwrap_or_else(|| "https://iamcredentials.googleapis.com/".to_owned());
    let path = "v1/projects/-/serviceAccounts";
    let url = format!("{}/{path}/{account}:generateAccessToken", address.trim_end_matches('/'));
    let delegates = names.iter().map(|name| format!("projects/-/serviceAccounts/{name}")).collect();
    let impersonation = Impersonation::new(url, delegates, None);
    Found {
        kind: Kind::Impersonated(Box::new(found.kind), impersonation),
        place: format!("{account}, by {}", found.place),
        ..found
    }
}
