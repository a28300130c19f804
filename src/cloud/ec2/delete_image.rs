//! Deleting images, and the snapshots that belong to them alone.

use aws_sdk_ec2::types::{self, Filter};

use super::image::snapshots;
use super::{Ec2, instance};
use crate::cloud::Call;
use crate::cloud::wait::{self, Poll};
use crate::report::Level;
use crate::{Code, Error, Result};

impl Ec2 {
    pub(super) async fn remove_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let filters = [super::image::filter("image-id", &[id])];
        let Some(found) = self.own_images(None, &filters, call).await?.pop() else {
            let region = self.clients.region(&call.watch).await?;
            return Err(Error::not_found(format!("this account has no image {id} in {region}"))
                .hint(
                    "`imgctl list_images` lists those made by imgctl, `list_images:all=true` all",
                ));
        };
        if !force {
            let users = self.users(id, call).await?;
            if !users.is_empty() {
                let name = found.name().unwrap_or_default();
                let error = Error::new(Code::Refused, format!("image {id} ({name}) is in use"));
                return Err(users
                    .iter()
                    .fold(error, |error, user| error.cause(format!("by {user}")))
                    .hint(format!(
                        "remove those first, or force it: delete_image:{id},force=true"
                    )));
            }
        }
        self.deregister(None, id, call).await?;
        self.delete_snapshots(&snapshots(&found), None, call).await
    }

    /// What is gone already is fine.
    pub(super) async fn deregister(
        &self,
        region: Option<&str>,
        id: &str,
        call: &Call,
    ) -> Result<()> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.deregister_image().image_id(id).send();
        match self.clients.call(region, "DeregisterImage", &call.watch, send).await {
            Ok(_) => {}
            Err(fault) if fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault.into()),
        }
        let what = format!("image {id} to be gone");
        let patience = self.patience(self.settings.stop_timeout);
        wait::until(&what, patience, &call.watch, || async {
            match self.image_by_id(region, id, call).await? {
                Some(found) if found.state() != Some(&types::ImageState::Deregistered) => {
                    instance::pending("still listed")
                }
                _ => Ok(Poll::Ready(())),
            }
        })
        .await
    }

    /// One that another image needs is left alone, and that is said.
    pub(super) async fn delete_snapshots(
        &self,
        ids: &[String],
        region: Option<&str>,
        call: &Call,
    ) -> Result<()> {
        for id in ids {
            let send = |ec2: aws_sdk_ec2::Client| ec2.delete_snapshot().snapshot_id(id).send();
            match self.clients.call(region, "DeleteSnapshot", &call.watch, send).await {
                Ok(_) => {}
                Err(fault) if fault.is_not_found() => {}
                Err(fault) if fault.is("InvalidSnapshot.InUse") => {
                    let message = format!("snapshot {id} stays: another image uses it");
                    call.watch.report.log(Level::Warning, &message);
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    pub(super) async fn own_snapshots(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Snapshot>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_snapshots().owner_ids("self");
            let request = request.set_filters(Some(filters.to_vec()));
            request.into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeSnapshots", &call.watch, send).await;
        sent.map_err(Error::from)
    }
}
