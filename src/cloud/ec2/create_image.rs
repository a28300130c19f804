//! Making an image of an instance.

use aws_sdk_ec2::types::{self, ResourceType};

use super::filter::tagged;
use super::image::{image, snapshots, state};
use super::provider::Ec2;
use super::{instance, tags};
use crate::cloud::{Call, Image, ImageSpec, ImageState, Resource, ResourceKind, refusals};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn make_image(
        &self,
        id: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        let found = self.existing(id, call).await?;
        let name = [("name", spec.name.as_str())];
        let role = tags::read(found.tags()).remove(tags::ROLE_TAG).unwrap_or_default();
        let mut intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
        // A record with another name is that of an earlier try, whose reply may be lost. With the same
        // name, EC2 would refuse a second image.
        let again = intent.attribute("name") != Some(spec.name.as_str());
        let mut known = self.known_image(&intent, again, call).await?;
        if known.as_ref().is_some_and(|known| state(known) == ImageState::Failed) {
            self.remove_unfinished_image(&intent, call).await?;
            call.ledger.gone(&intent.token)?;
            intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
            known = None;
        }
        let running = spec.no_stop || self.settings.no_reboot;
        let image_id = match known.and_then(|known| known.image_id) {
            Some(known) => known,
            None => {
                // EC2 itself shuts a spot instance down while the snapshot is taken.
                if !running && !instance::is_spot(&found) {
                    self.power_off(id, call).await?;
                }
                self.request_image(id, spec, running, &role, &intent, call).await?
            }
        };
        call.ledger.created(&intent.token, &image_id, &[])?;
        let made = self.until_available(None, &image_id, call).await?;
        let parts = snapshots(&made).join(" ");
        call.ledger.created(&intent.token, &image_id, &[("snapshots", &parts)])?;
        Ok(image(&made))
    }

    /// The image that an earlier try has begun. If one is `expected`, because the reply to an earlier
    /// request may have been lost, EC2 gets some seconds to show it.
    async fn known_image(
        &self,
        intent: &Resource,
        expected: bool,
        call: &Call,
    ) -> Result<Option<types::Image>> {
        if let Some(id) = &intent.id {
            return self.image_by_id(None, id, call).await;
        }
        let filters = [tagged(tags::TOKEN_TAG, &intent.token)];
        let look = || async { Ok(self.own_images(None, &filters, call).await?.pop()) };
        if expected {
            self.for_a_while("an image that may have been begun", call, look).await
        } else {
            look().await
        }
    }

    async fn request_image(
        &self,
        id: &str,
        spec: &ImageSpec,
        running: bool,
        role: &str,
        intent: &Resource,
        call: &Call,
    ) -> Result<String> {
        let mut tags = tags::all(&spec.tags, &spec.name, role, call);
        tags.insert(tags::TOKEN_TAG.to_owned(), intent.token.clone());
        let kinds = [ResourceType::Image, ResourceType::Snapshot];
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.create_image()
                .instance_id(id)
                .name(&spec.name)
                .description(&spec.description)
                .no_reboot(running)
                .set_tag_specifications(Some(tags::specifications(&tags, &kinds)))
                .send()
        };
        match self.clients.call(None, "CreateImage", &call.watch, send).await {
            Ok(reply) => Ok(reply.image_id.unwrap_or_default()),
            Err(fault) if fault.is("InvalidAMIName.Duplicate") => {
                // The image is this run's own when the reply to an earlier try was lost.
                if let Some(known) = self.known_image(intent, true, call).await? {
                    return Ok(known.image_id.unwrap_or_default());
                }
                call.ledger.gone(&intent.token)?;
                Err(refusals::name_taken(ResourceKind::Image, &spec.name)
                    .cause(fault.into_error())
                    .hint("pass another name (`create_image:name=…`), or delete that image first"))
            }
            Err(fault) => {
                if fault.is_refusal() {
                    call.ledger.gone(&intent.token)?;
                }
                Err(Error::from(fault))
            }
        }
    }

    /// Removes an image that was requested in this run and is not known to be finished.
    pub(super) async fn remove_unfinished_image(
        &self,
        resource: &Resource,
        call: &Call,
    ) -> Result<()> {
        if let Some(known) = self.known_image(resource, true, call).await? {
            let id = known.image_id().unwrap_or_default();
            self.deregister(None, id, call).await?;
            self.delete_snapshots(&snapshots(&known), None, call).await?;
        }
        // EC2 leaves the snapshots of an image that failed.
        let filters = [tagged(tags::TOKEN_TAG, &resource.token)];
        let left = self.own_snapshots(&filters, call).await?;
        let left: Vec<String> =
            left.into_iter().filter_map(|snapshot| snapshot.snapshot_id).collect();
        self.delete_snapshots(&left, None, call).await
    }
}
