//! Work that a vendor does on a new server after nova reports it as running, and announces in the
//! server's metadata: installing agents, users and packages, or moving its address. A server that is
//! used meanwhile ends with half of it.

use super::compute::servers::Server;
use super::differences::Automation;
use super::provider::{OpenStack, patience};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance};
use crate::config::switch::Switch;
use crate::{Code, Error, Result};

/// Waits until all of it is done, and returns the instance as it is then.
///
/// # Errors
/// `Failed` if the vendor reports that it failed, `Timeout` if it takes longer than the settings allow.
pub async fn done(cloud: &OpenStack, instance: Instance, call: &Call) -> Result<Instance> {
    let Some(wait) = cloud.options.automation else { return Ok(instance) };
    if wait.mode == Switch::Off || cloud.differences.automations.is_empty() {
        return Ok(instance);
    }
    let session = cloud.client.session(&call.watch).await?;
    let found = cloud.server(&instance.id, call).await?;
    let mut has_waited = false;
    for automation in cloud.differences.automations {
        let is_expected = match wait.mode {
            Switch::On => automation.is_usual,
            _ => session.roles.iter().any(|role| automation.roles.contains(&role.as_str())),
        };
        if is_expected || found.metadata.contains_key(automation.key) {
            one(cloud, automation, &found, patience(wait.timeout), call).await?;
            has_waited = true;
        }
    }
    if !has_waited {
        return Ok(instance);
    }
    // The address may be another one now.
    super::instance::running(cloud, &instance.id, false, call).await
}

async fn one(
    cloud: &OpenStack,
    automation: &Automation,
    server: &Server,
    patience: wait::Patience,
    call: &Call,
) -> Result<()> {
    let Automation { name, key, .. } = automation;
    let id = &server.id;
    let what = format!("{name} to finish on server {id}");
    let ended = wait::until(&what, patience, &call.watch, || async {
        let server = match super::server::look(cloud, id, call).await? {
            Poll::Ready(server) => server,
            Poll::Pending(status) => return Ok(Poll::Pending(status)),
        };
        let status = server.metadata.get(*key).map_or("not begun", String::as_str);
        let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(status));
        if is(automation.failed) {
            return Err(Error::failed(format!("{name} failed on server {id}"))
                .cause(format!("its metadata {key} is {status}"))
                .hint(
                    "run `imgctl destroy up` to try with a new server, or ask Rackspace's support",
                ));
        }
        Ok(match is(automation.done) {
            true => Poll::Ready(()),
            false => Poll::Pending(status.to_owned()),
        })
    });
    ended.await.map_err(|error| match error.code() {
        Code::Timeout => error.hint(
            "run the same command to wait on, set `automation_timeout` to wait longer, or \
             `automation_wait: false` if nothing is done to this server",
        ),
        _ => error,
    })
}
