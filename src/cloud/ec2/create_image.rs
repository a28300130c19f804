//! Making an image of an instance.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_ec2::types::{self, ResourceType};

use super::filter::tagged;
use super::image::{image, snapshots, state};
use super::provider::Ec2;
use super::{instance, tags};
use crate::cloud::{Call, Grace, Image, ImageSpec, ImageState, Resource, ResourceKind, refusals};
use crate::report::Level;
use crate::{Code, Error, Result};

/// Refusals of CreateImage that pass.
const PASSING: &[&str] = &["IncorrectInstanceState", "SnapshotCreationPerVolumeRateExceeded"];

impl Ec2 {
    pub(super) async fn make_image(
        &self,
        id: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        tags::check(&spec.tags)?;
        let found = self.existing(id, call).await?;
        let name = [("name", spec.name.as_str())];
        let role = tags::read(found.tags()).remove(tags::ROLE_TAG).unwrap_or_default();
        let is_repeated = call.ledger.is_unanswered(ResourceKind::Image, &role)?;
        let grace = self.settling();
        let mut intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
        // With the name of an earlier request, EC2 refuses a second image: then it is found.
        let may_exist = intent.id.is_some()
            || is_repeated && intent.attribute("name") != Some(spec.name.as_str());
        let mut known =
            if may_exist { self.known_image(&intent, &grace, call).await? } else { None };
        if known.as_ref().is_none_or(|known| state(known) == ImageState::Failed) && may_exist {
            self.remove_unfinished_image(&intent, &grace, call).await?;
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
                let request = Request { instance: id, spec, running, role: &role, is_repeated };
                match self.request_image(&request, &intent, call).await {
                    Err(error)
                        if error.code() == Code::NameTaken
                            && self.remove_stray_image(spec, &role, call).await? =>
                    {
                        intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
                        let request = Request { is_repeated: false, ..request };
                        self.request_image(&request, &intent, call).await?
                    }
                    asked => asked?,
                }
            }
        };
        call.ledger.created(&intent.token, &image_id, &[])?;
        let made = self.until_available(None, &image_id, call).await?;
        let parts = snapshots(&made).join(" ");
        call.ledger.created(&intent.token, &image_id, &[("snapshots", &parts)])?;
        self.mark_finished(&image_id, call).await;
        Ok(image(&made))
    }

    /// The image that an earlier try has begun: by its id, else by its token.
    async fn known_image(
        &self,
        intent: &Resource,
        grace: &Grace,
        call: &Call,
    ) -> Result<Option<types::Image>> {
        let filters = [tagged(tags::TOKEN_TAG, &intent.token)];
        let look = || async {
            match &intent.id {
                Some(id) => self.image_by_id(None, id, call).await,
                None => Ok(self.own_images(None, &filters, call).await?.pop()),
            }
        };
        let what = match &intent.id {
            Some(id) => format!("image {id}"),
            None => "an image that may have been begun".to_owned(),
        };
        grace.find_requested(&what, intent, call, look).await
    }

    async fn request_image(
        &self,
        request: &Request<'_>,
        intent: &Resource,
        call: &Call,
    ) -> Result<String> {
        let Request { instance, spec, running, role, is_repeated } = *request;
        let mut tags = tags::all(&spec.tags, &spec.name, role, call);
        tags.insert(tags::TOKEN_TAG.to_owned(), intent.token.clone());
        tags.insert(tags::UNFINISHED_TAG.to_owned(), spec.name.clone());
        let kinds = [ResourceType::Image, ResourceType::Snapshot];
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.create_image()
                .instance_id(instance)
                .name(&spec.name)
                .description(&spec.description)
                .no_reboot(running)
                .set_tag_specifications(Some(tags::specifications(&tags, &kinds)))
                .send()
        };
        let grace = self.settling();
        let what = "EC2 to accept the request for an image";
        // A refusal that passes does not make an earlier attempt certain.
        let doubtful = AtomicBool::new(false);
        let look = || async {
            match self.clients.call(None, "CreateImage", &call.watch, send).await {
                // It was seen stopped, and not every server of EC2 knows that; or another snapshot of its
                // volume was made a moment ago.
                Err(fault) if fault.is_any(PASSING) => {
                    doubtful.fetch_or(fault.is_uncertain(), Ordering::Relaxed);
                    Ok(None)
                }
                other => Ok(Some(other)),
            }
        };
        let sent = match grace.find(what, &call.watch, look).await? {
            Some(sent) => sent,
            // What is still refused after that time is refused: this returns EC2's error.
            None => self.clients.call(None, "CreateImage", &call.watch, send).await,
        };
        match sent.map_err(|fault| fault.doubted(doubtful.load(Ordering::Relaxed))) {
            Ok(reply) => Ok(reply.image_id.unwrap_or_default()),
            Err(fault) if fault.is("InvalidAMIName.Duplicate") => {
                // The image is this run's own if the answer to an earlier request is not known.
                if is_repeated || !fault.is_refusal() {
                    let known = self.known_image(intent, &self.settling(), call).await?;
                    if let Some(known) = known {
                        return Ok(known.image_id.unwrap_or_default());
                    }
                }
                call.ledger.gone(&intent.token)?;
                Err(refusals::name_taken(ResourceKind::Image, &spec.name)
                    .cause(fault.into_error())
                    .hint("pass another name (`create_image:name=…`), or delete that image first"))
            }
            Err(fault) => {
                if fault.is_refusal() && !is_repeated {
                    call.ledger.gone(&intent.token)?;
                }
                Err(Error::from(fault))
            }
        }
    }

    /// Takes the mark away by which `gc` knows images that no command has finished.
    async fn mark_finished(&self, id: &str, call: &Call) {
        let mark = types::Tag::builder().key(tags::UNFINISHED_TAG).build();
        let send =
            |ec2: aws_sdk_ec2::Client| ec2.delete_tags().resources(id).tags(mark.clone()).send();
        // The image is finished all the same.
        if let Err(fault) = self.clients.call(None, "DeleteTags", &call.watch, send).await {
            let message = format!(
                "image {id} keeps the tag {}, by which `imgctl gc` reports it as unfinished: {}",
                tags::UNFINISHED_TAG,
                fault.into_error()
            );
            call.watch.report.log(Level::Warning, &message);
        }
    }

    /// Removes an image that was requested in this run and is not known to be finished.
    pub(super) async fn remove_unfinished_image(
        &self,
        resource: &Resource,
        grace: &Grace,
        call: &Call,
    ) -> Result<()> {
        let known = self.known_image(resource, grace, call).await?;
        let recorded = resource.attribute("snapshots").unwrap_or_default();
        let mut parts: Vec<String> = recorded.split_whitespace().map(str::to_owned).collect();
        if let Some(known) = &known {
            let id = known.image_id().unwrap_or_default();
            parts.extend(snapshots(known));
            parts.sort();
            parts.dedup();
            // Without their image they are found by their tags only, and not at once.
            if call.ledger.requested(&resource.token)?.is_some() {
                let all = parts.join(" ");
                call.ledger.created(&resource.token, id, &[("snapshots", &all)])?;
            }
            self.deregister(None, id, call).await?;
        }
        self.delete_snapshots(&parts, None, call).await?;
        // EC2 leaves the snapshots of an image that failed, and shows that of a new one late.
        let filters = [tagged(tags::TOKEN_TAG, &resource.token)];
        let look = || async {
            let left = self.own_snapshots(&filters, call).await?;
            Ok(Some(left).filter(|left| !left.is_empty()))
        };
        let is_late = known.is_some_and(|known| snapshots(&known).is_empty());
        let left = if is_late {
            let what = "the snapshot of the image";
            grace.find_requested(what, resource, call, look).await?
        } else {
            look().await?
        };
        let left = left.unwrap_or_default().into_iter();
        let left: Vec<String> = left.filter_map(|snapshot| snapshot.snapshot_id).collect();
        self.delete_snapshots(&left, None, call).await
    }
}

/// What a request for an image is made of.
struct Request<'a> {
    instance: &'a str,
    spec: &'a ImageSpec,
    running: bool,
    role: &'a str,
    /// An earlier process may have sent it, too.
    is_repeated: bool,
}
