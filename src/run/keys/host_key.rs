//! The host key of an instance, known before the first connection where that is possible.

use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Capability, HostKey};
use crate::config::{HostKeySource, Selection};
use crate::run::Run;
use crate::run::known::instances;
use crate::ssh::keys;
use crate::{Code, Error, Result};

/// A new key for the instance, if the settings say that imgctl provides it.
pub fn to_hand_in(run: &Run, selection: &Selection) -> Result<Option<HostKey>> {
    match selection.common.ssh.host_key {
        HostKeySource::HandedIn => {
            let pair = keys::generate("imgctl host key")?;
            Ok(Some(HostKey { private: pair.private, public: pair.public }))
        }
        HostKeySource::FirstUse => Ok(None),
        HostKeySource::Console => {
            let cloud = run.cloud()?;
            if cloud.can(Capability::Console) {
                return Ok(None);
            }
            let error = cloud.cannot(Capability::Console);
            Err(error.hint("set ssh.host_key to handed_in"))
        }
    }
}

/// Reads an instance's key from its console, if the settings say so, and records it.
pub fn read(run: &Run, role: &str, call: &Call) -> Result<()> {
    let selection = run.selection()?;
    if selection.common.ssh.host_key != HostKeySource::Console {
        return Ok(());
    }
    let record = instances::record(run, role)?;
    if record.host_key.is_some() {
        return Ok(());
    }
    let (cloud, id) = (run.cloud()?, record.id.unwrap_or_default());
    let what = format!("the host keys of {} on its console", record.name);
    let patience = Patience::for_up_to(selection.common.ssh.ready_timeout);
    let found = run.block_on(wait::until(&what, patience, &call.watch, || async {
        let keys = cloud.host_keys(&id, call).await?;
        Ok(match best(&keys) {
            Some(key) => Poll::Ready(key),
            None => Poll::Pending("the instance has not reported them yet".to_string()),
        })
    }));
    let key = found.map_err(|error: Error| match error.code() {
        Code::Timeout => error.hint(
            "set ssh.host_key to handed_in or first_use if the image does not print its host keys",
        ),
        _ => error,
    })?;
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.host_key = Some(key);
        }
        Ok(())
    })
}

/// Reads the key again after the machine has presented another one: after a restart its console (or
/// the cloud's agent) may report the earlier key for a while. True when it reports another key now,
/// which is recorded.
pub async fn read_again(run: &Run, role: &str) -> Result<bool> {
    let record = instances::record(run, role)?;
    let (cloud, id) = (run.cloud()?, record.id.unwrap_or_default());
    let keys = cloud.host_keys(&id, &run.call()?).await?;
    let Some(key) = best(&keys).filter(|key| record.host_key.as_ref() != Some(key)) else {
        return Ok(false);
    };
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.host_key = Some(key);
        }
        Ok(())
    })?;
    Ok(true)
}

/// Whether host keys are read from consoles.
pub fn is_told(run: &Run) -> Result<bool> {
    Ok(run.selection()?.common.ssh.host_key == HostKeySource::Console)
}

/// The key of the algorithm that SSH prefers.
fn best(keys: &[String]) -> Option<String> {
    ["ssh-ed25519", "ecdsa-", "ssh-rsa"]
        .iter()
        .find_map(|kind| keys.iter().find(|key| key.starts_with(kind)).cloned())
}
