//! Images for others: copies in other regions, sharing, deprecation.

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, ImageAttributeName,
    LaunchPermission, LaunchPermissionModifications, ResourceType, SnapshotAttributeName,
};

use super::image::{filter, image, snapshots, state};
use super::{Ec2, tags};
use crate::cloud::{Call, CopyTarget, Image, ImageState, Share};
use crate::{Code, Error, Result};

impl Ec2 {
    /// An image of this account that can be used.
    async fn own_image(&self, id: &str, call: &Call) -> Result<aws_sdk_ec2::types::Image> {
        let region = self.clients.region(&call.watch).await?;
        let found = self.image_by_id(None, id, call).await?.ok_or_else(|| {
            Error::not_found(format!("there is no image {id} in {region}"))
                .hint("`imgctl list_images` lists those made by imgctl")
        })?;
        if state(&found) != ImageState::Available {
            let now = found.state().map_or("unknown", |state| state.as_str());
            return Err(Error::failed(format!("image {id} is not available: it is {now}"))
                .cause(super::image::reason(&found)));
        }
        Ok(found)
    }

    pub(super) async fn copy(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        let source_region = self.clients.region(&call.watch).await?;
        let source = self.own_image(id, call).await?;
        if target.region == source_region && target.encryption_key.is_none() {
            return Ok((image(&source), false));
        }
        let region = Some(target.region.as_str());
        let origin = format!("{source_region}/{id}");
        let filters = [filter(&format!("tag:{}", tags::COPY_TAG), &[&origin])];
        for known in self.own_images(region, &filters, call).await? {
            let known_id = known.image_id().unwrap_or_default().to_owned();
            if state(&known) == ImageState::Failed {
                self.deregister(region, &known_id, call).await?;
                self.delete_snapshots(&snapshots(&known), region, call).await?;
            } else {
                let there = self.until_available(region, &known_id, call).await?;
                return Ok((image(&there), false));
            }
        }
        let copy = self.ask_for_copy(&source, &source_region, &origin, target, call).await?;
        let made = self.until_available(region, &copy, call).await?;
        Ok((image(&made), true))
    }

    async fn ask_for_copy(
        &self,
        source: &aws_sdk_ec2::types::Image,
        source_region: &str,
        origin: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<String> {
        // The SDK's own tries of one request share it; a later request finds the copy by its tag.
        let token = uuid::Uuid::new_v4().simple().to_string();
        let mut tags = tags::read(source.tags());
        tags.retain(|key, _| !key.starts_with("aws:"));
        tags.insert(tags::COPY_TAG.to_owned(), origin.to_owned());
        let kinds = [ResourceType::Image, ResourceType::Snapshot];
        let encrypted = target.encryption_key.as_ref().map(|_| true);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.copy_image()
                .source_region(source_region)
                .source_image_id(source.image_id().unwrap_or_default())
                .name(source.name().unwrap_or_default())
                .set_description(source.description().map(str::to_owned))
                .client_token(&token)
                .set_encrypted(encrypted)
                .set_kms_key_id(target.encryption_key.clone())
                .set_tag_specifications(Some(tags::specifications(&tags, &kinds)))
                .send()
        };
        let region = Some(target.region.as_str());
        let reply = self.clients.call(region, "CopyImage", &call.watch, send).await;
        Ok(reply.map_err(Error::from)?.image_id.unwrap_or_default())
    }

    pub(super) async fn share(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let wanted = permissions(with)?;
        let source = self.own_image(id, call).await?;
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
        // The snapshots first: whoever sees the image shall be able to copy it.
        for snapshot in snapshots(&source) {
            changed |= self.share_snapshot(&snapshot, &with.accounts, call).await?;
        }
        if missing.is_empty() {
            return Ok(changed);
        }
        let change = LaunchPermissionModifications::builder().set_add(Some(missing)).build();
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.modify_image_attribute().image_id(id).launch_permission(change.clone()).send()
        };
        self.clients
            .call(None, "ModifyImageAttribute", &call.watch, send)
            .await
            .map_err(Error::from)?;
        Ok(true)
    }

    /// EC2 shares snapshots with accounts only; an organisation starts instances without that.
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
        let change = CreateVolumePermissionModifications::builder().set_add(Some(missing)).build();
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.modify_snapshot_attribute()
                .snapshot_id(id)
                .attribute(SnapshotAttributeName::CreateVolumePermission)
                .create_volume_permission(change.clone())
                .send()
        };
        let sent = self.clients.call(None, "ModifySnapshotAttribute", &call.watch, send).await;
        sent.map(|_| true).map_err(|fault| {
            let error = fault.into_error();
            if error.code() == Code::Refused {
                return error;
            }
            error.hint(
                "a snapshot encrypted with the account's default key cannot be shared: build or copy \
                 it with an encryption_key that the others may use",
            )
        })
    }

    pub(super) async fn deprecate(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let source = self.own_image(id, call).await?;
        let wanted = DateTime::from_str(at, DateTimeFormat::DateTime)
            .map_err(|error| Error::usage(format!("`{at}` is no date")).cause(error))?;
        let known = source
            .deprecation_time()
            .and_then(|known| DateTime::from_str(known, DateTimeFormat::DateTime).ok());
        if known.is_some_and(|known| known.secs() == wanted.secs()) {
            return Ok(false);
        }
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.enable_image_deprecation().image_id(id).deprecate_at(wanted).send()
        };
        let action = "EnableImageDeprecation";
        self.clients.call(None, action, &call.watch, send).await.map_err(Error::from)?;
        Ok(true)
    }
}

/// What EC2 takes for accounts, organisations and units of these.
fn permissions(with: &Share) -> Result<Vec<LaunchPermission>> {
    let mut permissions = Vec::new();
    for account in &with.accounts {
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::usage(format!("`{account}` is no account id"))
                .hint("an account id has 12 digits"));
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
                let message = format!("`{arn}` is no organisation's ARN");
                return Err(Error::usage(message).hint(
                    "write arn:aws:organizations::ACCOUNT:organization/o-… or …:ou/o-…/ou-…",
                ));
            }
        };
        permissions.push(permission.build());
    }
    Ok(permissions)
}
