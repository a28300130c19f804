//! One region of a project: settings, credentials and the API.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use tokio::sync::OnceCell;

use super::api::Api;
use super::credentials::Credentials;
use super::request;
use crate::Result;
use crate::cloud::Logins;
use crate::config::gce::Settings;

/// The provider, opened for one region.
pub struct Gce {
    pub(super) settings: Settings,
    /// Empty: the region of the configured zones.
    pub(super) region: String,
    pub(super) api: Api,
    /// The zones to try, asked for once.
    pub(super) zones: OnceCell<Vec<String>>,
    /// By instance: when its guest attributes were last read, and the host keys in them.
    pub(super) guest_keys: Mutex<BTreeMap<String, (Instant, Vec<String>)>>,
}

impl Gce {
    /// Makes no remote call: credentials are looked for when they are first needed.
    ///
    /// # Errors
    /// `Code::Config` for settings that contradict each other or that Google would refuse.
    pub fn new(settings: Settings, region: &str, logins: &Logins<Credentials>) -> Result<Gce> {
        request::check(&settings)?;
        let given = &settings.credentials;
        let is_elsewhere = settings.endpoint.is_some();
        let credentials = logins.of_or(&format!("{is_elsewhere} {}", given.key()), || {
            Credentials::new(given.clone(), is_elsewhere)
        });
        let api = Api::new(settings.endpoint.as_deref(), credentials)?;
        let (zones, guest_keys) = (OnceCell::new(), Mutex::default());
        Ok(Gce { settings, region: region.to_owned(), api, zones, guest_keys })
    }
}
