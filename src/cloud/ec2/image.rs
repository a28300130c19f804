//! Images as EC2 describes them.

use std::collections::HashSet;

use aws_sdk_ec2::types::{self, Filter};

use super::Ec2;
use super::fault::Fault;
use super::tags;
use crate::cloud::{Call, Image, ImageScope, ImageState, RUN_TAG, Tags};
use crate::{Error, Result};

/// What goes into [`Image::attributes`].
pub const ROOT_DEVICE: &str = "root_device";
/// In GiB.
pub const ROOT_SIZE: &str = "root_size";

const GIB: u64 = 1 << 30;

pub fn state(image: &types::Image) -> ImageState {
    match image.state() {
        Some(types::ImageState::Available) => ImageState::Available,
        Some(types::ImageState::Pending | types::ImageState::Transient) => ImageState::Pending,
        _ => ImageState::Failed,
    }
}

/// Why an image failed, in EC2's words.
pub fn reason(image: &types::Image) -> String {
    let told = image.state_reason().and_then(|reason| reason.message());
    told.unwrap_or("EC2 gives no reason").to_owned()
}

/// The snapshots an image consists of.
pub fn snapshots(image: &types::Image) -> Vec<String> {
    let volumes = image.block_device_mappings().iter().filter_map(|device| device.ebs());
    volumes.filter_map(|volume| volume.snapshot_id()).map(str::to_owned).collect()
}

pub fn image(image: &types::Image) -> Image {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let volumes = image.block_device_mappings().iter().filter_map(|device| device.ebs());
    let size: u64 = volumes
        .filter_map(|volume| volume.volume_size())
        .filter_map(|size| u64::try_from(size).ok())
        .sum();
    let root = image.root_device_name();
    let mut attributes = Tags::new();
    attributes.extend(root.map(|name| (ROOT_DEVICE.to_owned(), name.to_owned())));
    let of_root = image.block_device_mappings().iter().find(|device| device.device_name() == root);
    let root_size = of_root.and_then(|device| device.ebs()?.volume_size());
    attributes.extend(root_size.map(|size| (ROOT_SIZE.to_owned(), size.to_string())));
    Image {
        id: text(image.image_id()),
        name: text(image.name()),
        state: state(image),
        description: text(image.description()),
        created: text(image.creation_date()),
        size: Some(size * GIB).filter(|size| *size > 0),
        architecture: image.architecture().map(|architecture| architecture.as_str().to_owned()),
        tags: tags::read(image.tags()),
        deprecated: image.deprecation_time().map(str::to_owned),
        attributes,
    }
}

/// A filter with one value or several.
pub fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

impl Ec2 {
    /// An image by its id; none when there is no such, or it is not for this account.
    pub(super) async fn image_by_id(
        &self,
        region: Option<&str>,
        id: &str,
        call: &Call,
    ) -> Result<Option<types::Image>> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_images().image_ids(id).send();
        match self.clients.call(region, "DescribeImages", &call.watch, send).await {
            Ok(reply) => Ok(reply.images.unwrap_or_default().pop()),
            Err(fault) if fault.is_not_found() || fault.is("InvalidAMIID.Malformed") => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Images by owner and filters, oldest first.
    pub(super) async fn images(
        &self,
        region: Option<&str>,
        owners: &[String],
        filters: &[Filter],
        deprecated: bool,
        call: &Call,
    ) -> Result<Vec<types::Image>, Fault> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_images()
                .set_owners(Some(owners.to_vec()))
                .set_filters(Some(filters.to_vec()))
                .include_deprecated(deprecated)
                .send()
        };
        let reply = self.clients.call(region, "DescribeImages", &call.watch, send).await?;
        let mut images = reply.images.unwrap_or_default();
        images.sort_by(|one, other| {
            let age = |image: &types::Image| image.creation_date().map(str::to_owned);
            (age(one), one.image_id()).cmp(&(age(other), other.image_id()))
        });
        Ok(images)
    }

    /// This account's own images that pass the filters.
    pub(super) async fn own_images(
        &self,
        region: Option<&str>,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Image>, Fault> {
        self.images(region, &["self".to_owned()], filters, true, call).await
    }

    pub(super) async fn list(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        let ours = [filter("tag-key", &[RUN_TAG])];
        let filters = if scope == ImageScope::Ours { &ours[..] } else { &[] };
        let images = self.own_images(None, filters, call).await?;
        Ok(images.iter().map(image).collect())
    }

    /// What would no longer start, or not be replaced, without an image: instances that exist, and
    /// every version of every launch template, since a group of instances may use an old one.
    pub(super) async fn users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let (instances, templates) =
            tokio::try_join!(self.instances_from(id, call), self.templates_with(id, call))?;
        Ok([instances, templates].concat())
    }

    async fn instances_from(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let alive = ["pending", "running", "stopping", "stopped"];
        let filters = [filter("image-id", &[id]), filter("instance-state-name", &alive)];
        let instances = self.instances(&filters, call).await?;
        let name = |instance: &types::Instance| {
            let tags = tags::read(instance.tags());
            let name = tags.get("Name").map(|name| format!(" ({name})")).unwrap_or_default();
            format!("instance {}{name}", instance.instance_id().unwrap_or_default())
        };
        Ok(instances.iter().map(name).collect())
    }

    async fn templates_with(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_launch_templates().into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeLaunchTemplates", &call.watch, send).await;
        let templates = sent.map_err(Error::from)?;
        let mut users = Vec::new();
        for template in templates {
            let template_id = template.launch_template_id().unwrap_or_default();
            let name = template.launch_template_name().unwrap_or_default();
            let versions = self.versions_with(template_id, id, call).await?;
            users.extend(versions.iter().map(|version| {
                format!("launch template {template_id} ({name}), version {version}")
            }));
        }
        Ok(users)
    }

    async fn versions_with(&self, template: &str, image: &str, call: &Call) -> Result<Vec<i64>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            let versions = ec2.describe_launch_template_versions().launch_template_id(template);
            versions.into_paginator().items().send().try_collect()
        };
        let action = "DescribeLaunchTemplateVersions";
        let versions = match self.clients.call(None, action, &call.watch, send).await {
            // Deleted since it was listed.
            Err(fault) if fault.is_any(&["InvalidLaunchTemplateId.NotFound"]) => {
                return Ok(Vec::new());
            }
            other => other.map_err(Error::from)?,
        };
        let with_image = versions.iter().filter(|version| {
            version.launch_template_data().and_then(|data| data.image_id()) == Some(image)
        });
        let numbers: HashSet<i64> =
            with_image.filter_map(|version| version.version_number()).collect();
        let mut numbers: Vec<i64> = numbers.into_iter().collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}
