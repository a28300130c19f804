//! A session: a token and the catalogue that comes with it, and the trait that they are got by.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap};

use crate::Result;
use crate::cloud::http::Http;
use crate::cloud::openstack::catalogue::Catalogue;
use crate::report::Watch;

/// A token is replaced this long before it expires, so that none expires during a request.
const MARGIN: Duration = Duration::from_secs(60);

/// The part of a token's life, in percent, after which it is no longer new.
const NEW: f64 = 10.0;

/// How long a token lasts. The service gives times by its own clock, with which this computer's need not
/// agree: what was left of the token when it came is counted from then on.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    came: Instant,
    /// None: the service does not say when it ends.
    left: Option<Duration>,
    whole: Option<Duration>,
}

impl Life {
    /// From the times in a reply, and its headers, which have the service's time.
    #[must_use]
    pub fn new(issued: Option<Timestamp>, expires: Option<Timestamp>, headers: &HeaderMap) -> Life {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp());
        let now = date.unwrap_or_else(Timestamp::now);
        let until = |begin: Timestamp| {
            // Over already: nothing is left.
            expires.map(|end| Duration::try_from(end.duration_since(begin)).unwrap_or_default())
        };
        Life { came: Instant::now(), left: until(now), whole: issued.and_then(until) }
    }

    fn is_about_to_end(&self) -> bool {
        self.left.is_some_and(|left| self.came.elapsed() + MARGIN >= left)
    }

    fn is_used_up(&self) -> bool {
        let (Some(left), Some(whole)) = (self.left, self.whole) else { return false };
        left.saturating_sub(self.came.elapsed()) < whole.mul_f64(1.0 - NEW / 100.0)
    }
}

/// What an identity service issues.
pub struct Session {
    pub token: String,
    pub life: Life,
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
        self.life.is_about_to_end()
    }

    /// Whether more than a tenth of the token's life is over.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        self.life.is_used_up()
    }
}

/// An identity service, with credentials for it.
#[async_trait]
pub trait Identity: Send + Sync {
    /// A new session; called again when a token has expired.
    async fn authenticate(&self, http: &Http, watch: &Watch) -> Result<Session>;
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use reqwest::header::HeaderValue;

    use super::*;

    /// A token of an hour, of which some minutes are over, from a service whose clock is so many hours off.
    fn life(minutes: i64, hours: i64, tells_time: bool) -> Life {
        let theirs = Timestamp::now() + SignedDuration::from_hours(hours);
        let issued = theirs - SignedDuration::from_mins(minutes);
        let date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let date = (DATE, HeaderValue::from_str(&date).unwrap());
        let headers = Some(date).filter(|_| tells_time).into_iter().collect();
        Life::new(Some(issued), Some(issued + SignedDuration::from_hours(1)), &headers)
    }

    #[test]
    fn a_clock_that_is_wrong_neither_ends_a_token_nor_keeps_it() {
        for hours in [-5, 0, 5] {
            assert!(!life(0, hours, true).is_about_to_end(), "{hours}");
            assert!(!life(0, hours, true).is_used_up(), "{hours}");
            assert!(life(30, hours, true).is_used_up(), "{hours}");
            assert!(life(60, hours, true).is_about_to_end(), "{hours}");
        }
        // Without the service's time there is only this computer's.
        assert!(!life(0, 0, false).is_about_to_end() && life(60, 0, false).is_about_to_end());
        let unknown = Life::new(None, None, &HeaderMap::new());
        assert!(!unknown.is_about_to_end() && !unknown.is_used_up());
    }
}
