//! Everything that carries a run's tag, whatever the state file says.

use std::collections::{BTreeMap, BTreeSet};

use super::image::{filter, snapshots};
use super::{Ec2, access, instance, tags};
use crate::cloud::{Call, RUN_TAG, Resource, ResourceKind, Tags};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn find(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        let region = self.clients.region(&call.watch).await?;
        let tag = match run {
            Some(run) => filter(&access::run_filter(), &[run]),
            None => filter("tag-key", &[RUN_TAG]),
        };
        let alive = ["pending", "running", "stopping", "stopped"];
        let alive = [tag.clone(), filter("instance-state-name", &alive)];
        let tag = [tag];
        let (instances, groups, keys, volumes, images, snapshots_found) = tokio::try_join!(
            self.instances(&alive, call),
            self.groups(&tag, call),
            self.key_pairs(&tag, call),
            self.free_volumes(&tag, call),
            async { self.own_images(None, &tag, call).await.map_err(Error::from) },
            self.own_snapshots(&tag, call),
        )?;
        let thing = |kind, id: Option<&str>, tags: Tags, created: String| {
            let fact = |name: &str| tags.get(name).cloned().unwrap_or_default();
            let facts = [("name", fact("Name")), ("run", fact(RUN_TAG)), ("created", created)];
            let attributes: BTreeMap<String, String> = facts
                .into_iter()
                .filter(|(_, fact)| !fact.is_empty())
                .map(|(name, fact)| (name.to_owned(), fact))
                .collect();
            Resource {
                kind,
                role: fact(tags::ROLE_TAG),
                token: fact(tags::TOKEN_TAG),
                id: id.map(str::to_owned),
                region: region.clone(),
                attributes,
            }
        };
        let mut found = Vec::new();
        for one in &instances {
            let created = instance::time(one.launch_time());
            let mut resource =
                thing(ResourceKind::Instance, one.instance_id(), tags::read(one.tags()), created);
            let volumes = instance::volumes(one).join(" ");
            resource.attributes.insert("volumes".to_owned(), volumes);
            found.push(resource);
        }
        for one in &volumes {
            let created = instance::time(one.create_time());
            found.push(thing(ResourceKind::Disk, one.volume_id(), tags::read(one.tags()), created));
        }
        for one in &groups {
            // EC2 does not tell how old a group is; the run's id does.
            let tags = tags::read(one.tags());
            let created = tags.get(RUN_TAG).and_then(|run| run_time(run)).unwrap_or_default();
            found.push(thing(ResourceKind::SecurityGroup, one.group_id(), tags, created));
        }
        for one in &keys {
            let created = instance::time(one.create_time());
            let tags = tags::read(one.tags());
            let created = if created.is_empty() {
                tags.get(RUN_TAG).and_then(|run| run_time(run)).unwrap_or_default()
            } else {
                created
            };
            let mut resource = thing(ResourceKind::KeyPair, one.key_pair_id(), tags, created);
            let name = one.key_name().unwrap_or_default().to_owned();
            resource.attributes.insert("name".to_owned(), name);
            found.push(resource);
        }
        let mut used: BTreeSet<String> = BTreeSet::new();
        for one in &images {
            used.extend(snapshots(one));
            let created = one.creation_date().unwrap_or_default().to_owned();
            found.push(thing(ResourceKind::Image, one.image_id(), tags::read(one.tags()), created));
        }
        for one in &snapshots_found {
            if one.snapshot_id().is_some_and(|id| !used.contains(id)) {
                let created = instance::time(one.start_time());
                let tags = tags::read(one.tags());
                found.push(thing(ResourceKind::Snapshot, one.snapshot_id(), tags, created));
            }
        }
        Ok(found)
    }

    async fn key_pairs(
        &self,
        filters: &[aws_sdk_ec2::types::Filter],
        call: &Call,
    ) -> Result<Vec<aws_sdk_ec2::types::KeyPairInfo>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_key_pairs().set_filters(Some(filters.to_vec())).send()
        };
        let sent = self.clients.call(None, "DescribeKeyPairs", &call.watch, send).await;
        Ok(sent.map_err(Error::from)?.key_pairs.unwrap_or_default())
    }

    /// Those that no instance has: the others go with theirs.
    async fn free_volumes(
        &self,
        filters: &[aws_sdk_ec2::types::Filter],
        call: &Call,
    ) -> Result<Vec<aws_sdk_ec2::types::Volume>> {
        let filters = [filters, &[filter("status", &["available", "error"])]].concat();
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_volumes().set_filters(Some(filters.clone()));
            request.into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeVolumes", &call.watch, send).await;
        sent.map_err(Error::from)
    }
}

/// When a run began: its id is `20261123-0546-ab12cd`.
fn run_time(run: &str) -> Option<String> {
    let stamp = run.get(..13)?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M", stamp).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_id_tells_its_age() {
        assert_eq!(run_time("20261123-0546-ab12cd").unwrap(), "2026-11-23T05:46:00Z");
        assert_eq!(run_time("somebody-else"), None);
    }
}
