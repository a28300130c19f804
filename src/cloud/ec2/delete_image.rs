//! Deleting images, with their snapshots.

use std::time::Duration;

use aws_sdk_ec2::types;

use super::image::snapshots;
use super::provider::Ec2;
use super::sweep::without_image;
use super::tags;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Grace, ResourceKind, channel, refusals};
use crate::report::Level;
use crate::{Code, Result};

/// How long the rest of a deletion is looked for: whoever mistypes an id waits for that.
const REST: Duration = Duration::from_secs(2);
const GAP: Duration = Duration::from_millis(300);

impl Ec2 {
    pub(super) async fn remove_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let found = match self.own_image(id, call).await {
            Err(error) if error.code() == Code::NotFound => {
                return if self.remove_rest(id, call).await? { Ok(()) } else { Err(error) };
            }
            found => found?,
        };
        if !force {
            let mut users = self.users(id, call).await?;
            users.extend(channel::of_tags(&tags::read(found.tags())));
            if !users.is_empty() {
                return Err(refusals::in_use(ResourceKind::Image, id, &users).hint(format!(
                    "remove its users first, or force it: `imgctl delete_image:{id},force=true`"
                )));
            }
        }
        self.deregister(None, id, call).await?;
        self.delete_snapshots(&snapshots(&found), None, call).await
    }

    /// Deletes the snapshots of an image that is deregistered already: an earlier command was interrupted.
    /// Returns false if it finds no such snapshot.
    async fn remove_rest(&self, id: &str, call: &Call) -> Result<bool> {
        let filters = [tags::run_filter(None)];
        let look = || async {
            let ours = self.own_snapshots(&filters, call).await?;
            let images = self.own_images(None, &[], call).await?;
            let free = without_image(&ours, &images).into_iter();
            let rest = free.filter(|snapshot| image_of_description(snapshot) == Some(id));
            let rest = rest.filter_map(|snapshot| snapshot.snapshot_id().map(str::to_owned));
            let rest: Vec<String> = rest.collect();
            Ok((!rest.is_empty()).then_some(rest))
        };
        let what = format!("snapshots of image {id}, which is deregistered");
        let pace = Patience::for_up_to(REST).with_gaps_of(GAP).at_most_every(GAP);
        let grace = Grace::new(REST).at_pace_of(pace);
        let Some(rest) = grace.find(&what, &call.watch, look).await? else { return Ok(false) };
        let message = format!("image {id} is deregistered already: deleting {}", rest.join(", "));
        call.watch.report.log(Level::Info, &message);
        self.delete_snapshots(&rest, None, call).await?;
        Ok(true)
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

/// The image that EC2 made a snapshot for. EC2 describes it as `Created by CreateImage(i-…) for ami-…` or
/// `Copied for DestinationAmi ami-… from SourceAmi ami-…`: the first image named is that.
fn image_of_description(snapshot: &types::Snapshot) -> Option<&str> {
    snapshot.description()?.split_whitespace().find(|word| word.starts_with("ami-"))
}
