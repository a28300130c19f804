//! Snapshots of images: finding and deleting them.

use aws_sdk_ec2::types::{self, Filter};

use super::provider::Ec2;
use crate::cloud::Call;
use crate::report::Level;
use crate::{Error, Result};

impl Ec2 {
    /// Deletes snapshots that still exist. One that another image uses is kept, with a warning.
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
                    let message = format!("snapshot {id} is kept: another image uses it");
                    call.watch.report.log(Level::Warning, &message);
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// This account's own snapshots that pass the filters.
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
