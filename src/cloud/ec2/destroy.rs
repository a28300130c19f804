//! Removing what a run has made, each resource verified gone.

use aws_sdk_ec2::types;

use super::instance;
use super::provider::Ec2;
use crate::Result;
use crate::cloud::{Call, Grace, InstanceState, Resource, ResourceKind};

impl Ec2 {
    /// Removes the instances first: groups, key pairs and volumes are in use until they are gone.
    pub(super) async fn remove(&self, resources: &[Resource], call: &Call) -> Result<()> {
        let grace = self.settling();
        let of = |kind: ResourceKind| resources.iter().filter(move |known| known.kind == kind);
        self.remove_instances(of(ResourceKind::Instance), &grace, call).await?;
        for image in of(ResourceKind::Image) {
            self.remove_unfinished_image(image, &grace, call).await?;
            call.ledger.gone(&image.token)?;
        }
        for other in resources {
            call.watch.check()?;
            match other.kind {
                ResourceKind::Instance | ResourceKind::Image => continue,
                ResourceKind::SecurityGroup => {
                    if let Some(id) = self.recorded_group(other, &grace, call).await? {
                        self.delete_group(&id, call).await?;
                    }
                }
                ResourceKind::KeyPair => {
                    if let Some(name) = self.recorded_key_pair(other, &grace, call).await? {
                        self.delete_key_pair(&name, call).await?;
                    }
                }
                ResourceKind::Disk => self.delete_volumes(other.id.as_slice(), call).await?,
                ResourceKind::Snapshot => {
                    self.delete_snapshots(other.id.as_slice(), None, call).await?
                }
                // imgctl makes none on this cloud.
                ResourceKind::Address => {}
            }
            call.ledger.gone(&other.token)?;
        }
        Ok(())
    }

    /// Terminates all of them before it waits for the first.
    async fn remove_instances(
        &self,
        resources: impl Iterator<Item = &Resource>,
        grace: &Grace,
        call: &Call,
    ) -> Result<()> {
        let mut ending = Vec::new();
        for resource in resources {
            let found = self.find_to_end(resource, grace, call).await?;
            let recorded = resource.attribute(instance::VOLUMES).unwrap_or_default();
            let mut volumes: Vec<String> = recorded.split_whitespace().map(str::to_owned).collect();
            if let Some(found) = &found {
                volumes.extend(instance::volumes(found));
                let id = found.instance_id().unwrap_or_default();
                if instance::state(found) != InstanceState::Gone {
                    self.terminate(id, call).await?;
                }
            }
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

    /// The instance to terminate. One that was requested and never seen running may be shown late.
    async fn find_to_end(
        &self,
        resource: &Resource,
        grace: &Grace,
        call: &Call,
    ) -> Result<Option<types::Instance>> {
        let look = || async {
            match &resource.id {
                Some(id) => self.look(id, call).await,
                None => self.find_instance(&resource.role, call).await,
            }
        };
        let what = match &resource.id {
            Some(id) => format!("instance {id}"),
            None => "an instance that may have been started".to_owned(),
        };
        if instance::was_seen(resource) {
            grace.find_known(&what, &call.watch, look).await
        } else {
            grace.find_requested(&what, resource, call, look).await
        }
    }

    pub(super) async fn terminate(&self, id: &str, call: &Call) -> Result<()> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.terminate_instances().instance_ids(id).send();
        match self.clients.call(None, "TerminateInstances", &call.watch, send).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_not_found() => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }
}
