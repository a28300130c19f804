//! Publishing images: copies in other regions, and deprecation.

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{self, ResourceType};

use super::fault::Fault;
use super::filter::{filter, tagged};
use super::image::{image, snapshots, state};
use super::provider::Ec2;
use super::tags;
use crate::cloud::{Call, CopyTarget, Image, ImageState, ResourceKind, refusals};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn copy(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        let source_region = self.clients.region(&call.watch).await?;
        let source = self.own_available_image(id, call).await?;
        if target.region == source_region && target.encryption_key.is_none() {
            return Ok((image(&source), false));
        }
        let region = Some(target.region.as_str());
        let origin = format!("{source_region}/{id}");
        for known in self.copies(&origin, target, call).await? {
            let known_id = known.image_id().unwrap_or_default().to_owned();
            if state(&known) == ImageState::Failed {
                self.deregister(region, &known_id, call).await?;
                self.delete_snapshots(&snapshots(&known), region, call).await?;
            } else {
                let there = self.until_available(region, &known_id, call).await?;
                return Ok((image(&there), false));
            }
        }
        let copy = self.request_copy(&source, &source_region, &origin, target, call).await;
        let copy = match copy {
            Err(fault) if fault.is("InvalidAMIName.Duplicate") => {
                // A future of its own: together they are more than a thread of the runtime has room for.
                Box::pin(self.earlier_copy(&source, &origin, target, fault, call)).await?
            }
            copy => copy?,
        };
        let made = self.until_available(region, &copy, call).await?;
        Ok((image(&made), true))
    }

    /// The copy that is there already, or is being made.
    pub(super) async fn known_copy(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<Option<Image>> {
        let source_region = self.clients.region(&call.watch).await?;
        let source = self.own_available_image(id, call).await?;
        if target.region == source_region && target.encryption_key.is_none() {
            return Ok(Some(image(&source)));
        }
        let copies = self.copies(&format!("{source_region}/{id}"), target, call).await?;
        Ok(copies.iter().find(|copy| state(copy) != ImageState::Failed).map(image))
    }

    /// The images in the target's region that earlier commands have requested as this copy.
    async fn copies(
        &self,
        origin: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<Vec<types::Image>> {
        let filters = [tagged(tags::COPY_TAG, origin)];
        let mut found = self.own_images(Some(&target.region), &filters, call).await?;
        // A copy encrypted with another key is a different copy.
        found.retain(|copy| {
            tags::read(copy.tags()).get(tags::COPY_KEY_TAG) == target.encryption_key.as_ref()
        });
        Ok(found)
    }

    async fn request_copy(
        &self,
        source: &types::Image,
        source_region: &str,
        origin: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<String, Fault> {
        // The token is for the SDK's own retries; a later command finds the copy by its tag.
        let token = uuid::Uuid::new_v4().simple().to_string();
        let mut tags = tags::read(source.tags());
        tags.retain(|key, _| !key.starts_with("aws:"));
        tags.insert(tags::COPY_TAG.to_owned(), origin.to_owned());
        let key = target.encryption_key.clone();
        tags.extend(key.map(|key| (tags::COPY_KEY_TAG.to_owned(), key)));
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
        let reply = self.clients.call(region, "CopyImage", &call.watch, send).await?;
        Ok(reply.image_id.unwrap_or_default())
    }

    /// The image there that has the name already, if it is the copy that an earlier command has requested:
    /// EC2 may show that late.
    async fn earlier_copy(
        &self,
        source: &types::Image,
        origin: &str,
        target: &CopyTarget,
        refusal: Fault,
        call: &Call,
    ) -> Result<String> {
        let name = source.name().unwrap_or_default();
        let region = Some(target.region.as_str());
        let filters = [filter("name", &[name])];
        let look = || async { Ok(self.own_images(region, &filters, call).await?.pop()) };
        let what = format!("{}: the image with the name {name}", target.region);
        let found = self.settling().find(&what, &call.watch, look).await?;
        let tags = found.as_ref().map(|found| tags::read(found.tags())).unwrap_or_default();
        let is_it = tags.get(tags::COPY_TAG).is_some_and(|known| known == origin)
            && tags.get(tags::COPY_KEY_TAG) == target.encryption_key.as_ref();
        match found.and_then(|found| found.image_id).filter(|_| is_it) {
            Some(id) => Ok(id),
            None => Err(refusals::name_taken(ResourceKind::Image, name)
                .cause(refusal.into_error())
                .hint(format!("delete that image in {}, and copy this one again", target.region))),
        }
    }

    pub(super) async fn deprecate(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let source = self.own_available_image(id, call).await?;
        let wanted = DateTime::from_str(at, DateTimeFormat::DateTime)
            .map_err(|error| Error::usage(format!("`{at}` is not a valid date")).cause(error))?;
        // EC2 refuses a time in the past, and counts in minutes.
        let soon = (jiff::Timestamp::now().as_second() / 60 + 2) * 60;
        let wanted = DateTime::from_secs(wanted.secs().max(soon));
        let known = source
            .deprecation_time()
            .and_then(|known| DateTime::from_str(known, DateTimeFormat::DateTime).ok());
        let same = |known: DateTime| {
            known.secs() == wanted.secs() || known.secs() <= soon && wanted.secs() <= soon
        };
        if known.is_some_and(same) {
            return Ok(false);
        }
        if call.only_looks {
            return Ok(true);
        }
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.enable_image_deprecation().image_id(id).deprecate_at(wanted).send()
        };
        let action = "EnableImageDeprecation";
        self.clients.call(None, action, &call.watch, send).await.map_err(Error::from)?;
        Ok(true)
    }
}
