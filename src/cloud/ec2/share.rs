//! Sharing an image and its snapshots with other accounts and organisations.

use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, ImageAttributeName,
    LaunchPermission, LaunchPermissionModifications, SnapshotAttributeName,
};

use super::fault::Fault;
use super::image::snapshots;
use super::provider::Ec2;
use crate::cloud::{Call, Share};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn share(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let wanted = permissions(with)?;
        let source = self.own_available_image(id, call).await?;
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_image_attribute().image_id(id);
            request.attribute(ImageAttributeName::LaunchPermission).send()
        };
        let action = "DescribeImageAttribute";
        let known =
            self.clients.call(None, action, &call.watch, send).await.map_err(Error::from)?;
        let missing: Vec<LaunchPermission> =
            wanted.into_iter().filter(|one| !known.launch_permissions().contains(one)).collect();
        let mut changed = false;
        // The snapshots come first, so that everyone who sees the image can copy it.
        for snapshot in snapshots(&source) {
            changed |= self.share_snapshot(&snapshot, &with.accounts, call).await?;
        }
        if missing.is_empty() {
            return Ok(changed);
        }
        if call.only_looks {
            return Ok(true);
        }
        let change = LaunchPermissionModifications::builder().set_add(Some(missing)).build();
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.modify_image_attribute().image_id(id).launch_permission(change.clone()).send()
        };
        let sent = self.clients.call(None, "ModifyImageAttribute", &call.watch, send).await;
        sent.map(|_| true).map_err(|fault| with_key_hint(fault, "InvalidParameter"))
    }

    /// EC2 shares snapshots with accounts only; members of an organisation can start instances without
    /// that.
    async fn share_snapshot(&self, id: &str, accounts: &[String], call: &Call) -> Result<bool> {
        if accounts.is_empty() {
            return Ok(false);
        }
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_snapshot_attribute().snapshot_id(id);
            request.attribute(SnapshotAttributeName::CreateVolumePermission).send()
        };
        let action = "DescribeSnapshotAttribute";
        let known =
            self.clients.call(None, action, &call.watch, send).await.map_err(Error::from)?;
        let known: Vec<&str> =
            known.create_volume_permissions().iter().filter_map(|one| one.user_id()).collect();
        let missing: Vec<CreateVolumePermission> = accounts
            .iter()
            .filter(|account| !known.contains(&account.as_str()))
            .map(|account| CreateVolumePermission::builder().user_id(account).build())
            .collect();
        if missing.is_empty() {
            return Ok(false);
        }
        if call.only_looks {
            return Ok(true);
        }
        let change = CreateVolumePermissionModifications::builder().set_add(Some(missing)).build();
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.modify_snapshot_attribute()
                .snapshot_id(id)
                .attribute(SnapshotAttributeName::CreateVolumePermission)
                .create_volume_permission(change.clone())
                .send()
        };
        let sent = self.clients.call(None, "ModifySnapshotAttribute", &call.watch, send).await;
        sent.map(|_| true).map_err(|fault| with_key_hint(fault, "OperationNotPermitted"))
    }
}

/// The error with a hint, if it has the code by which EC2 refuses to share what is encrypted with the
/// account's default key.
fn with_key_hint(fault: Fault, code: &str) -> Error {
    let is_key = fault.is(code);
    let error = fault.into_error();
    if !is_key {
        return error;
    }
    error.hint(
        "build or copy the image with an `encryption_key` that the others may use: a snapshot \
         encrypted with the account's default key cannot be shared",
    )
}

/// EC2's permissions for these accounts, organisations and organisational units.
fn permissions(with: &Share) -> Result<Vec<LaunchPermission>> {
    let mut permissions = Vec::new();
    for account in &with.accounts {
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::usage(format!("`{account}` is not an account id"))
                .hint("pass an account id, which has 12 digits"));
        }
        permissions.push(LaunchPermission::builder().user_id(account).build());
    }
    for arn in &with.organizations {
        let builder = LaunchPermission::builder();
        let permission = match arn.split(':').next_back().unwrap_or_default() {
            end if arn.starts_with("arn:") && end.starts_with("organization/") => {
                builder.organization_arn(arn)
            }
            end if arn.starts_with("arn:") && end.starts_with("ou/") => {
                builder.organizational_unit_arn(arn)
            }
            _ => {
                let message = format!("`{arn}` is not the ARN of an organisation");
                return Err(Error::usage(message).hint(
                    "pass arn:aws:organizations::ACCOUNT:organization/o-… or …:ou/o-…/ou-…",
                ));
            }
        };
        permissions.push(permission.build());
    }
    Ok(permissions)
}
