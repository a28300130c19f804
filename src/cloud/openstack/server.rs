//! Servers: nova's states, waiting for them, and deleting a server.

use super::asking::{self, Seen};
use super::compute::servers::Server;
use super::provider::{OpenStack, patience};
use super::wording::{self, EXHAUSTED, FULL, LOCKED, OPEN_NETWORK, QUOTA};
use crate::cloud::refusals::NO_REASON;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, InstanceState};
use crate::{Code, Error, Result};

/// The instance state that a server's status and task mean.
pub fn state(server: &Server) -> InstanceState {
    if server.is_going() {
        return InstanceState::Gone;
    }
    match (server.status.as_str(), server.task.as_deref()) {
        ("ERROR", _) => InstanceState::Failed,
        ("ACTIVE", Some("powering-off")) => InstanceState::Stopping,
        ("SHUTOFF", Some("powering-on")) => InstanceState::Pending,
        ("BUILD" | "UNKNOWN" | "REBOOT" | "HARD_REBOOT", _) => InstanceState::Pending,
        (status, _) if status == "SHUTOFF" || is_unusual(status) => InstanceState::Stopped,
        _ => InstanceState::Running,
    }
}

/// Whether a server in this state is stopped, but not by `down`.
pub fn is_unusual(status: &str) -> bool {
    wake(status) != "os-start"
}

/// Whether a server in this state goes on where it was: what is in its memory is not on its disk.
pub fn is_frozen(status: &str) -> bool {
    ["PAUSED", "SUSPENDED"].contains(&status)
}

/// The action that makes a server in this state run.
pub fn wake(status: &str) -> &'static str {
    match status {
        "PAUSED" => "unpause",
        "SUSPENDED" => "resume",
        "SHELVED" | "SHELVED_OFFLOADED" => "unshelve",
        "RESCUE" => "unrescue",
        _ => "os-start",
    }
}

/// The error for a server that will never run, with nova's own reason.
pub fn failed(server: &Server) -> Error {
    let reason = server.fault().unwrap_or(NO_REASON);
    let exhausted = wording::is_one_of(reason, &EXHAUSTED);
    let full = wording::is_one_of(reason, &FULL);
    let quota = wording::is_one_of(reason, &QUOTA);
    let open_network = wording::is_one_of(reason, &OPEN_NETWORK);
    let code = if open_network {
        Code::Failed
    } else if exhausted || full || quota {
        Code::Refused
    } else {
        Code::Failed
    };
    let error = Error::new(code, format!("server {} ({}) went into ERROR", server.name, server.id));
    error.cause(reason).hint(if open_network {
        "set `ssh_from: none` for a network without port security or without a subnet, then run `imgctl \
         destroy up`: nova puts no security group on its ports"
    } else if exhausted {
        "try later, or another `flavor`, `availability_zone` or `networks`: every host that nova \
         tried failed to build it, and the cloud's operator can see why; `imgctl destroy` removes \
         what is left"
    } else if full {
        "choose another `flavor` or `availability_zone`, or try later: no host has capacity for this \
         flavor in this zone; `imgctl destroy` removes what is left"
    } else if quota {
        "run `imgctl destroy` to remove what is left: the project's quota is used up"
    } else {
        "run `imgctl destroy` to remove what is left"
    })
}

/// One look at a server that should come to run.
pub async fn look(cloud: &OpenStack, id: &str, call: &Call) -> Result<Poll<Server>> {
    let server = cloud.server(id, call).await?;
    match state(&server) {
        InstanceState::Failed => Err(failed(&server)),
        InstanceState::Gone => Err(being_deleted(id)),
        InstanceState::Running => Ok(Poll::Ready(server)),
        _ => Ok(Poll::Pending(server.progress())),
    }
}

/// The error for a server that is needed and that somebody else deletes.
pub fn being_deleted(id: &str) -> Error {
    Error::failed(format!("server {id} is being deleted by someone else"))
}

/// The server once nova has finished its current task: until then it refuses other work.
pub async fn settled(cloud: &OpenStack, id: &str, call: &Call) -> Result<Server> {
    now_settled(cloud, cloud.server(id, call).await?, call).await
}

/// As [`settled`], of a server that was just asked for.
pub async fn now_settled(cloud: &OpenStack, server: Server, call: &Call) -> Result<Server> {
    let Some(task) = server.task.as_ref().filter(|_| !server.is_going()) else {
        return Ok(server);
    };
    let id = &server.id;
    let what = format!("server {id} to have no task");
    // Tasks such as `image_uploading` last as long as the image takes.
    let of_image = task.starts_with("image_");
    let (usual, long) = (cloud.settings.stop_timeout, cloud.settings.image_timeout);
    let limit = patience(if of_image { long } else { usual });
    wait::until(&what, limit, &call.watch, || async {
        let server = cloud.server(id, call).await?;
        Ok(match server.task {
            Some(_) if !server.is_going() => Poll::Pending(server.progress()),
            _ => Poll::Ready(server),
        })
    })
    .await
}

/// Deletes a server and waits until nova has forgotten it.
pub async fn delete(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let what = format!("server {id} to be gone");
    let patience = patience(cloud.settings.stop_timeout);
    let delete = || async {
        let asked = cloud.compute.delete_server(&cloud.client, id, &call.watch).await;
        refuse_locked(cloud, id, asked, call).await
    };
    asking::until_done(&what, patience, &call.watch, delete, || async {
        let found = cloud.compute.server(&cloud.client, id, &call.watch).await?;
        let Some(server) = found.filter(|server| server.status != "DELETED") else {
            return Ok(Seen::Done);
        };
        if server.status == "SOFT_DELETED" {
            // A cloud with deferred deletion would keep it for a while, to restore it.
            cloud.compute.power(&cloud.client, id, "forceDelete", &call.watch).await?;
        }
        if server.is_going() {
            return Ok(Seen::Going(server.progress()));
        }
        Ok(Seen::Unchanged(match server.fault() {
            Some(fault) => format!("{}: {fault}", server.progress()),
            None => server.progress(),
        }))
    })
    .await
}

/// Turns "busy" into a refusal for a server that is locked, which waiting does not change. Nova
/// answers with 409 in both cases. From microversion 2.9 on a server says whether it is locked.
pub async fn refuse_locked<T>(
    cloud: &OpenStack,
    id: &str,
    asked: Result<T>,
    call: &Call,
) -> Result<T> {
    let error = match asked {
        Err(error) if error.code() == Code::Busy => error,
        other => return other,
    };
    let server = cloud.compute.server(&cloud.client, id, &call.watch).await?;
    let locked = server.and_then(|server| server.locked);
    let says_so = || error.causes().iter().any(|cause| wording::is_one_of(cause, &LOCKED));
    if !locked.unwrap_or_else(says_so) {
        return Err(error);
    }
    let refusal = Error::new(Code::Refused, format!("server {id} is locked"));
    let refusal = error.causes().iter().fold(refusal, Error::cause);
    Err(refusal.hint(format!("run `openstack server unlock {id}`")))
}
