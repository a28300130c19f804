//! A session: a token and the catalogue that comes with it, and the trait that they are got by.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::Result;
use crate::cloud::http::Http;
use crate::cloud::openstack::catalogue::Catalogue;
use crate::report::Watch;

/// A token is replaced this long before it expires, so that none expires during a request.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// The part of a token's life, in percent, after which it is no longer new.
const NEW: f64 = 10.0;

/// What an identity service issues.
pub struct Session {
    pub token: String,
    /// When the token was issued, by the service's clock.
    pub issued: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub catalogue: Catalogue,
    /// The id of the project (or tenant) that the token is for.
    pub project: String,
    /// The user's home region, where the service names one.
    pub home: Option<String>,
    /// The names of the user's roles in the project.
    pub roles: Vec<String>,
}

impl Session {
    #[must_use]
    pub fn is_about_to_end(&self) -> bool {
        self.expires.is_some_and(|expires| Timestamp::now() + MARGIN >= expires)
    }

    /// Whether more than a tenth of the token's life is over.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        let (Some(issued), Some(expires)) = (self.issued, self.expires) else { return false };
        let life = expires.duration_since(issued).as_secs_f64();
        let left = expires.duration_since(Timestamp::now()).as_secs_f64();
        left < life * (1.0 - NEW / 100.0)
    }
}

/// An identity service, with credentials for it.
#[async_trait]
pub trait Identity: Send + Sync {
    /// A new session; called again when a token has expired.
    async fn authenticate(&self, http: &Http, watch: &Watch) -> Result<Session>;
}
