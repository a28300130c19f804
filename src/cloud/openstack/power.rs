//! What servers do: nova's states, waiting for them, and switching servers on and off.

use std::time::Duration;

use jiff::SignedDuration;

use super::compute::servers::Server;
use super::{OpenStack, address};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Instance, InstanceState};
use crate::{Code, Error, Result};

/// Nova's states in our words.
pub fn state(server: &Server) -> InstanceState {
    if server.is_going() {
        return InstanceState::Gone;
    }
    match (server.status.as_str(), server.task.as_deref()) {
        ("ERROR", _) => InstanceState::Failed,
        ("ACTIVE", Some("powering-off")) => InstanceState::Stopping,
        ("SHUTOFF", Some("powering-on")) => InstanceState::Pending,
        ("BUILD" | "UNKNOWN" | "REBOOT" | "HARD_REBOOT", _) => InstanceState::Pending,
        (status, _) if status == "SHUTOFF" || wake(status) != "os-start" => InstanceState::Stopped,
        _ => InstanceState::Running,
    }
}

/// Stopped, but not by `down`.
pub fn is_unusual(status: &str) -> bool {
    wake(status) != "os-start"
}

/// The action that makes a server in this state run.
fn wake(status: &str) -> &'static str {
    match status {
        "PAUSED" => "unpause",
        "SUSPENDED" => "resume",
        "SHELVED" | "SHELVED_OFFLOADED" => "unshelve",
        "RESCUE" => "unrescue",
        _ => "os-start",
    }
}

pub fn patience(limit: SignedDuration) -> Patience {
    Patience::for_up_to(Duration::try_from(limit).unwrap_or_default())
}

/// The error for a server that will never run, with nova's own reason.
pub fn failed(server: &Server) -> Error {
    let reason = server.fault().unwrap_or("nova gives no reason");
    let lower = reason.to_lowercase();
    // Nova's `MaxRetriesExceeded`: several hosts had room and tried, and none could build it.
    let exhausted =
        lower.contains("exhausted all hosts") || lower.contains("maximum number of retries");
    let full = lower.contains("no valid host") || lower.contains("not enough");
    let quota = lower.contains("quota");
    let code = if exhausted || full || quota { Code::Refused } else { Code::Failed };
    let error = Error::new(code, format!("server {} ({}) went into ERROR", server.name, server.id));
    error.cause(reason).hint(if exhausted {
        "every host that nova tried failed to build it: try later or another `flavor`, \
         `availability_zone` or `networks`, and if it stays so ask the cloud's operator for the reason; \
         `imgctl destroy` removes what is left"
    } else if full {
        "no host has room for this flavor in this zone now: choose another `flavor` or \
         `availability_zone`, or try later; `imgctl destroy` removes what is left"
    } else if quota {
        "the project's quota is used up; `imgctl destroy` removes what is left"
    } else {
        "`imgctl destroy` removes what is left of it"
    })
}

/// Waits until a server runs and has the address that is wanted; with `any_address`, any state of
/// addresses will do.
pub async fn running(
    cloud: &OpenStack,
    id: &str,
    any_address: bool,
    call: &Call,
) -> Result<Instance> {
    let what = format!("server {id} to run");
    let patience = patience(cloud.settings.start_timeout);
    let server =
        wait::until(&what, patience, &call.watch, || async { look(cloud, id, call).await }).await?;
    let instance = cloud.instance(&server);
    if instance.address.is_some() || any_address {
        return Ok(instance);
    }
    address::await_wanted(cloud, id, call).await
}

/// A server, once it runs.
pub async fn look(cloud: &OpenStack, id: &str, call: &Call) -> Result<Poll<Server>> {
    let server = cloud.server(id, call).await?;
    match state(&server) {
        InstanceState::Failed => Err(failed(&server)),
        InstanceState::Gone => {
            Err(Error::failed(format!("server {id} is being deleted by somebody else")))
        }
        InstanceState::Running => Ok(Poll::Ready(server)),
        _ => Ok(Poll::Pending(server.progress())),
    }
}

/// Waits until nova has forgotten a server.
pub async fn gone(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let what = format!("server {id} to be gone");
    let patience = patience(cloud.settings.stop_timeout);
    wait::until(&what, patience, &call.watch, || async {
        match cloud.compute.server(&cloud.client, id, &call.watch).await? {
            None => Ok(Poll::Ready(())),
            Some(server) if server.status == "DELETED" => Ok(Poll::Ready(())),
            Some(server) if server.status == "SOFT_DELETED" => {
                // Kept for a while where the cloud can restore; it is not wanted back.
                cloud.compute.power(&cloud.client, id, "forceDelete", &call.watch).await?;
                Ok(Poll::Pending(server.progress()))
            }
            Some(server) if server.status == "ERROR" && !server.is_going() => {
                // Deleting failed on its host, or was not begun: asked once more.
                cloud.compute.delete_server(&cloud.client, id, &call.watch).await?;
                Ok(Poll::Pending(match server.fault() {
                    Some(fault) => format!("{}: {fault}", server.progress()),
                    None => server.progress(),
                }))
            }
            Some(server) => Ok(Poll::Pending(server.progress())),
        }
    })
    .await
}

pub async fn start(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let server = settled(cloud, id, call).await?;
    if state(&server) == InstanceState::Stopped {
        cloud.compute.power(&cloud.client, id, wake(&server.status), &call.watch).await?;
    }
    running(cloud, id, false, call).await
}

pub async fn stop(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let server = settled(cloud, id, call).await?;
    if state(&server) == InstanceState::Failed {
        return Err(failed(&server));
    }
    if state(&server) == InstanceState::Stopped {
        return Ok(());
    }
    cloud.compute.power(&cloud.client, id, "os-stop", &call.watch).await?;
    let what = format!("server {id} to stop");
    let patience = patience(cloud.settings.stop_timeout);
    wait::until(&what, patience, &call.watch, || async {
        let server = cloud.server(id, call).await?;
        match state(&server) {
            InstanceState::Stopped if server.task.is_none() => Ok(Poll::Ready(())),
            InstanceState::Failed => Err(failed(&server)),
            _ => Ok(Poll::Pending(server.progress())),
        }
    })
    .await
}

/// For clouds that cannot stop.
pub async fn reboot(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let server = settled(cloud, id, call).await?;
    if state(&server) == InstanceState::Running {
        cloud.compute.reboot(&cloud.client, id, &call.watch).await?;
    }
    running(cloud, id, false, call).await
}

/// The server once nova has finished what it is doing with it: till then it refuses other work.
pub async fn settled(cloud: &OpenStack, id: &str, call: &Call) -> Result<Server> {
    let what = format!("server {id} to have no task");
    let server = cloud.server(id, call).await?;
    // `image_uploading` and its like last as long as the image takes.
    let of_image = server.task.is_some_and(|task| task.starts_with("image_"));
    let (usual, long) = (cloud.settings.stop_timeout, cloud.settings.image_timeout);
    let patience = patience(if of_image { long } else { usual });
    wait::until(&what, patience, &call.watch, || async {
        let server = cloud.server(id, call).await?;
        Ok(match server.task {
            Some(_) if !server.is_going() => Poll::Pending(server.progress()),
            _ => Poll::Ready(server),
        })
    })
    .await
}
