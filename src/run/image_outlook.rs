//! What a dry run tells of changes to images, by what the cloud tells now.

use super::publish::Copied;
use super::{Run, images, manifest};
use crate::cloud::{Capability, CopyTarget, ImageScope, ResourceKind, refusals};
use crate::report::Level;
use crate::{Error, Result};

/// Tells a change that the cloud says would be one, which `ask` finds out; false if it would be none. An image
/// that would only be made by then is not asked for.
pub fn change(
    run: &Run,
    id: &str,
    needed: Capability,
    what: &str,
    ask: impl FnOnce() -> Result<bool>,
) -> Result<bool> {
    run.cloud()?.require(needed)?;
    let is_change = images::is_planned(run, id) || ask()?;
    if is_change {
        run.may_change(what);
    }
    Ok(is_change)
}

/// The copies: those that are there, and what stands for the others.
pub fn copy(run: &Run, id: &str, targets: Vec<CopyTarget>) -> Result<Vec<Copied>> {
    let (cloud, call) = (run.cloud()?, run.call()?);
    cloud.require(Capability::CopyImage)?;
    let mut copies = Vec::new();
    for target in targets {
        let known = match images::is_planned(run, id) {
            true => None,
            false => run.block_on(cloud.find_copy(id, &target, &call))?,
        };
        let region = target.region;
        copies.push(match known {
            Some(copy) => {
                let message = format!("{region}: {} ({}) exists already", copy.name, copy.id);
                run.watch.report.log(Level::Info, &message);
                Copied { region, id: copy.id, name: copy.name, changed: false }
            }
            None => {
                run.may_change(&format!("copy {} to {region}", images::spoken(id)));
                Copied { region, id: run.plans.add_copy(id), name: String::new(), changed: true }
            }
        });
    }
    Ok(copies)
}

/// Refuses what `images::delete` would refuse, and tells the change.
pub fn delete(run: &Run, id: &str, force: bool) -> Result<()> {
    if !images::is_planned(run, id) {
        let exists = exists(run, id)?;
        // One that only the manifest knows would be noted there as deleted.
        if !exists && manifest::find(run, id)?.is_none_or(|known| known.deleted.is_some()) {
            return Err(missing(id));
        }
        if exists && !force {
            let users = run.block_on(run.cloud()?.image_users(id, &run.call()?))?;
            if !users.is_empty() {
                return Err(refusals::in_use(ResourceKind::Image, id, &users)
                    .hint("remove its users first, or delete it all the same with force=true"));
            }
        }
    }
    run.may_change(&format!("delete {}", images::spoken(id)));
    Ok(())
}

/// Refuses an export of an image that does not exist, and tells the change.
pub fn export(run: &Run, id: &str, target: &str) -> Result<()> {
    run.cloud()?.require(Capability::ExportImage)?;
    if !images::is_planned(run, id) && !exists(run, id)? {
        return Err(missing(id));
    }
    run.may_change(&format!("export {} to {target}", images::spoken(id)));
    Ok(())
}

/// Whether the account has an image of this id, or of this address that ends in it.
fn exists(run: &Run, id: &str) -> Result<bool> {
    let images = run.block_on(run.cloud()?.list_images(ImageScope::Own, &run.call()?))?;
    let name = id.rsplit('/').next().unwrap_or(id);
    Ok(images.iter().any(|image| image.id == id || image.id == name))
}

fn missing(id: &str) -> Error {
    Error::not_found(format!("there is no image {id}"))
        .hint("`imgctl list_images:all=true` lists those that exist")
}
