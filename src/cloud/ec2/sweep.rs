//! Finding everything that carries a run's tag, even without a state file.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{self, Tag};

use super::image::snapshots;
use super::provider::Ec2;
use super::{instance, tags};
use crate::Result;
use crate::cloud::units::utc;
use crate::cloud::{Call, RUN_TAG, Resource, ResourceKind, UNFINISHED};

impl Ec2 {
    pub(super) async fn find(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        let region = self.clients.region(&call.watch).await?;
        let tag = [tags::run_filter(run)];
        let alive = [tags::run_filter(run), instance::alive()];
        let (instances, volumes, groups, key_pairs, images, snapshots) = tokio::try_join!(
            self.instances(&alive, call),
            self.free_volumes(&tag, call),
            self.groups(&tag, call),
            self.key_pairs(&tag, call),
            self.own_images(None, &tag, call),
            self.own_snapshots(&tag, call),
        )?;
        let free = without_image(&snapshots, &images);
        let found = instances
            .iter()
            .map(of_instance)
            .chain(volumes.iter().map(of_volume))
            .chain(groups.iter().map(of_group))
            .chain(key_pairs.iter().map(of_key_pair))
            .chain(images.iter().map(of_image))
            .chain(free.into_iter().map(of_snapshot));
        Ok(found.map(|found| Resource { region: region.clone(), ..found }).collect())
    }
}

/// A resource without its region. EC2 does not say how old a group is, nor an old key pair; the id of
/// the run does.
fn resource(kind: ResourceKind, id: Option<&str>, tags: &[Tag], created: String) -> Resource {
    let tags = tags::read(tags);
    let tag = |name: &str| tags.get(name).cloned().unwrap_or_default();
    let run = tag(RUN_TAG);
    let created = if created.is_empty() { run_time(&run).unwrap_or_default() } else { created };
    let attributes: BTreeMap<String, String> =
        [("name", tag("Name")), ("run", run), ("created", created)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
    Resource {
        kind,
        role: tag(tags::ROLE_TAG),
        token: tag(tags::TOKEN_TAG),
        id: id.map(str::to_owned),
        region: String::new(),
        attributes,
    }
}

fn of_instance(one: &types::Instance) -> Resource {
    let created = instance::time(one.launch_time());
    let mut found = resource(ResourceKind::Instance, one.instance_id(), one.tags(), created);
    found.attributes.insert(instance::VOLUMES.to_owned(), instance::volumes(one).join(" "));
    found
}

fn of_volume(one: &types::Volume) -> Resource {
    let created = instance::time(one.create_time());
    resource(ResourceKind::Disk, one.volume_id(), one.tags(), created)
}

fn of_group(one: &types::SecurityGroup) -> Resource {
    resource(ResourceKind::SecurityGroup, one.group_id(), one.tags(), String::new())
}

fn of_key_pair(one: &types::KeyPairInfo) -> Resource {
    let created = instance::time(one.create_time());
    let mut found = resource(ResourceKind::KeyPair, one.key_pair_id(), one.tags(), created);
    let name = one.key_name().unwrap_or_default().to_owned();
    found.attributes.insert("name".to_owned(), name);
    found
}

fn of_image(one: &types::Image) -> Resource {
    let created = utc(one.creation_date().unwrap_or_default());
    let mut found = resource(ResourceKind::Image, one.image_id(), one.tags(), created);
    if let Some(name) = tags::read(one.tags()).remove(tags::UNFINISHED_TAG) {
        found.attributes.insert(UNFINISHED.to_owned(), name);
    }
    found
}

fn of_snapshot(one: &types::Snapshot) -> Resource {
    let created = instance::time(one.start_time());
    resource(ResourceKind::Snapshot, one.snapshot_id(), one.tags(), created)
}

/// The snapshots that none of the images consists of; the others are deleted with their image.
pub(super) fn without_image<'a>(
    all: &'a [types::Snapshot],
    images: &[types::Image],
) -> Vec<&'a types::Snapshot> {
    let used: BTreeSet<String> = images.iter().flat_map(snapshots).collect();
    let is_free = |one: &&types::Snapshot| one.snapshot_id().is_some_and(|id| !used.contains(id));
    all.iter().filter(is_free).collect()
}

/// When a run began: its id is `20261123-0546-ab12cd`.
fn run_time(run: &str) -> Option<String> {
    let stamp = run.get(..13)?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M", stamp).ok()?;
    Some(time.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_run_contains_its_time() {
        assert_eq!(run_time("20261123-0546-ab12cd").unwrap(), "2026-11-23T05:46:00Z");
        assert_eq!(run_time("somebody-else"), None);
    }
}
