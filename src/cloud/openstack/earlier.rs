//! The server that an earlier try of this run made. Nova knows no idempotency tokens, so it is looked
//! for by its marks; and nova takes seconds to answer a request, so one whose sender was killed may
//! come to light only later.

use std::time::{Duration, Instant};

use super::compute::servers::Server;
use super::mark::Mark;
use super::{OpenStack, delete};
use crate::Result;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Resource, ResourceKind};
use crate::report::Level;

/// For a request that nobody heard the answer of to become a server that is listed. A nova with much
/// to do was seen to take 4 s.
const GRACE: Duration = Duration::from_secs(15);

/// Whether a server of this role was perhaps asked for, and the answer is not known.
pub fn is_unanswered(role: &str, call: &Call) -> Result<bool> {
    let known = call.ledger.resources()?;
    Ok(known.iter().any(|resource| {
        resource.kind == ResourceKind::Instance && resource.role == role && resource.id.is_none()
    }))
}

/// This run's server of a role, if it is listed by now.
pub async fn find(cloud: &OpenStack, role: &str, call: &Call) -> Result<Option<Server>> {
    let mut ours = all(cloud, role, call).await?;
    // One on its way out is of no use if there is another.
    ours.sort_by_key(|server| server.is_going());
    Ok(ours.into_iter().next())
}

async fn all(cloud: &OpenStack, role: &str, call: &Call) -> Result<Vec<Server>> {
    let servers = cloud.compute.servers(&cloud.client, &call.watch).await?;
    let ours = |server: &Server| {
        Mark::in_tags(&server.metadata)
            .is_some_and(|mark| mark.run == call.run && mark.role == role)
    };
    Ok(servers.into_iter().filter(ours).collect())
}

/// As [`find`], of a request that may still be on its way: looks for a while before it says no.
pub async fn find_late(cloud: &OpenStack, role: &str, call: &Call) -> Result<Option<Server>> {
    let began = Instant::now();
    let patience = Patience::for_up_to(GRACE * 2).with_gaps_of(Duration::from_millis(500));
    wait::until("a server of an earlier try, if there is one", patience, &call.watch, || async {
        let found = find(cloud, role, call).await?;
        Ok(match found {
            None if began.elapsed() < GRACE => Poll::Pending("none is listed".to_owned()),
            found => Poll::Ready(found),
        })
    })
    .await
}

/// One that came to light after all that patience, and after another was made in its stead, goes.
pub async fn remove_twins(
    cloud: &OpenStack,
    kept: &str,
    intent: &Resource,
    call: &Call,
) -> Result<()> {
    for server in all(cloud, &intent.role, call).await? {
        let is_twin = Mark::in_tags(&server.metadata).is_some_and(|mark| mark.is_for(intent));
        if is_twin && server.id != kept && !server.is_going() {
            let message =
                format!("an earlier try made a second server, {}: removing it", server.id);
            call.watch.report.log(Level::Info, &message);
            delete::server(cloud, &server.id, call).await?;
        }
    }
    Ok(())
}
