//! Removing what a run has made, each thing verified gone.

use std::time::Duration;

use aws_sdk_ec2::types;

use super::image::filter;
use super::{Ec2, access, instance};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, InstanceState, Resource, ResourceKind};
use crate::{Code, Result};

/// How long EC2's servers may disagree on what exists. Its own advice is to expect seconds
/// (docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
const LATE: Duration = Duration::from_secs(10);

impl Ec2 {
    /// Instances first: groups, keys and volumes are free only then.
    pub(super) async fn remove(&self, resources: &[Resource], call: &Call) -> Result<()> {
        let of = |kinds: &[ResourceKind]| -> Vec<&Resource> {
            resources.iter().filter(|resource| kinds.contains(&resource.kind)).collect()
        };
        self.remove_instances(&of(&[ResourceKind::Instance]), call).await?;
        for image in of(&[ResourceKind::Image]) {
            self.remove_unfinished_image(image, call).await?;
            call.ledger.gone(&image.token)?;
        }
        for other in resources {
            call.watch.check()?;
            match other.kind {
                ResourceKind::Instance | ResourceKind::Image => continue,
                ResourceKind::SecurityGroup => {
                    for id in self.group_ids(other, call).await? {
                        self.delete_group(&id, call).await?;
                    }
                }
                ResourceKind::KeyPair => {
                    // The name is the run's own, and known before the id is.
                    if let Some(name) = other.attributes.get("name") {
                        self.delete_key_pair(name, call).await?;
                    }
                }
                ResourceKind::Disk => self.delete_volumes(other.id.as_slice(), call).await?,
                ResourceKind::Snapshot => {
                    self.delete_snapshots(other.id.as_slice(), None, call).await?
                }
                // This cloud makes none.
                ResourceKind::Address => {}
            }
            call.ledger.gone(&other.token)?;
        }
        Ok(())
    }

    /// All are told to end before the first is waited for.
    async fn remove_instances(&self, resources: &[&Resource], call: &Call) -> Result<()> {
        let mut ending = Vec::new();
        for resource in resources {
            let found = match &resource.id {
                Some(id) => self.look(id, call).await?,
                None => self.find_late(&resource.role, call).await?,
            };
            let mut volumes: Vec<String> = resource
                .attributes
                .get("volumes")
                .map(|volumes| volumes.split(' ').map(str::to_owned).collect())
                .unwrap_or_default();
            if let Some(found) = &found {
                volumes.extend(instance::volumes(found));
                let id = found.instance_id().unwrap_or_default();
                if instance::state(found) != InstanceState::Gone {
                    self.terminate(id, call).await?;
                }
            }
            volumes.retain(|volume| !volume.is_empty());
            volumes.sort();
            volumes.dedup();
            let id = found.and_then(|found| found.instance_id);
            ending.push((resource, id, volumes));
        }
        for (resource, id, volumes) in ending {
            if let Some(id) = id {
                self.until_terminated(&id, call).await?;
            }
            self.delete_volumes(&volumes, call).await?;
            call.ledger.gone(&resource.token)?;
        }
        Ok(())
    }

    /// One that was asked for and never seen: EC2 may know of it only a little later.
    async fn find_late(&self, role: &str, call: &Call) -> Result<Option<types::Instance>> {
        let what = "an instance that may have been started";
        let found = wait::until(what, self.patience(LATE), &call.watch, || async {
            Ok(match self.find_instance(role, call).await? {
                Some(found) => Poll::Ready(found),
                None => Poll::Pending("EC2 knows of none".to_owned()),
            })
        });
        match found.await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code() == Code::Timeout => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn terminate(&self, id: &str, call: &Call) -> Result<()> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.terminate_instances().instance_ids(id).send();
        match self.clients.call(None, "TerminateInstances", &call.watch, send).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_not_found() => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Most go with their instance; what stays is deleted, and each is seen gone.
    async fn delete_volumes(&self, ids: &[String], call: &Call) -> Result<()> {
        for id in ids {
            let what = format!("volume {id} to be gone");
            let patience = self.patience(self.settings.stop_timeout);
            wait::until(&what, patience, &call.watch, || async {
                match self.volume_state(id, call).await? {
                    None => Ok(Poll::Ready(())),
                    Some(types::VolumeState::Available | types::VolumeState::Error) => {
                        self.delete_volume(id, call).await?;
                        instance::pending("being deleted")
                    }
                    Some(state) => instance::pending(state.as_str()),
                }
            })
            .await?;
        }
        Ok(())
    }

    async fn volume_state(&self, id: &str, call: &Call) -> Result<Option<types::VolumeState>> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_volumes().volume_ids(id).send();
        match self.clients.call(None, "DescribeVolumes", &call.watch, send).await {
            Ok(reply) => Ok(reply.volumes().first().and_then(|volume| volume.state().cloned())),
            Err(fault) if fault.is_not_found() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn delete_volume(&self, id: &str, call: &Call) -> Result<()> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.delete_volume().volume_id(id).send();
        match self.clients.call(None, "DeleteVolume", &call.watch, send).await {
            Err(fault) if !fault.is_any(&["InvalidVolume.NotFound", "VolumeInUse"]) => {
                Err(fault.into())
            }
            _ => Ok(()),
        }
    }

    async fn group_ids(&self, resource: &Resource, call: &Call) -> Result<Vec<String>> {
        if let Some(id) = &resource.id {
            return Ok(vec![id.clone()]);
        }
        let Some(name) = resource.attributes.get("name") else { return Ok(Vec::new()) };
        let filters = [filter("group-name", &[name]), filter(&access::run_filter(), &[&call.run])];
        let found = self.groups(&filters, call).await?;
        Ok(found.into_iter().filter_map(|group| group.group_id).collect())
    }
}
