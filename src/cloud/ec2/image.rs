//! Images as EC2 describes them, and looking them up.

use aws_sdk_ec2::types::{self, Filter};

use super::filter::filter;
use super::provider::Ec2;
use super::tags;
use crate::cloud::pages::Pages;
use crate::cloud::units::{GIB, utc};
use crate::cloud::{Call, Image, ImageScope, ImageState, Tags, refusals};
use crate::{Error, Result};

/// Key of [`Image::attributes`]: the name of the root device.
pub const ROOT_DEVICE: &str = "root_device";
/// Key of [`Image::attributes`]: the size of the root device in GiB.
pub const ROOT_SIZE: &str = "root_size";

/// The most things that a page of EC2's lists has. Without it, EC2 would search all of them before it answers,
/// and sooner limit the rate:
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>
pub const PAGE: i32 = 1000;

pub fn state(image: &types::Image) -> ImageState {
    match image.state() {
        Some(types::ImageState::Available) => ImageState::Available,
        Some(types::ImageState::Pending | types::ImageState::Transient) => ImageState::Pending,
        _ => ImageState::Failed,
    }
}

/// Why an image failed, in EC2's words.
pub fn reason(image: &types::Image) -> String {
    let given = image.state_reason().and_then(|reason| reason.message());
    given.unwrap_or(refusals::NO_REASON).to_owned()
}

/// The ids of the snapshots that an image consists of.
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
        created: utc(image.creation_date().unwrap_or_default()),
        size: Some(size * GIB).filter(|size| *size > 0),
        architecture: image.architecture().map(|architecture| architecture.as_str().to_owned()),
        tags: tags::read(image.tags()),
        deprecated: image.deprecation_time().map(utc),
        attributes,
    }
}

/// Which images to list.
pub struct Query<'a> {
    pub owners: &'a [String],
    pub filters: &'a [Filter],
    /// Whether deprecated images count, too.
    pub deprecated: bool,
}

/// Oldest first.
fn sort(images: &mut [types::Image]) {
    images.sort_by(|one, other| {
        let age = |image: &types::Image| image.creation_date().map(str::to_owned);
        (age(one), one.image_id()).cmp(&(age(other), other.image_id()))
    });
}

impl Ec2 {
    /// The image of this id; None when it does not exist or this account cannot use it.
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
    ) -> Result<Vec<types::Image>> {
        let (mut images, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list images");
        loop {
            let query = Query { owners, filters, deprecated };
            let (found, next) = self.page_of_images(region, &query, page, call).await?;
            images.extend(found);
            page = pages.next(next)?;
            if page.is_none() {
                break;
            }
        }
        sort(&mut images);
        Ok(images)
    }

    /// Some of these images, oldest first: no more than EC2 gives in one reply.
    pub(super) async fn some_images(
        &self,
        query: &Query<'_>,
        call: &Call,
    ) -> Result<Vec<types::Image>> {
        let (mut images, _) = self.page_of_images(None, query, None, call).await?;
        sort(&mut images);
        Ok(images)
    }

    async fn page_of_images(
        &self,
        region: Option<&str>,
        query: &Query<'_>,
        page: Option<String>,
        call: &Call,
    ) -> Result<(Vec<types::Image>, Option<String>)> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_images()
                .set_owners(Some(query.owners.to_vec()))
                .set_filters(Some(query.filters.to_vec()))
                .include_deprecated(query.deprecated)
                .max_results(PAGE)
                .set_next_token(page.clone())
                .send()
        };
        let reply = self.clients.call(region, "DescribeImages", &call.watch, send).await?;
        Ok((reply.images.unwrap_or_default(), reply.next_token))
    }

    /// This account's own images that pass the filters, oldest first.
    pub(super) async fn own_images(
        &self,
        region: Option<&str>,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Image>> {
        self.images(region, &["self".to_owned()], filters, true, call).await
    }

    /// This account's own image of this id.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to another account.
    pub(super) async fn own_image(&self, id: &str, call: &Call) -> Result<types::Image> {
        let filters = [filter("image-id", &[id])];
        if let Some(found) = self.own_images(None, &filters, call).await?.pop() {
            return Ok(found);
        }
        let region = self.clients.region(&call.watch).await?;
        Err(Error::not_found(format!("this account has no image {id} in {region}"))
            .hint("list the images of this account with `imgctl list_images:all=true`"))
    }

    /// As [`Ec2::own_image`], for an image that can be published.
    ///
    /// # Errors
    /// `Failed` when it is not available.
    pub(super) async fn own_available_image(&self, id: &str, call: &Call) -> Result<types::Image> {
        let found = self.own_image(id, call).await?;
        if state(&found) != ImageState::Available {
            let now = found.state().map_or("unknown", |state| state.as_str());
            return Err(Error::failed(format!("image {id} is not available: its state is {now}"))
                .cause(reason(&found)));
        }
        Ok(found)
    }

    pub(super) async fn list(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        let ours = [tags::run_filter(None)];
        let filters = if scope == ImageScope::Ours { &ours[..] } else { &[] };
        let images = self.own_images(None, filters, call).await?;
        Ok(images.iter().map(image).collect())
    }
}
