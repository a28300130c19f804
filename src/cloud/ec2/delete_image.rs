//! Deleting images, with their snapshots.

use aws_sdk_ec2::types;

use super::image::snapshots;
use super::provider::Ec2;
use crate::Result;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, ResourceKind, refusals};

impl Ec2 {
    pub(super) async fn remove_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let found = self.own_image(id, call).await?;
        if !force {
            let users = self.users(id, call).await?;
            if !users.is_empty() {
                return Err(refusals::in_use(ResourceKind::Image, id, &users).hint(format!(
                    "remove its users first, or force it: `imgctl delete_image:{id},force=true`"
                )));
            }
        }
        self.deregister(None, id, call).await?;
        self.delete_snapshots(&snapshots(&found), None, call).await
    }

    /// Deregisters an image if it still exists, and waits until it is gone.
    pub(super) async fn deregister(
        &self,
        region: Option<&str>,
        id: &str,
        call: &Call,
    ) -> Result<()> {
        let what = format!("image {id} to be deregistered");
        let patience = self.patience(self.settings.stop_timeout);
        let absence = self.settling().absence_of_known();
        wait::until(&what, patience, &call.watch, || async {
            let send = |ec2: aws_sdk_ec2::Client| ec2.deregister_image().image_id(id).send();
            let done = match self.clients.call(region, "DeregisterImage", &call.watch, send).await {
                Ok(_) => true,
                Err(fault) if fault.is_not_found() => false,
                Err(fault) => return Err(fault.into()),
            };
            let found = self.image_by_id(region, id, call).await?;
            Ok(match found.filter(|it| it.state() != Some(&types::ImageState::Deregistered)) {
                Some(_) => {
                    absence.found();
                    Poll::Pending("still listed".to_owned())
                }
                // Some servers of EC2 may not know it yet, and neither find nor deregister it.
                None if done || absence.missed() => Poll::Ready(()),
                None => Poll::Pending("not shown by EC2".to_owned()),
            })
        })
        .await
    }
}
