//! Making an image of an instance, and waiting for it.

use aws_sdk_ec2::types::{self, ResourceType};

use super::image::{filter, image, reason, snapshots};
use super::{Ec2, instance, power, tags};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Image, ImageSpec, ImageState, InstanceState, Resource, ResourceKind};
use crate::{Code, Error, Result};

/// The resource's own name for the filter on [`tags::TOKEN_TAG`].
fn token_filter(token: &str) -> types::Filter {
    filter(&format!("tag:{}", tags::TOKEN_TAG), &[token])
}

impl Ec2 {
    pub(super) async fn make_image(
        &self,
        id: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        let found = self.look(id, call).await?;
        let found = found.filter(|found| instance::state(found) != InstanceState::Gone);
        let found = found.ok_or_else(|| Error::not_found(format!("there is no instance {id}")))?;
        let name = [("name", spec.name.as_str())];
        let role = tags::read(found.tags()).remove(tags::ROLE_TAG).unwrap_or_default();
        let mut intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
        let mut known = self.known_image(&intent, call).await?;
        if known.as_ref().is_some_and(|known| super::image::state(known) == ImageState::Failed) {
            self.remove_unfinished_image(&intent, call).await?;
            call.ledger.gone(&intent.token)?;
            intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
            known = None;
        }
        let running = spec.no_stop || self.settings.no_reboot;
        let image_id = match known.and_then(|known| known.image_id) {
            Some(known) => known,
            None => {
                // EC2 itself shuts a spot instance down for the time of the snapshot.
                if !running && !power::is_spot(&found) {
                    self.power_off(id, call).await?;
                }
                self.ask_for_image(id, spec, running, &role, &intent, call).await?
            }
        };
        call.ledger.created(&intent.token, &image_id, &[])?;
        let made = self.until_available(None, &image_id, call).await?;
        let parts = snapshots(&made).join(" ");
        call.ledger.created(&intent.token, &image_id, &[("snapshots", &parts)])?;
        Ok(image(&made))
    }

    /// What an earlier try has begun.
    async fn known_image(&self, intent: &Resource, call: &Call) -> Result<Option<types::Image>> {
        if let Some(id) = &intent.id {
            return self.image_by_id(None, id, call).await;
        }
        Ok(self.own_images(None, &[token_filter(&intent.token)], call).await?.pop())
    }

    async fn ask_for_image(
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
                // Ours, when the reply to an earlier try was lost.
                if let Some(known) = self.known_image(intent, call).await? {
                    return Ok(known.image_id.unwrap_or_default());
                }
                call.ledger.gone(&intent.token)?;
                let message = format!("there is an image named `{}` already", spec.name);
                Err(Error::usage(message)
                    .cause(fault.into_error())
                    .hint("give another name (create_image:name=…), or delete that image first"))
            }
            Err(fault) => {
                if fault.is_refusal() {
                    call.ledger.gone(&intent.token)?;
                }
                Err(fault.into())
            }
        }
    }

    /// Waits for an image, in this region or another; tells how much of its snapshots is done.
    pub(super) async fn until_available(
        &self,
        region: Option<&str>,
        id: &str,
        call: &Call,
    ) -> Result<types::Image> {
        let place = region.map(|region| format!("{region}: ")).unwrap_or_default();
        let what = format!("{place}image {id} to be available");
        let patience = self.patience(self.settings.image_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let Some(found) = self.image_by_id(region, id, call).await? else {
                return instance::pending("not known yet");
            };
            match super::image::state(&found) {
                ImageState::Available => Ok(Poll::Ready(found)),
                ImageState::Pending => {
                    let progress = self.progress(region, &found, call).await?;
                    Ok(Poll::Pending(format!("pending, {progress}")))
                }
                ImageState::Failed => {
                    let name = found.name().unwrap_or_default();
                    let state = found.state().map_or("unknown", |state| state.as_str());
                    let message = format!("image {id} ({name}) is {state}");
                    Err(Error::failed(message).cause(reason(&found)).hint(
                        "the same command makes it anew; `imgctl destroy` removes what is left",
                    ))
                }
            }
        })
        .await
        .map_err(|error| match error.code() {
            Code::Timeout => error.hint("raise image_timeout; the same command waits on for it"),
            _ => error,
        })
    }

    /// Percent of the snapshots that are done.
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

    /// One that was asked for in this run and is not finished, or not known to be.
    pub(super) async fn remove_unfinished_image(
        &self,
        resource: &Resource,
        call: &Call,
    ) -> Result<()> {
        if let Some(known) = self.known_image(resource, call).await? {
            let id = known.image_id().unwrap_or_default();
            self.deregister(None, id, call).await?;
            self.delete_snapshots(&snapshots(&known), None, call).await?;
        }
        // Those of an image that EC2 itself gave up.
        let filters = [token_filter(&resource.token)];
        let left = self.own_snapshots(&filters, call).await?;
        let left: Vec<String> =
            left.into_iter().filter_map(|snapshot| snapshot.snapshot_id).collect();
        self.delete_snapshots(&left, None, call).await
    }
}
