//! Starting, stopping and rebooting servers.

use super::provider::{OpenStack, patience};
use super::{instance, server};
use crate::Result;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance, InstanceState};

pub async fn start(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let found = server::settled(cloud, id, call).await?;
    if server::state(&found) == InstanceState::Stopped {
        let wake = server::wake(&found.status);
        let asked = cloud.compute.power(&cloud.client, id, wake, &call.watch).await;
        server::refuse_locked(cloud, id, asked, call).await?;
    }
    instance::running(cloud, id, false, call).await
}

pub async fn stop(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let found = server::settled(cloud, id, call).await?;
    match server::state(&found) {
        InstanceState::Failed => return Err(server::failed(&found)),
        InstanceState::Stopped => return Ok(()),
        _ => {}
    }
    let asked = cloud.compute.power(&cloud.client, id, "os-stop", &call.watch).await;
    server::refuse_locked(cloud, id, asked, call).await?;
    let what = format!("server {id} to stop");
    wait::until(&what, patience(cloud.settings.stop_timeout), &call.watch, || async {
        let found = cloud.server(id, call).await?;
        match server::state(&found) {
            InstanceState::Stopped if found.task.is_none() => Ok(Poll::Ready(())),
            InstanceState::Failed => Err(server::failed(&found)),
            _ => Ok(Poll::Pending(found.progress())),
        }
    })
    .await
}

/// Restarts a server on a cloud that cannot stop it.
pub async fn reboot(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let found = server::settled(cloud, id, call).await?;
    if server::state(&found) == InstanceState::Running {
        let asked = cloud.compute.reboot(&cloud.client, id, &call.watch).await;
        server::refuse_locked(cloud, id, asked, call).await?;
    }
    instance::running(cloud, id, false, call).await
}
