//! Making an image of the disk of an instance.

use reqwest::Method;
use serde_json::{Value, json};

use super::fault::{Failure, Refusal};
use super::image::image;
use super::instance::has_local_disks;
use super::late::Grace;
use super::operation::Change;
use super::provider::Gce;
use super::status::{Status, is_suspended};
use super::tags::{is_of_run, labels};
use super::zones::region_of;
use super::{name, storage_location};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Image, ImageSpec, ImageState, Resource, ResourceKind, refusals};
use crate::config::gce::ImageFrom;
use crate::report::Level;
use crate::{Code, Error, Result};

/// The disk to make an image of, and the instance that it belongs or belonged to.
struct Source {
    role: String,
    instance: String,
    disk: String,
    zone: String,
    /// The record of the instance; None once it was deleted for an image.
    record: Option<Resource>,
}

impl Gce {
    pub(super) async fn make_image(
        &self,
        instance: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        let labels = labels(&spec.tags, &call.run)?;
        let source = source(instance, call)?;
        let (mut intent, begun) = intend(&source, spec, call)?;
        if !self.is_made(&intent, begun, call).await? {
            if !spec.no_stop {
                self.still(&source, &intent.token, begun, call).await?;
            }
            let mut refused = self.request(&source, &intent, spec, &labels, call).await;
            if let Err(Failure::Refused(refusal)) = &refused
                && let Some(region) = self.allowed_location(refusal, &intent, &source)
            {
                // Google's own choice is a multi-region.
                let message = format!(
                    "a policy forbids the usual location of images: storing this one in {region}"
                );
                call.watch.report.log(Level::Warning, &message);
                self.remove_after(std::slice::from_ref(&intent), Grace::none(), call).await?;
                let attributes = [("name", name_of(&intent)), ("location", region)];
                intent = call.ledger.intend(ResourceKind::Image, &source.role, &attributes)?;
                refused = self.request(&source, &intent, spec, &labels, call).await;
            }
            match refused {
                Err(Failure::Refused(refusal)) if refusal.is_final => {
                    self.give_up(refusal, &intent, begun, call).await?;
                }
                other => other?,
            }
        }
        let name = name_of(&intent);
        let made = self.until_ready(name, call).await?;
        if !spec.no_stop && self.settings.image_from == ImageFrom::Deleted {
            self.release(&source, call).await?;
        }
        call.ledger.created(&intent.token, name, &[])?;
        Ok(made)
    }

    /// Requests the image and waits until it is made.
    async fn request(
        &self,
        source: &Source,
        intent: &Resource,
        spec: &ImageSpec,
        labels: &Value,
        call: &Call,
    ) -> Result<(), Failure> {
        let mut change = Change::new(
            Method::POST,
            "global/images".to_owned(),
            format!("make image {} of disk {}", name_of(intent), source.disk),
            self.settings.image_timeout,
        );
        change.query = if spec.no_stop { &[("forceCreate", "true")] } else { &[] };
        change.request_id = name::request_id(&intent.token);
        let root = self.root(&call.watch).await?;
        change.body = Some(self.image_body(intent, &root, source, spec, labels));
        self.change(&change, &call.watch).await
    }

    /// The region of the disk, if a policy forbids Google's own choice of a location: it allows the disk
    /// there.
    fn allowed_location<'a>(
        &self,
        refusal: &Refusal,
        intent: &Resource,
        source: &'a Source,
    ) -> Option<&'a str> {
        let is_chosen = storage_location::of_new(&self.settings).is_some()
            || intent.attribute("location").is_some();
        let is_forbidden = refusal.is_final && refusal.is_against("gcp.resourceLocations");
        (is_forbidden && !is_chosen).then(|| region_of(&source.zone))
    }

    /// After a refusal: nothing of the image is left, unless an earlier try has begun it.
    async fn give_up(
        &self,
        refusal: Refusal,
        intent: &Resource,
        begun: bool,
        call: &Call,
    ) -> Result<()> {
        let name = name_of(intent);
        let found = self.get_image(name, call).await?.unwrap_or_default();
        let is_ours = is_of_run(&found, &call.run);
        if is_ours && begun && (found["status"] == "READY" || refusal.is_taken()) {
            return Ok(());
        }
        if is_ours && found["status"] == "READY" {
            // This run made an image of this name before: it is not the one requested.
            call.ledger.gone(&intent.token)?;
            return Err(refusal.into_error());
        }
        // A failed image is of no use, and would be in the way of the next try. If it cannot be removed
        // now, its record stays, and the next try removes it.
        let grace = if refusal.retried { Grace::full() } else { Grace::none() };
        let _ = self.remove_after(std::slice::from_ref(intent), grace, call).await;
        Err(refusal.into_error())
    }

    /// Whether an earlier try has made it; an error for another image of this name.
    async fn is_made(&self, intent: &Resource, begun: bool, call: &Call) -> Result<bool> {
        let name = name_of(intent);
        let Some(found) = self.get_image(name, call).await? else { return Ok(false) };
        if begun && is_of_run(&found, &call.run) {
            return Ok(true);
        }
        call.ledger.gone(&intent.token)?;
        Err(refusals::name_taken(ResourceKind::Image, name)
            .hint(format!("choose another name, or run `imgctl delete_image:{name}`")))
    }

    /// Stops the instance, so that nothing writes to the disk while it is copied. It is deleted only once
    /// there is an image: what Google refuses then costs neither the instance nor what was built on it.
    async fn still(&self, source: &Source, intent: &str, begun: bool, call: &Call) -> Result<()> {
        let (name, zone) = (&source.instance, &source.zone);
        let found = self.get_instance_surely(zone, name, call).await?;
        let suspended = || suspended(intent, begun, name, call);
        match (found, self.settings.image_from) {
            (Some(found), _) if is_suspended(&found) => Err(suspended()?),
            // Google does not stop these by themselves.
            (Some(found), ImageFrom::Deleted) if has_local_disks(&found) => {
                self.delete_but_disk(&found, zone, call).await?;
                // If the image is refused, the next try begins with the disk.
                source.record.iter().try_for_each(|record| call.ledger.gone(&record.token))
            }
            (Some(_), _) => match self.power_off(name, call).await? {
                Status::Suspended => Err(suspended()?),
                _ => Ok(()),
            },
            (None, _) if begun || source.record.is_none() => Ok(()),
            (None, _) => {
                // No image was requested.
                call.ledger.gone(intent)?;
                Err(refusals::gone(ResourceKind::Instance, name)
                    .cause("it was not deleted by imgctl, so its disk may be incomplete")
                    .hint("run `imgctl destroy` to remove the disk"))
            }
        }
    }

    /// Deletes the instance of which there is an image now, and keeps its disk.
    async fn release(&self, source: &Source, call: &Call) -> Result<()> {
        let Some(record) = &source.record else { return Ok(()) };
        let (name, zone) = (&source.instance, &source.zone);
        if let Some(found) = self.get_instance_surely(zone, name, call).await? {
            self.delete_but_disk(&found, zone, call).await?;
        }
        call.ledger.gone(&record.token)?;
        let message = format!("deleted instance {name}, of which there is an image; kept its disk");
        call.watch.report.log(Level::Info, &message);
        Ok(())
    }

    fn image_body(
        &self,
        intent: &Resource,
        root: &str,
        source: &Source,
        spec: &ImageSpec,
        labels: &Value,
    ) -> Value {
        let settings = &self.settings;
        let mut body = json!({
            "name": name_of(intent),
            "description": spec.description,
            "labels": labels,
            "sourceDisk": format!("{root}/zones/{}/disks/{}", source.zone, source.disk),
        });
        if let Some(family) = &settings.image_family {
            body["family"] = json!(family);
        }
        let location = storage_location::of_new(settings).or(intent.attribute("location"));
        if let Some(location) = location {
            body["storageLocations"] = json!([location]);
        }
        if let Some(key) = &settings.disk.encryption_key {
            body["imageEncryptionKey"] = json!({ "kmsKeyName": key });
        }
        body
    }

    async fn until_ready(&self, name: &str, call: &Call) -> Result<Image> {
        let patience = Patience::for_up_to(self.settings.image_timeout);
        wait::until(&format!("image {name}"), patience, &call.watch, || async {
            let found = self.get_image(name, call).await?;
            let found = found.ok_or_else(|| refusals::gone(ResourceKind::Image, name))?;
            let seen = image(&found);
            match seen.state {
                ImageState::Available => Ok(Poll::Ready(seen)),
                ImageState::Pending => Ok(Poll::Pending("it is pending".to_owned())),
                ImageState::Failed => Err(Error::failed(format!("image {name} has failed"))
                    .hint(format!("run `imgctl delete_image:{name} create_image`"))),
            }
        })
        .await
    }
}

/// The error for an instance whose disk is not whole, with no image recorded unless one was begun before.
fn suspended(intent: &str, begun: bool, name: &str, call: &Call) -> Result<Error> {
    if !begun {
        call.ledger.gone(intent)?;
    }
    Ok(Error::new(Code::Refused, format!("instance {name} is suspended"))
        .cause("what is in its memory is not on its disk, so an image of it would not be whole")
        .hint("run `imgctl up create_image`, which resumes it first"))
}

/// As it was recorded with the intent.
fn name_of(intent: &Resource) -> &str {
    intent.attribute("name").unwrap_or_default()
}

/// The records of the instance and its disk.
fn source(instance: &str, call: &Call) -> Result<Source> {
    let known = call.ledger.resources()?;
    let record = known.iter().find(|resource| {
        resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(instance)
    });
    let disk = known.iter().find(|resource| {
        resource.kind == ResourceKind::Disk && resource.attribute("instance") == Some(instance)
    });
    let disk = disk.ok_or_else(|| {
        Error::not_found(format!("no disk of instance {instance} is recorded in the state file"))
            .hint("run `imgctl up` to start an instance")
    })?;
    Ok(Source {
        role: disk.role.clone(),
        instance: instance.to_owned(),
        disk: disk.attribute("name").unwrap_or_default().to_owned(),
        zone: disk.attribute("zone").unwrap_or_default().to_owned(),
        record: record.cloned(),
    })
}

/// Records the image to make; true when an earlier try had begun one, whose name is kept.
fn intend(source: &Source, spec: &ImageSpec, call: &Call) -> Result<(Resource, bool)> {
    let wanted = spec.name.as_str();
    let known = call.ledger.resources()?;
    let begun = known
        .iter()
        .any(|resource| resource.kind == ResourceKind::Image && resource.role == source.role);
    let attributes = [("name", wanted)];
    let intent = call.ledger.intend(ResourceKind::Image, &source.role, &attributes)?;
    let name = name_of(&intent);
    if begun && name != wanted {
        let message = format!("continuing with image {name}, which an earlier command began");
        call.watch.report.log(Level::Info, &message);
    }
    Ok((intent, begun))
}
