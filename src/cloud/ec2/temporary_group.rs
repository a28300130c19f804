//! The temporary security group of a run, open to SSH from where imgctl runs and to nothing else.

use aws_sdk_ec2::types::ResourceType;

use super::fault::Fault;
use super::filter::filter;
use super::provider::Ec2;
use super::{ssh_from, tags};
use crate::Result;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Grace, Launch, Resource, ResourceKind, refusals};

impl Ec2 {
    /// The id of the run's group, which is made if need be.
    pub(super) async fn temporary_group(
        &self,
        network: Option<&str>,
        ranges: &[String],
        launch: &Launch,
        call: &Call,
    ) -> Result<String> {
        let name = tags::temporary_name(&launch.role, call);
        let is_repeated = call.ledger.is_unanswered(ResourceKind::SecurityGroup, &launch.role)?;
        let intent =
            call.ledger.intend(ResourceKind::SecurityGroup, &launch.role, &[("name", &name)])?;
        let id = match intent.id {
            Some(id) => id,
            None => {
                let id = match self.make_group(&name, network, launch, call).await {
                    Ok(id) => id,
                    Err(fault) => {
                        if fault.is_refusal() && !is_repeated {
                            call.ledger.gone(&intent.token)?;
                        }
                        return Err(fault.into());
                    }
                };
                call.ledger.created(&intent.token, &id, &[])?;
                id
            }
        };
        self.open_group(&id, ranges, call).await?;
        Ok(id)
    }

    async fn make_group(
        &self,
        name: &str,
        network: Option<&str>,
        launch: &Launch,
        call: &Call,
    ) -> Result<String, Fault> {
        let tags = tags::all(&launch.tags, name, &launch.role, call);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.create_security_group()
                .group_name(name)
                .description("SSH for imgctl while it builds an image")
                .set_vpc_id(network.map(str::to_owned))
                .set_tag_specifications(Some(tags::specifications(
                    &tags,
                    &[ResourceType::SecurityGroup],
                )))
                .send()
        };
        match self.clients.call(None, "CreateSecurityGroup", &call.watch, send).await {
            Ok(reply) => Ok(reply.group_id.unwrap_or_default()),
            // The name contains the run, so this run made it and the reply was lost.
            Err(fault) if fault.is("InvalidGroup.Duplicate") => {
                let look = || self.group_named(name, call);
                let what = format!("security group {name}");
                let found = self.settling().find(&what, &call.watch, look).await?;
                found.ok_or_else(|| {
                    refusals::name_taken(ResourceKind::SecurityGroup, name)
                        .cause(fault.into_error())
                        .into()
                })
            }
            Err(fault) => Err(fault),
        }
    }

    /// The id of this run's group of that name.
    async fn group_named(&self, name: &str, call: &Call) -> Result<Option<String>> {
        let filters = [filter("group-name", &[name]), tags::run_filter(Some(&call.run))];
        let found = self.groups(&filters, call).await?;
        Ok(found.into_iter().find_map(|group| group.group_id))
    }

    /// The id of the recorded group if it exists: by its id, else by its name, which contains the run.
    pub(super) async fn recorded_group(
        &self,
        resource: &Resource,
        grace: &Grace,
        call: &Call,
    ) -> Result<Option<String>> {
        let name = resource.attribute("name").unwrap_or_default();
        let look = || async {
            let Some(id) = &resource.id else { return self.group_named(name, call).await };
            let found = self.groups(&[filter("group-id", &[id])], call).await?;
            Ok(found.into_iter().find_map(|group| group.group_id))
        };
        let what = format!("security group {}", resource.id.as_deref().unwrap_or(name));
        grace.find_recorded(&what, resource, call, look).await
    }

    /// Allows SSH from the ranges, unless an earlier try has done so.
    async fn open_group(&self, id: &str, ranges: &[String], call: &Call) -> Result<()> {
        let permission = ssh_from::permission(ranges);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.authorize_security_group_ingress()
                .group_id(id)
                .ip_permissions(permission.clone())
                .send()
        };
        let action = "AuthorizeSecurityGroupIngress";
        let request = || async {
            match self.clients.call(None, action, &call.watch, send).await {
                Err(fault) if fault.is("InvalidPermission.Duplicate") => Ok(()),
                Err(fault) => Err(fault),
                Ok(_) => Ok(()),
            }
        };
        let what = format!("security group {id} to be known");
        let look = || async {
            match request().await {
                // It was made a moment ago, and not every server of EC2 knows it.
                Err(fault) if fault.is_not_found() => Ok(None),
                other => Ok(Some(other?)),
            }
        };
        match self.settling().find(&what, &call.watch, look).await? {
            Some(()) => Ok(()),
            // What is still unknown after that time does not exist: this returns EC2's error.
            None => Ok(request().await?),
        }
    }

    /// Deletes a group if it still exists, and waits until it is gone. The network interfaces of a
    /// terminated instance keep it in use for a moment.
    pub(super) async fn delete_group(&self, id: &str, call: &Call) -> Result<()> {
        let what = format!("security group {id} to be deleted");
        wait::until(&what, self.patience(self.settings.stop_timeout), &call.watch, || async {
            let send = |ec2: aws_sdk_ec2::Client| ec2.delete_security_group().group_id(id).send();
            let sent = self.clients.call(None, "DeleteSecurityGroup", &call.watch, send).await;
            let refusal = match sent {
                Ok(_) => None,
                Err(fault) if fault.is_not_found() => return Ok(Poll::Ready(())),
                Err(fault) if fault.is_any(&["DependencyViolation", "InvalidGroup.InUse"]) => {
                    return Ok(Poll::Pending("still in use".to_owned()));
                }
                Err(fault) => Some(fault.into_error()),
            };
            let left = self.groups(&[filter("group-id", &[id])], call).await?;
            match refusal {
                // A policy that allows this only with a run's tag refuses what no longer exists.
                _ if left.is_empty() => Ok(Poll::Ready(())),
                Some(error) => Err(error),
                None => Ok(Poll::Pending("still exists".to_owned())),
            }
        })
        .await
    }
}
