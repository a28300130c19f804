//! What an earlier attempt of this run created, or a request whose reply was lost. OpenStack has no
//! idempotency tokens, so it is found by its tags; and a service takes seconds to answer a request, so
//! what was asked for by an attempt that was killed may be listed only later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::client::{Made, NotMade};
use super::compute::servers::Server;
use super::provider::{OpenStack, SETTLING};
use super::server;
use super::tags::RunTags;
use crate::cloud::grace::Grace;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Resource, ResourceKind};
use crate::report::Level;
use crate::{Code, Result};

/// How long a request with an unknown answer may take to become visible. 4 s were measured on a busy
/// nova.
const GRACE: Duration = Duration::from_secs(15);

/// How often a thing is asked for while a front door answers that its service is not available.
const TRIES: usize = 3;

/// The time between two looks at a whole list.
const GAP: Duration = Duration::from_millis(500);

/// For what was asked for by an attempt that was killed: until it is listed, or never will be.
pub fn grace() -> Grace {
    Grace::new(GRACE).at_pace_of(Patience::for_up_to(GRACE).with_gaps_of(GAP))
}

/// One thing that is to be created once, whatever becomes of requests and replies.
pub struct Once<'c> {
    pub intent: Resource,
    /// Whether an earlier attempt may have asked for it without the answer being known.
    pub unanswered: bool,
    /// Whether a request of this attempt may have been carried out without an answer that says so.
    doubtful: AtomicBool,
    call: &'c Call,
}

impl<'c> Once<'c> {
    /// Records the intent, or finds the one of an earlier attempt.
    pub fn begin(
        kind: ResourceKind,
        role: &str,
        attributes: &[(&str, &str)],
        call: &'c Call,
    ) -> Result<Once<'c>> {
        let is_it =
            |known: &Resource| known.kind == kind && known.role == role && known.id.is_none();
        let unanswered = call.ledger.resources()?.iter().any(is_it);
        let intent = call.ledger.intend(kind, role, attributes)?;
        Ok(Once { intent, unanswered, doubtful: AtomicBool::new(false), call })
    }

    /// For an intent of which no earlier request is on its way.
    pub fn of(intent: Resource, call: &'c Call) -> Once<'c> {
        Once { intent, unanswered: false, doubtful: AtomicBool::new(false), call }
    }

    pub fn tags(&self) -> RunTags {
        RunTags::of(&self.intent, self.call)
    }

    /// What `find` finds of an earlier attempt: at once, or after a while if the request may still be on
    /// its way.
    pub async fn earlier<T, F>(&self, find: impl Fn() -> F) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        if !self.unanswered {
            return find().await;
        }
        late(&self.what(), self.call, find).await
    }

    /// What `attempt` makes; if its reply was lost, what `find` finds of it. If it is certain that nothing
    /// was made, the intent is forgotten.
    pub async fn make<T, A, F>(&self, attempt: impl Fn() -> A, find: impl Fn() -> F) -> Result<T>
    where
        A: Future<Output = Made<T>>,
        F: Future<Output = Result<Option<T>>>,
    {
        let watch = &self.call.watch;
        let mut left = TRIES;
        loop {
            let NotMade { error, perhaps, again } = match attempt().await {
                Ok(made) => return Ok(made),
                Err(not_made) => not_made,
            };
            if !perhaps {
                if !self.is_doubtful() {
                    self.call.ledger.gone(&self.intent.token)?;
                }
                return Err(error);
            }
            self.doubtful.store(true, Ordering::Relaxed);
            let pace = Patience::for_up_to(GRACE).with_gaps_of(GAP);
            let grace = Grace::new(SETTLING).at_pace_of(pace);
            let found = grace.find(&self.what(), watch, &find).await;
            left -= 1;
            match found {
                Ok(Some(found)) => {
                    let kind = self.intent.kind;
                    let message = format!("the reply was lost, but the {kind} exists");
                    watch.report.log(Level::Info, &message);
                    return Ok(found);
                }
                Ok(None) if again && left > 0 => {
                    watch.report.log(Level::Warning, &format!("{error}; trying again"));
                }
                Err(stopped) if stopped.code() == Code::Interrupted => return Err(stopped),
                // Why it was looked for says more than why it was not found.
                _ => return Err(error),
            }
        }
    }

    /// Whether something may have been made that is not the one that is known.
    pub fn is_doubtful(&self) -> bool {
        self.unanswered || self.doubtful.load(Ordering::Relaxed)
    }

    fn what(&self) -> String {
        format!("the {} of an earlier request, if any", self.intent.kind)
    }
}

/// What `find` finds; nothing only after a request that was on its way would have become visible.
async fn late<T, F>(what: &str, call: &Call, find: impl Fn() -> F) -> Result<Option<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    let began = Instant::now();
    let patience = Patience::for_up_to(GRACE * 2).with_gaps_of(GAP);
    wait::until(what, patience, &call.watch, || {
        let find = find();
        async move {
            Ok(match find.await? {
                None if began.elapsed() < GRACE => Poll::Pending("none is listed".to_owned()),
                found => Poll::Ready(found),
            })
        }
    })
    .await
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
    late("a server of an earlier attempt, if any", call, || find(cloud, role, call)).await
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
