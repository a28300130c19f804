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
        let send = |ec2: aws_sdk_ec2::Client| ec2.deregister_image().image_id(id).send();
        match self.clients.call(region, "DeregisterImage", &call.watch, send).await {
            Ok(_) => {}
            Err(fault) if fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault.into()),
        }
        let what = format!("image {id} to be deregistered");
        let patience = self.patience(self.settings.stop_timeout);
        wait::until(&what, patience, &call.watch, || async {
            Ok(match self.image_by_id(region, id, call).await? {
                Some(found) if found.state() != Some(&types::ImageState::Deregistered) => {
                    Poll::Pending("still listed".to_owned())
                }
                _ => Poll::Ready(()),
            })
        })
        .await
    }
}
