//! What proves an image: an instance of it was started, looked at and tested. The state and the manifest
//! keep when.

use super::known::instances;
use super::{Run, images, manifest};
use crate::cloud::{Image, Launch};
use crate::ssh::keys;
use crate::state::manifest::{Entry, Identity, Proof};
use crate::{Code, Error, Result};

/// Records that the image passed from which the instance of this role was started, and its copies with it.
pub fn note(run: &Run, role: &str) -> Result<Proof> {
    let record = instances::record(run, role)?;
    let launch: Launch = serde_json::from_value(record.launch).map_err(|error| {
        let message = format!("the state file does not record how {} was started", record.name);
        Error::new(Code::State, message).cause(error)
    })?;
    let image = launch.image;
    let proof = Proof { at: manifest::now(), run: run.call()?.run, image: None };
    let told = listed(run, &image, &proof)?;
    run.store.update(|document| {
        for known in document.images.iter_mut().filter(|known| known.id == image.id) {
            known.verified = Some(proof.clone());
        }
        // In the same write: the end of the run may come before the file has it.
        document.unlisted.extend(told.clone());
        Ok(())
    })?;
    run.note_told(&told);
    manifest::told(run)?;
    Ok(proof)
}

/// What the manifest is told of a proof, copies included.
fn listed(run: &Run, image: &Image, proof: &Proof) -> Result<Vec<Entry>> {
    let Some(listed) = manifest::read(run)? else { return Ok(Vec::new()) };
    let known = manifest::find(run, &image.id)?;
    let entry = match known {
        Some(known) => known,
        // It was made before there was a manifest, or elsewhere.
        None => Entry {
            run: String::new(),
            imgctl: String::new(),
            by: None,
            ..manifest::entry(run, image)?
        },
    };
    let copies = listed.images.into_iter().filter(|copy| copy.is_copy_of(&entry));
    let copies = copies.map(|copy| Entry { verified: Some(of_copy(proof, &image.id)), ..copy });
    let mut told: Vec<Entry> = copies.collect();
    told.insert(0, Entry { verified: Some(proof.clone()), ..entry });
    Ok(told)
}

/// The proof of an image of the place that is worked in.
pub fn of(run: &Run, id: &str) -> Result<Option<Proof>> {
    let document = run.store.document();
    let images = document.into_iter().flat_map(|document| document.images);
    match images.filter(|image| image.id == id).find_map(|image| image.verified) {
        Some(proof) => Ok(Some(proof)),
        None => Ok(manifest::find(run, id)?.and_then(|entry| entry.verified)),
    }
}

/// The proof of a copy, which has the same bytes.
#[must_use]
pub fn of_copy(proof: &Proof, source: &str) -> Proof {
    let image = proof.image.clone().or_else(|| Some(source.to_owned()));
    Proof { image, ..proof.clone() }
}

/// What the machine was known by that an image was made of, if that was recorded.
pub fn identity(run: &Run, id: &str) -> Result<Option<Identity>> {
    let id = images::resolve_id(run, id)?;
    let document = run.store.document();
    let images = document.into_iter().flat_map(|document| document.images);
    match images.filter(|image| image.id == id).find_map(|image| image.identity) {
        Some(identity) => Ok(Some(identity)),
        None => Ok(manifest::find(run, &id)?.and_then(|entry| entry.identity)),
    }
}

/// Records what the instance of a role is known by.
pub fn note_identity(run: &Run, role: &str, identity: Identity) -> Result<()> {
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.identity = Some(identity);
        }
        Ok(())
    })
}

/// The fingerprints of the keys that an instance was given to be logged in with.
pub fn given_keys(run: &Run, role: &str) -> Result<Vec<String>> {
    let record = instances::record(run, role)?;
    let given = record.launch.pointer("/authorized_keys").and_then(serde_json::Value::as_array);
    let lines = given.into_iter().flatten().filter_map(serde_json::Value::as_str);
    lines.map(keys::fingerprint).collect()
}
