//! Making an image of an instance's disk.

use reqwest::Method;
use serde_json::{Value, json};

use super::Gce;
use super::failure::Failure;
use super::image::image;
use super::launch::attribute;
use super::names;
use super::operation::Change;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Image, ImageSpec, ImageState, RUN_TAG, Resource, ResourceKind};
use crate::config::gce::ImageFrom;
use crate::report::Level;
use crate::{Code, Error, Result};

/// A disk to make an image of, and the instance it is or was the disk of.
struct Source {
    role: String,
    instance: String,
    disk: String,
    zone: String,
    /// The instance as it is written down; None once it was deleted for an image.
    record: Option<Resource>,
}

impl Gce {
    pub(super) async fn make_image(
        &self,
        instance: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        let mut tags = spec.tags.clone();
        tags.insert(RUN_TAG.to_owned(), call.run.clone());
        let labels = names::labels(&tags)?;
        let source = source(instance, call)?;
        let (intent, begun) = intend(&source, spec, call)?;
        let name = attribute(&intent, "name");
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
            change.request_id = names::request_id(&intent.token);
            let root = self.root(&call.watch).await?;
            change.body = Some(self.image_body(name, &root, &source, spec, labels));
            match self.change(&change, &call.watch).await {
                Err(Failure::Refused(refusal)) if refusal.is_final => {
                    if !self.is_ready(name, call).await? {
                        // The next try asks anew. What is left of this one is no image; if it cannot
                        // be removed now, the record stays, and the next try meets it.
                        let _ = self.remove(std::slice::from_ref(&intent), call).await;
                        return Err(refusal.into_error());
                    }
                    if !begun {
                        // One that this run had made before.
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

    /// Whether an earlier try has made it; an image of somebody else's is an error.
    async fn is_made(&self, intent: &Resource, begun: bool, call: &Call) -> Result<bool> {
        let name = attribute(intent, "name");
        let Some(found) = self.get_image(name, call).await? else { return Ok(false) };
        if begun && found["labels"][RUN_TAG] == call.run.as_str() {
            return Ok(true);
        }
        call.ledger.gone(&intent.token)?;
        let message = format!("there is an image named {name} already");
        Err(Error::new(Code::Refused, message)
            .hint(format!("choose another name, or `imgctl delete_image:{name}`")))
    }

    /// Whether there is a whole image of this run: nothing of the kind is ever a leftover.
    async fn is_ready(&self, name: &str, call: &Call) -> Result<bool> {
        let found = self.get_image(name, call).await?.unwrap_or_default();
        Ok(found["status"] == "READY" && found["labels"][RUN_TAG] == call.run.as_str())
    }

    /// Makes the disk free: nothing may write to it while it is copied.
    async fn release(&self, source: &Source, intent: &str, begun: bool, call: &Call) -> Result<()> {
        let (name, zone) = (&source.instance, &source.zone);
        let found = self.get_instance(zone, name, call).await?;
        match (found, self.settings.image_from) {
            (Some(_), ImageFrom::Stopped) => self.power_off(name, call).await?,
            (Some(found), ImageFrom::Deleted) => self.delete_but_disk(&found, zone, call).await?,
            (None, _) if begun || source.record.is_none() => {}
            (None, _) => {
                // No image was asked for.
                call.ledger.gone(intent)?;
                let message = format!("instance {name} does not exist any more");
                return Err(Error::not_found(message).hint(
                    "it was not deleted by imgctl, so nobody knows what is on its disk: \
                     `imgctl destroy` removes it",
                ));
            }
        }
        if self.settings.image_from == ImageFrom::Deleted
            && let Some(record) = &source.record
        {
            call.ledger.gone(&record.token)?;
            let message = format!("instance {name} is deleted, its disk is kept for the image");
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
            let found = found.ok_or_else(|| Error::failed(format!("image {name} vanished")))?;
            let seen = image(&found);
            match seen.state {
                ImageState::Available => Ok(Poll::Ready(seen)),
                ImageState::Pending => Ok(Poll::Pending("it is pending".to_owned())),
                ImageState::Failed => Err(Error::failed(format!("image {name} has failed"))
                    .hint(format!("`imgctl delete_image:{name}`, then create_image again"))),
            }
        })
        .await
    }
}

/// What is written down of the instance and its disk.
fn source(instance: &str, call: &Call) -> Result<Source> {
    let known = call.ledger.resources()?;
    let record = known.iter().find(|resource| {
        resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(instance)
    });
    let disk = known.iter().find(|resource| {
        resource.kind == ResourceKind::Disk && attribute(resource, "instance") == instance
    });
    let disk = disk.ok_or_else(|| {
        Error::not_found(format!("the state knows no disk of instance {instance}"))
            .hint("`imgctl up` starts an instance")
    })?;
    Ok(Source {
        role: disk.role.clone(),
        instance: instance.to_owned(),
        disk: attribute(disk, "name").to_owned(),
        zone: attribute(disk, "zone").to_owned(),
        record: record.cloned(),
    })
}

/// Writes down which image will be made; true when an earlier try had begun one, whose name stays.
fn intend(source: &Source, spec: &ImageSpec, call: &Call) -> Result<(Resource, bool)> {
    let wanted = spec.name.as_str();
    let known = call.ledger.resources()?;
    let begun = known
        .iter()
        .any(|resource| resource.kind == ResourceKind::Image && resource.role == source.role);
    let attributes = [("name", wanted)];
    let intent = call.ledger.intend(ResourceKind::Image, &source.role, &attributes)?;
    let name = attribute(&intent, "name");
    if begun && name != wanted {
        let message = format!("going on with image {name}, which was begun before");
        call.watch.report.log(Level::Info, &message);
    }
    Ok((intent, begun))
}
