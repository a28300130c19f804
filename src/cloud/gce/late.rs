//! Requests of an earlier command that nobody waited for: they may be carried out later.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::fault::Failure;
use super::name::request_id;
use super::provider::Gce;
use super::sure::{LATE, found_within};
use crate::Result;
use crate::cloud::{Call, Resource, ResourceKind};
use crate::report::Watch;

/// How long requests may still be on their way to Google.
#[derive(Clone, Copy)]
pub struct Grace(Option<Instant>);

impl Grace {
    /// Every request was answered.
    pub fn none() -> Grace {
        Grace(None)
    }

    /// A request may have been sent just now, and its answer was not read.
    pub fn full() -> Grace {
        Grace(Some(Instant::now() + LATE))
    }

    fn left(self) -> Duration {
        self.0.map_or(Duration::ZERO, |end| end.saturating_duration_since(Instant::now()))
    }
}

impl Gce {
    /// What a recorded request has made, once its operation has ended; None if there is no such request
    /// and none arrives within the grace. `path` is that of the resource, `place` that of its operation
    /// below the project.
    pub(super) async fn made_by(
        &self,
        intent: &Resource,
        path: &str,
        place: &str,
        grace: Grace,
        call: &Call,
    ) -> Result<Option<Value>> {
        let (kind, watch) = (intent.kind, &call.watch);
        let name = intent.attribute("name").unwrap_or_default();
        let id = request_id(&intent.token);
        let patience = match kind {
            ResourceKind::Image => self.settings.image_timeout,
            _ => self.settings.operation_timeout,
        };
        let purpose = format!("look up {kind} {name}");
        let look = || async {
            // An operation that has ended decides: nothing else is going to come of the request.
            Ok(match self.settle(place, &id, patience, watch).await? {
                Some(true) => Some(self.api.find_surely(path, &purpose, watch).await?),
                Some(false) => Some(self.api.find(path, &purpose, watch).await?),
                None => self.api.find(path, &purpose, watch).await?.map(Some),
            })
        };
        let what = format!("{kind} {name}, which may have been requested");
        Ok(found_within(&what, grace.left(), watch, look).await?.flatten())
    }

    /// Waits for the operation of an earlier try, and returns whether it succeeded; None if there is
    /// none. After a crash its name is lost, and the resource it makes may not exist yet.
    async fn settle(
        &self,
        place: &str,
        request_id: &str,
        patience: Duration,
        watch: &Watch,
    ) -> Result<Option<bool>> {
        let path = format!("{}/{place}/operations", self.root(watch).await?);
        let filter = format!("clientOperationId = \"{request_id}\"");
        let purpose = "find the operation of an earlier try";
        let mut succeeded = None;
        for operation in self.api.list(&path, &filter, purpose, watch).await? {
            if operation["clientOperationId"] != request_id {
                continue;
            }
            match self.wait(operation, "finish the earlier try", patience, watch).await {
                Ok(()) => succeeded = Some(true),
                Err(Failure::Refused(_)) => succeeded = succeeded.or(Some(false)),
                Err(Failure::Other(error)) => return Err(error),
            }
        }
        Ok(succeeded)
    }
}
