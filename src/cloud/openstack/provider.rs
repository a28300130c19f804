//! The provider itself: one region of a cloud, in one project.

use std::time::Duration;

use jiff::SignedDuration;

use super::client::Client;
use super::compute::nova::Compute;
use super::compute::servers::Server;
use super::differences::Differences;
use super::image::Query;
use super::options::Options;
use crate::Result;
use crate::cloud::grace::Grace;
use crate::cloud::wait::Patience;
use crate::cloud::{Call, Image, ResourceKind, refusals};
use crate::config::openstack::Settings;

/// One region of a cloud, in one project.
pub struct OpenStack {
    pub(super) settings: Settings,
    pub(super) differences: Differences,
    pub(super) options: Options,
    pub(super) client: Client,
    pub(super) compute: Compute,
}

impl OpenStack {
    /// Sends nothing: `client` logs in at its first request.
    #[must_use]
    pub fn new(
        settings: Settings,
        options: Options,
        differences: Differences,
        client: Client,
    ) -> OpenStack {
        let compute = Compute::new(differences.microversions);
        OpenStack { settings, differences, options, client, compute }
    }

    /// The server with this id.
    ///
    /// # Errors
    /// `NotFound` if nova does not know it.
    pub(super) async fn server(&self, id: &str, call: &Call) -> Result<Server> {
        let what = format!("server {id} to be known");
        // An API server may lag behind the one that started it.
        let look = || self.compute.server(&self.client, id, &call.watch);
        let found = Grace::new(SETTLING).find(&what, &call.watch, look).await?;
        found.ok_or_else(|| refusals::gone(ResourceKind::Instance, id))
    }

    /// The project's own images, hidden ones included, oldest first.
    pub(super) async fn own_images(&self, call: &Call) -> Result<Vec<Image>> {
        let owner = Some(self.client.session(&call.watch).await?.project.clone());
        let query = Query { owner, ..Query::default() };
        self.differences.images.list(&self.client, &query, &call.watch).await
    }
}

/// How long a change that an API server has confirmed may take until the others show it.
pub const SETTLING: Duration = Duration::from_secs(10);

/// Polls for up to `limit`, one of the timeouts of the settings.
pub fn patience(limit: SignedDuration) -> Patience {
    Patience::for_up_to(Duration::try_from(limit).unwrap_or_default())
}
