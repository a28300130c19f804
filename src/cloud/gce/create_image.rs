//! Making an image of the disk of an instance.

use reqwest::Method;
use serde_json::{Value, json};

use super::fault::Failure;
use super::image::image;
use super::name;
use super::operation::Change;
use super::provider::Gce;
use super::tags::{is_of_run, labels};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Image, ImageSpec, ImageState, Resource, ResourceKind, refusals};
use crate::config::gce::ImageFrom;
use crate::report::Level;
use crate::{Error, Result};

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
        let (intent, begun) = intend(&source, spec, call)?;
        let name = intent.attribute("name").unwrap_or_default();
        if !self.is_made(&intent, begun, call).await? {
            if !spec.no_stop {
                self.release(&source, &intent.token, begun, call).await?;
            }
            let mut change = Change::new(
                Method::POST,
                "global/images".to_owned(),
                format!("make image {name} of disk {}", source.disk),
                self.settings.image_timeout,
            );
            change.query = if spec.no_stop { &[("forceCreate", "true")] } else { &[] };
            change.request_id = name::request_id(&intent.token);
            let root = self.root(&call.watch).await?;
            change.body = Some(self.image_body(name, &root, &source, spec, labels));
            match self.change(&change, &call.watch).await {
                Err(Failure::Refused(refusal)) if refusal.is_final => {
                    if !self.is_ready(name, call).await? {
                        // A failed image is of no use, and would be in the way of the next try. If it
                        // cannot be removed now, its record stays, and the next try removes it.
                        let _ = self.remove(std::slice::from_ref(&intent), call).await;
                        return Err(refusal.into_error());
                    }
                    if !begun {
                        // This run made an image of this name before: it is not the one requested.
                        call.ledger.gone(&intent.token)?;
                        return Err(refusal.into_error());
                    }
                }
                other => other?,
            }
        }
        let made = self.until_ready(name, call).await?;
        call.ledger.created(&intent.token, name, &[])?;
        Ok(made)
    }

    /// Whether an earlier try has made it; an error for another image of this name.
    async fn is_made(&self, intent: &Resource, begun: bool, call: &Call) -> Result<bool> {
        let name = intent.attribute("name").unwrap_or_default();
        let Some(found) = self.get_image(name, call).await? else { return Ok(false) };
        if begun && is_of_run(&found, &call.run) {
            return Ok(true);
        }
        call.ledger.gone(&intent.token)?;
        Err(refusals::name_taken(ResourceKind::Image, name)
            .hint(format!("choose another name, or run `imgctl delete_image:{name}`")))
    }

    /// Whether this run has a complete image of this name, which must not be removed.
    async fn is_ready(&self, name: &str, call: &Call) -> Result<bool> {
        let found = self.get_image(name, call).await?.unwrap_or_default();
        Ok(found["status"] == "READY" && is_of_run(&found, &call.run))
    }

    /// Stops or deletes the instance, so that nothing writes to the disk while it is copied.
    async fn release(&self, source: &Source, intent: &str, begun: bool, call: &Call) -> Result<()> {
        let (name, zone) = (&source.instance, &source.zone);
        let found = self.get_instance(zone, name, call).await?;
        match (found, self.settings.image_from) {
            (Some(_), ImageFrom::Stopped) => self.power_off(name, call).await?,
            (Some(found), ImageFrom::Deleted) => self.delete_but_disk(&found, zone, call).await?,
            (None, _) if begun || source.record.is_none() => {}
            (None, _) => {
                // No image was requested.
                call.ledger.gone(intent)?;
                return Err(refusals::gone(ResourceKind::Instance, name)
                    .cause("it was not deleted by imgctl, so its disk may be incomplete")
                    .hint("run `imgctl destroy` to remove the disk"));
            }
        }
        if self.settings.image_from == ImageFrom::Deleted
            && let Some(record) = &source.record
        {
            call.ledger.gone(&record.token)?;
            let message = format!("deleted instance {name}, kept its disk for the image");
            call.watch.report.log(Level::Info, &message);
        }
        Ok(())
    }

    fn image_body(
        &self,
        name: &str,
        root: &str,
        source: &Source,
        spec: &ImageSpec,
        labels: Value,
    ) -> Value {
        let settings = &self.settings;
        let mut body = json!({
            "name": name,
            "description": spec.description,
            "labels": labels,
            "sourceDisk": format!("{root}/zones/{}/disks/{}", source.zone, source.disk),
        });
        if let Some(family) = &settings.image_family {
            body["family"] = json!(family);
        }
        if let Some(location) = &settings.storage_location {
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
    let name = intent.attribute("name").unwrap_or_default();
    if begun && name != wanted {
        let message = format!("continuing with image {name}, which an earlier command began");
        call.watch.report.log(Level::Info, &message);
    }
    Ok((intent, begun))
}
