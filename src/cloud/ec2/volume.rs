//! Volumes: finding those without an instance, and deleting them.

use aws_sdk_ec2::types::{self, Filter, VolumeState};

use super::filter::filter;
use super::provider::Ec2;
use super::tags;
use crate::Result;
use crate::cloud::pages::Pages;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, RUN_TAG};
use crate::report::Level;

impl Ec2 {
    /// Waits until each volume is gone. Most are deleted with their instance; the others are deleted
    /// here.
    pub(super) async fn delete_volumes(&self, ids: &[String], call: &Call) -> Result<()> {
        for id in ids {
            let what = format!("volume {id} to be deleted");
            let patience = self.patience(self.settings.stop_timeout);
            wait::until(&what, patience, &call.watch, || async {
                let Some(volume) = self.volume(id, call).await? else { return Ok(Poll::Ready(())) };
                if !tags::read(volume.tags()).contains_key(RUN_TAG) {
                    // Someone attached it to the instance, and may need its contents.
                    let message = format!("volume {id} is kept: it was not made by imgctl");
                    call.watch.report.log(Level::Warning, &message);
                    return Ok(Poll::Ready(()));
                }
                let status = match volume.state() {
                    Some(VolumeState::Available | VolumeState::Error) => {
                        self.delete_volume(id, call).await?;
                        "being deleted"
                    }
                    state => state.map_or("unknown", VolumeState::as_str),
                };
                Ok(Poll::Pending(status.to_owned()))
            })
            .await?;
        }
        Ok(())
    }

    /// Volumes that pass the filters and are attached to no instance: the others are deleted with
    /// theirs.
    pub(super) async fn free_volumes(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Volume>> {
        let filters = [filters, &[filter("status", &["available", "error"])]].concat();
        let (mut found, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list volumes");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                let request = ec2.describe_volumes().set_filters(Some(filters.clone()));
                request.set_next_token(page.clone()).send()
            };
            let reply = self.clients.call(None, "DescribeVolumes", &call.watch, send).await?;
            found.extend(reply.volumes.unwrap_or_default());
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    async fn volume(&self, id: &str, call: &Call) -> Result<Option<types::Volume>> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_volumes().volume_ids(id).send();
        match self.clients.call(None, "DescribeVolumes", &call.watch, send).await {
            Ok(reply) => Ok(reply.volumes.unwrap_or_default().pop()),
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
}
