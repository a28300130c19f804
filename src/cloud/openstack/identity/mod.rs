//! Who we are: a token and the catalogue that comes with it.

pub mod clouds_yaml;
pub mod credentials;
mod entry;
pub mod facts;
pub mod keystone;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::catalogue::Catalogue;
use crate::Result;
use crate::cloud::http::Http;
use crate::report::Watch;

/// A token that is replaced this long before it ends does not end on its way.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// What an identity service hands out.
pub struct Session {
    pub token: String,
    pub expires: Option<Timestamp>,
    pub catalogue: Catalogue,
    /// The project (or tenant) all is done in.
    pub project: String,
    /// The region the account is at home in, where the service says.
    pub home: Option<String>,
}

impl Session {
    #[must_use]
    pub fn is_about_to_end(&self) -> bool {
        self.expires.is_some_and(|expires| Timestamp::now() + MARGIN >= expires)
    }
}

/// Where tokens come from.
#[async_trait]
pub trait Identity: Send + Sync {
    /// A new token; asked again when one has ended.
    async fn authenticate(&self, http: &Http, watch: &Watch) -> Result<Session>;
}
