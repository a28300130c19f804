//! CopyImage: requested in the target region. Tags are copied only on request, and permissions never.
//! The client token is honoured.

use super::images::{self, Image};
use super::snapshots::Snapshot;
use super::timeline::Timeline;
use super::world::ACCOUNT;
use super::xml::{Refusal, Reply};
use super::{Request, World};

pub fn copy(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let token = form.get("ClientToken").to_owned();
    if let Some((earlier, id)) = world.region(&request.region).tokens.get(&token).cloned() {
        if earlier != *form {
            let message = "The client token was used with other parameters";
            return Refusal::client("IdempotentParameterMismatch", message);
        }
        return Ok(vec![("imageId", id.into())]);
    }
    let (id, snapshot_id, misses) = (world.id("ami"), world.id("snap"), world.misses);
    let (delay, reason) = (world.delays.copy, world.images_fail.clone());
    let source_id = form.get("SourceImageId");
    let sources = &world.region(form.get("SourceRegion")).images;
    let Some(source) = sources.iter().find(|image| image.id == source_id) else {
        return Refusal::client(
            images::NOT_FOUND,
            format!("The image id '[{source_id}]' does not exist"),
        );
    };
    if source.life.state() != "available" {
        return Refusal::client(
            "InvalidAMIID.Unavailable",
            format!("{source_id} is not available"),
        );
    }
    let mut tags = form.tags_for("image");
    if form.is_true("CopyImageTags") {
        tags.extend(source.tags.clone());
    }
    let end = if reason.is_some() { "failed" } else { "available" };
    let image = Image {
        id: id.clone(),
        name: form.get("Name").to_owned(),
        description: form.get("Description").to_owned(),
        architecture: source.architecture.clone(),
        device: source.device.clone(),
        size: source.size,
        snapshot: Some(snapshot_id.clone()),
        encrypted: form.is_true("Encrypted") || source.encrypted,
        life: Timeline::new("pending", delay, end),
        reason,
        tags,
        misses,
        ..Image::default()
    };
    let region = world.region(&request.region);
    images::check_name(region, &image.name)?;
    region.snapshots.push(Snapshot {
        id: snapshot_id,
        volume: "vol-ffffffff".to_owned(),
        size: image.size,
        description: format!(
            "Copied for DestinationAmi {id} from SourceAmi {source_id} of {ACCOUNT}"
        ),
        life: image.life.clone(),
        shared_with: Vec::new(),
        tags: form.tags_for("snapshot"),
        misses,
        refusals: 0,
    });
    region.images.push(image);
    if !token.is_empty() {
        region.tokens.insert(token, (form.clone(), id.clone()));
    }
    Ok(vec![("imageId", id.into())])
}
