//! Waiting for an image or a copy to be available.

use aws_sdk_ec2::types;

use super::image::{reason, snapshots, state};
use super::provider::Ec2;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, ImageState};
use crate::{Code, Error, Result};

impl Ec2 {
    /// Waits for an image in this region or another, and shows how much of its snapshots is done.
    pub(super) async fn until_available(
        &self,
        region: Option<&str>,
        id: &str,
        call: &Call,
    ) -> Result<types::Image> {
        let place = region.map(|region| format!("{region}: ")).unwrap_or_default();
        let what = format!("{place}image {id} to be available");
        let patience = self.patience(self.settings.image_timeout);
        let absence = self.settling().absence_of_new();
        wait::until(&what, patience, &call.watch, || async {
            let Some(found) = self.image_by_id(region, id, call).await? else {
                if absence.missed() {
                    return Err(Error::failed(format!("image {id} disappeared while pending")));
                }
                return Ok(Poll::Pending("not shown by EC2".to_owned()));
            };
            absence.found();
            match state(&found) {
                ImageState::Available => Ok(Poll::Ready(found)),
                ImageState::Pending => {
                    let progress = self.progress(region, &found, call).await?;
                    Ok(Poll::Pending(format!("pending, {progress}")))
                }
                ImageState::Failed => Err(failed(&found)),
            }
        })
        .await
        .map_err(|error| match error.code() {
            Code::Timeout => {
                error.hint("raise `image_timeout`; the same command continues to wait for it")
            }
            _ => error,
        })
    }

    /// The percentage of each snapshot that is done.
    async fn progress(
        &self,
        region: Option<&str>,
        image: &types::Image,
        call: &Call,
    ) -> Result<String> {
        let parts = snapshots(image);
        if parts.is_empty() {
            return Ok("its snapshot has not begun".to_owned());
        }
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_snapshots().set_snapshot_ids(Some(parts.clone())).send()
        };
        let reply = match self.clients.call(region, "DescribeSnapshots", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => {
                return Ok("its snapshot is not known yet".to_owned());
            }
            other => other.map_err(Error::from)?,
        };
        let of = |snapshot: &types::Snapshot| {
            let percent = snapshot.progress().unwrap_or("0%");
            format!("{} {percent}", snapshot.snapshot_id().unwrap_or_default())
        };
        Ok(reply.snapshots().iter().map(of).collect::<Vec<_>>().join(", "))
    }
}

fn failed(image: &types::Image) -> Error {
    let id = image.image_id().unwrap_or_default();
    let name = image.name().unwrap_or_default();
    let state = image.state().map_or("unknown", |state| state.as_str());
    Error::failed(format!("image {id} ({name}) is {state}"))
        .cause(reason(image))
        .hint("run the same command again: it replaces the failed image")
}
