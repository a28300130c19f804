//! Starting, stopping and rebooting servers.

use super::asking::{self, Seen};
use super::compute::servers::Server;
use super::provider::{OpenStack, patience};
use super::{instance, server};
use crate::cloud::{Call, Instance, InstanceState};
use crate::report::Level;
use crate::{Code, Result};

pub async fn start(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let found = server::settled(cloud, id, call).await?;
    if server::state(&found) == InstanceState::Stopped {
        let wake = server::wake(&found.status);
        let what = format!("server {id} to start");
        let patience = patience(cloud.settings.start_timeout);
        let ask = || action(cloud, id, wake, call);
        asking::until_done(&what, patience, &call.watch, ask, || async {
            let found = cloud.server(id, call).await?;
            Ok(match server::state(&found) {
                InstanceState::Stopped if found.task.is_none() => Seen::Unchanged(found.progress()),
                InstanceState::Stopped => Seen::Going(found.progress()),
                _ => Seen::Done,
            })
        })
        .await?;
    }
    instance::running(cloud, id, false, call).await
}

pub async fn stop(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    stop_settled(cloud, &server::settled(cloud, id, call).await?, call).await
}

/// As [`stop`], of a server that was just seen to have no task.
pub async fn stop_settled(cloud: &OpenStack, found: &Server, call: &Call) -> Result<()> {
    let id = &found.id;
    match server::state(found) {
        InstanceState::Failed => return Err(server::failed(found)),
        InstanceState::Stopped => return Ok(()),
        _ => {}
    }
    let what = format!("server {id} to stop");
    let ask = || action(cloud, id, "os-stop", call);
    let patience = patience(cloud.settings.stop_timeout);
    asking::until_done(&what, patience, &call.watch, ask, || async {
        let found = cloud.server(id, call).await?;
        match server::state(&found) {
            InstanceState::Stopped if found.task.is_none() => Ok(Seen::Done),
            InstanceState::Failed => Err(server::failed(&found)),
            InstanceState::Running if found.task.is_none() => Ok(Seen::Unchanged(found.progress())),
            _ => Ok(Seen::Going(found.progress())),
        }
    })
    .await
}

/// Asks for an action. If its reply is lost, the server's state says what became of it.
async fn action(cloud: &OpenStack, id: &str, action: &str, call: &Call) -> Result<()> {
    let asked = cloud.compute.power(&cloud.client, id, action, &call.watch).await;
    match server::refuse_locked(cloud, id, asked, call).await {
        Err(error) if matches!(error.code(), Code::Connection | Code::Timeout) => {
            call.watch.report.log(Level::Debug, &error.to_string());
            Ok(())
        }
        other => other,
    }
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
