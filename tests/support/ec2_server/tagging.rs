//! CreateTags and DeleteTags.

use super::world::Tags;
use super::xml::{Refusal, Reply, done};
use super::{Region, Request, World};

pub fn create(world: &mut World, request: &Request) -> Reply {
    let tags = request.form.tags("Tag");
    let region = world.region(&request.region);
    for id in request.form.list("ResourceId") {
        let Some(known) = find(region, &id) else {
            return Refusal::client("InvalidID", format!("The ID '{id}' is not valid"));
        };
        known.extend(tags.clone());
    }
    done()
}

/// A tag without a value is deleted whatever its value is.
pub fn delete(world: &mut World, request: &Request) -> Reply {
    let tags: Tags = request.form.tags("Tag");
    let region = world.region(&request.region);
    for id in request.form.list("ResourceId") {
        let Some(known) = find(region, &id) else {
            return Refusal::client("InvalidID", format!("The ID '{id}' is not valid"));
        };
        known.retain(|key, _| !tags.contains_key(key));
    }
    done()
}

fn find<'a>(region: &'a mut Region, id: &str) -> Option<&'a mut Tags> {
    let Region { images, instances, volumes, snapshots, key_pairs, groups, .. } = region;
    let images = images.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let instances = instances.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let volumes = volumes.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let snapshots = snapshots.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let key_pairs = key_pairs.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let groups = groups.iter_mut().map(|thing| (&thing.id, &mut thing.tags));
    let mut all =
        images.chain(instances).chain(volumes).chain(snapshots).chain(key_pairs).chain(groups);
    all.find(|(known, _)| *known == id).map(|(_, tags)| tags)
}
