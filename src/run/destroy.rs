//! Removing everything that a run has created in a cloud, except its images.

use super::keys::{login, pins};
use super::known::project;
use super::{Run, images, manifest, progress, values};
use crate::Result;
use crate::cloud::{Call, ResourceKind};
use crate::state::Document;

/// Removes the resources of a role, or of every role, and returns how many. The state file is
/// removed with the last role.
pub fn destroy(run: &Run, role: Option<&str>) -> Result<usize> {
    destroy_by(run, role, true, &run.call()?)
}

/// Finishes the removal that a killed process had begun.
pub fn finish(run: &Run) -> Result<()> {
    destroy_by(run, None, false, &run.call()?).map(drop)
}

/// As [`destroy`] for every role, even after Ctrl-C has cancelled everything else.
pub fn clean_up(run: &Run) -> Result<usize> {
    let mut call = run.call()?;
    call.watch.cancel = tokio_util::sync::CancellationToken::new();
    destroy_by(run, None, false, &call)
}

fn destroy_by(run: &Run, role: Option<&str>, of_chain: bool, call: &Call) -> Result<usize> {
    // First, as another process may be about to begin a run; and a lock file that was left by a killed
    // one goes with ours.
    run.store.lock()?;
    if run.store.document().is_none() {
        return Ok(0);
    }
    let cloud = run.cloud()?;
    run.finish(project::check(run, &call.watch))?;
    if role.is_none() {
        progress::note_ending(run, of_chain)?;
    }
    let port = run.selection()?.common.ssh.port;
    let ours = |r: &crate::cloud::Resource| role.is_none_or(|role| r.role == role);
    let written: Vec<_> = call.ledger.resources()?.into_iter().filter(ours).collect();
    run.finish(cloud.destroy(&written, call))?;
    let mut removed = written.len();
    if role.is_none() {
        // Resources that carry the run's tag and were never recorded; finished images stay.
        let mut found = run.finish(cloud.find_run(Some(&call.run), call))?;
        let images = found.extract_if(.., |resource| resource.kind == ResourceKind::Image);
        let images: Vec<String> = images.filter_map(|image| image.id).collect();
        run.finish(cloud.destroy(&found, call))?;
        removed += found.len();
        images::finish_deletions(run, &images, call)?;
        run.store.update(|document| {
            forget(document, None, port);
            Ok(())
        })?;
        values::forget(run);
        // With the state would go what the manifest is still to be told.
        let listed = manifest::catch_up(run);
        run.store.remove(progress::ended(run))?;
        listed.map_err(|error| {
            let path = run.store.path().display();
            error.hint(format!(
                "{path} keeps it: run `imgctl destroy` again once the file can be written"
            ))
        })?;
        return Ok(removed);
    }
    run.store.update(|document| {
        forget(document, role, port);
        Ok(())
    })?;
    Ok(removed)
}

/// Forgets the instances of a role, or all, with the host keys pinned at their addresses: the cloud
/// may give an address to another machine. `port` is the configured SSH port.
fn forget(document: &mut Document, role: Option<&str>, port: Option<u16>) {
    let is_gone = |name: &str| role.is_none_or(|role| role == name);
    for record in document.instances.iter().filter(|(name, _)| is_gone(name)).map(|(_, it)| it) {
        if let Some(pin) = pins::address(record, port) {
            document.host_keys.remove(&pin);
        }
    }
    document.instances.retain(|name, _| !is_gone(name));
    // The next instance of the role has a key of its own.
    if let Some(role) = role {
        document.keys.remove(&login::purpose(role));
    }
}
