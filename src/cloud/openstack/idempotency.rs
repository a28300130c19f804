//! The server that an earlier attempt of this run created. Nova has no idempotency tokens, so the
//! server is found by its tags; and nova takes seconds to answer a request, so the server of an
//! attempt that was killed may be listed only later.

use std::time::{Duration, Instant};

use super::compute::servers::Server;
use super::provider::OpenStack;
use super::server;
use super::tags::RunTags;
use crate::Result;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Resource, ResourceKind};
use crate::report::Level;

/// How long a request with an unknown answer may take to become a listed server. 4 s were measured on
/// a busy nova.
const GRACE: Duration = Duration::from_secs(15);

/// Whether a server of this role may have been asked for without the answer being known.
pub fn is_unanswered(role: &str, call: &Call) -> Result<bool> {
    let known = call.ledger.resources()?;
    Ok(known.iter().any(|resource| {
        resource.kind == ResourceKind::Instance && resource.role == role && resource.id.is_none()
    }))
}

/// This run's server of a role, if it is listed by now.
pub async fn find(cloud: &OpenStack, role: &str, call: &Call) -> Result<Option<Server>> {
    let mut ours = all(cloud, role, call).await?;
    // A server that is being deleted is the last choice.
    ours.sort_by_key(|server| server.is_going());
    Ok(ours.into_iter().next())
}

async fn all(cloud: &OpenStack, role: &str, call: &Call) -> Result<Vec<Server>> {
    let servers = cloud.compute.servers(&cloud.client, &call.watch).await?;
    let ours = |server: &Server| {
        RunTags::from_tags(&server.metadata)
            .is_some_and(|tags| tags.run == call.run && tags.role == role)
    };
    Ok(servers.into_iter().filter(ours).collect())
}

/// As [`find`], for a request that may still be on its way: looks for a while before it answers no.
pub async fn find_late(cloud: &OpenStack, role: &str, call: &Call) -> Result<Option<Server>> {
    let began = Instant::now();
    let patience = Patience::for_up_to(GRACE * 2).with_gaps_of(Duration::from_millis(500));
    wait::until("a server of an earlier attempt, if any", patience, &call.watch, || async {
        let found = find(cloud, role, call).await?;
        Ok(match found {
            None if began.elapsed() < GRACE => Poll::Pending("none is listed".to_owned()),
            found => Poll::Ready(found),
        })
    })
    .await
}

/// Removes servers of an earlier attempt that were listed only after another was created in their
/// place.
pub async fn remove_twins(
    cloud: &OpenStack,
    kept: &str,
    intent: &Resource,
    call: &Call,
) -> Result<()> {
    for found in all(cloud, &intent.role, call).await? {
        let is_twin = RunTags::from_tags(&found.metadata).is_some_and(|tags| tags.is_for(intent));
        if is_twin && found.id != kept && !found.is_going() {
            let message =
                format!("removing server {}, a second one from an earlier attempt", found.id);
            call.watch.report.log(Level::Info, &message);
            server::delete(cloud, &found.id, call).await?;
        }
    }
    Ok(())
}
