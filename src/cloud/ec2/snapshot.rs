//! Snapshots of images: finding and deleting them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_ec2::types::{self, Filter};

use super::filter::filter;
use super::image::PAGE;
use super::provider::Ec2;
use crate::cloud::Call;
use crate::cloud::pages::Pages;
use crate::cloud::wait::{self, Poll};
use crate::report::Level;
use crate::{Code, Result};

/// How long EC2 may hold the snapshot of an image that was deregistered.
const RELEASE: Duration = Duration::from_secs(300);

impl Ec2 {
    /// Deletes snapshots that still exist. One that another image uses is kept, with a warning. EC2 says
    /// the same of a snapshot whose image was deregistered a moment ago: that is asked again.
    pub(super) async fn delete_snapshots(
        &self,
        ids: &[String],
        region: Option<&str>,
        call: &Call,
    ) -> Result<()> {
        for id in ids {
            let what = format!("snapshot {id} to be released by its image");
            let absence = self.settling().absence_of_known();
            let asked = AtomicBool::new(false);
            let deleted = wait::until(&what, self.patience(RELEASE), &call.watch, || async {
                let send = |ec2: aws_sdk_ec2::Client| ec2.delete_snapshot().snapshot_id(id).send();
                match self.clients.call(region, "DeleteSnapshot", &call.watch, send).await {
                    // EC2 says so too where nothing was done: the next answer tells.
                    Ok(_) if !asked.swap(true, Ordering::Relaxed) => {
                        Ok(Poll::Pending("being deleted".to_owned()))
                    }
                    Ok(_) => Ok(Poll::Ready(None)),
                    // A policy that allows this only with a run's tag refuses what no longer exists.
                    Err(fault)
                        if asked.load(Ordering::Relaxed)
                            && (fault.is_not_found() || fault.is("UnauthorizedOperation")) =>
                    {
                        Ok(Poll::Ready(None))
                    }
                    Err(fault) if fault.is_not_found() && absence.missed() => Ok(Poll::Ready(None)),
                    Err(fault) if fault.is_not_found() => {
                        Ok(Poll::Pending("not shown by EC2".to_owned()))
                    }
                    Err(fault) if fault.is("InvalidSnapshot.InUse") => {
                        Ok(match self.image_of(id, region, call).await? {
                            Some(user) => Poll::Ready(Some(format!("image {user} uses it"))),
                            None => Poll::Pending("no image is listed that uses it".to_owned()),
                        })
                    }
                    Err(fault) => Err(fault.into()),
                }
            });
            let kept = match deleted.await {
                Err(error) if error.code() == Code::Timeout => {
                    Some("EC2 says that an image uses it; `imgctl gc` deletes it later".to_owned())
                }
                other => other?,
            };
            if let Some(why) = kept {
                call.watch.report.log(Level::Warning, &format!("snapshot {id} is kept: {why}"));
            }
        }
        Ok(())
    }

    /// An image of this account that has the snapshot.
    async fn image_of(
        &self,
        snapshot: &str,
        region: Option<&str>,
        call: &Call,
    ) -> Result<Option<String>> {
        let filters = [filter("block-device-mapping.snapshot-id", &[snapshot])];
        let images = self.own_images(region, &filters, call).await?;
        Ok(images.first().and_then(|image| image.image_id()).map(str::to_owned))
    }

    /// This account's own snapshots that pass the filters.
    pub(super) async fn own_snapshots(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Snapshot>> {
        let (mut found, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list snapshots");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                let request = ec2.describe_snapshots().owner_ids("self");
                let request = request.set_filters(Some(filters.to_vec()));
                request.max_results(PAGE).set_next_token(page.clone()).send()
            };
            let reply = self.clients.call(None, "DescribeSnapshots", &call.watch, send).await?;
            found.extend(reply.snapshots.unwrap_or_default());
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                return Ok(found);
            }
        }
    }
}
