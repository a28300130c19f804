//! A cloud without machines: it journals every call, injects faults and keeps its world in a file.
//!
//! It is stricter than any real cloud: it refuses what was not written down before, names that are
//! taken, and images still in use.

mod api;
mod catalog;

pub use catalog::{base, names};

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::cloud::{
    Call, Capability, Channel, Cloud, CopyTarget, Held, Image, ImageScope, ImageSpec, Instance,
    InstanceState, Launch, Promoted, Resource, ResourceKind, Share,
};
use crate::config::{Selection, fake::Settings};
use crate::rehearsal::journal::Journal;
use crate::report::Watch;
use crate::{Error, Result};

/// One region of it, set up for a base image.
pub struct Fake {
    journal: Arc<Journal>,
    region: String,
    base: String,
    lacks: Vec<Capability>,
}

impl Fake {
    /// `base` is an image's id or name; `lacks` are capabilities to do without.
    #[must_use]
    pub fn new(journal: Arc<Journal>, region: &str, base: &str, lacks: &[Capability]) -> Fake {
        Fake { journal, region: region.to_owned(), base: base.to_owned(), lacks: lacks.to_vec() }
    }

    /// The cloud of the selected settings; `journal` is the one of the process.
    pub fn open(journal: Arc<Journal>, selection: &Selection) -> Result<Fake> {
        let settings: Settings = selection.provider()?;
        let base = settings.base.as_ref().unwrap_or(&selection.distribution);
        Ok(Fake::new(journal, &selection.region, base, &settings.lacks))
    }

    fn begin(&self, call: &Call) -> Result<()> {
        self.journal.hide(&call.run, "<run>");
        call.watch.check()
    }

    /// What was written down for `resource` and exists, if anything; else it is to be made.
    async fn made(&self, resource: Resource, call: &Call) -> Result<(Resource, Option<Instance>)> {
        let Some(id) = &resource.id else { return Ok((resource, None)) };
        if let Some(instance) = self.describe(id, call).await? {
            return Ok((resource, Some(instance)));
        }
        call.ledger.gone(&resource.token)?;
        let again = call.ledger.intend(ResourceKind::Instance, &resource.role, &[])?;
        Ok((again, None))
    }
}

/// The role of an instance of this run; one that was never written down has none.
fn role_of(instance: &str, call: &Call) -> Result<String> {
    let known = call.ledger.resources()?;
    let known = known.into_iter().find(|resource| {
        resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(instance)
    });
    Ok(known.map(|resource| resource.role).unwrap_or_default())
}

#[async_trait]
impl Cloud for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn can(&self, capability: Capability) -> bool {
        !self.lacks.contains(&capability)
    }

    async fn region(&self, _: &Watch) -> Result<String> {
        Ok(self.region.clone())
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        self.begin(call)?;
        api::find_image(&self.journal, wanted.unwrap_or(&self.base))
    }

    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        self.begin(call)?;
        let role = &launch.role;
        let key = call.ledger.intend(ResourceKind::KeyPair, role, &[("name", &launch.name)])?;
        let key_id = match &key.id {
            Some(id) => id.clone(),
            None => api::create_key_pair(&self.journal, &self.region, launch, &key, call)?,
        };
        call.ledger.created(&key.token, &key_id, &[])?;
        let name = [("name", launch.name.as_str())];
        let intent = call.ledger.intend(ResourceKind::Instance, role, &name)?;
        let (intent, instance) = self.made(intent, call).await?;
        if let Some(instance) = instance {
            return Ok(instance);
        }
        let id = api::create_instance(&self.journal, &self.region, launch, &key_id, &intent, call)?;
        call.ledger.created(&intent.token, &id, &[])?;
        let instance = self.describe(&id, call).await?;
        instance.ok_or_else(|| Error::not_found(format!("instance {id} vanished")))
    }

    async fn describe(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        self.begin(call)?;
        api::describe(&self.journal, id)
    }

    async fn start(&self, id: &str, call: &Call) -> Result<Instance> {
        self.begin(call)?;
        api::start(&self.journal, id)
    }

    async fn stop(&self, id: &str, call: &Call) -> Result<()> {
        self.begin(call)?;
        self.require(Capability::Stop)?;
        api::stop(&self.journal, id)
    }

    async fn restart(&self, id: &str, call: &Call) -> Result<Instance> {
        self.begin(call)?;
        if self.can(Capability::Stop) {
            api::stop(&self.journal, id)?;
            return api::start(&self.journal, id);
        }
        api::reboot(&self.journal, id)
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.begin(call)?;
        // A key pair or an image is free only once no instance uses it.
        let mut order: Vec<&Resource> = resources.iter().collect();
        order.sort_by_key(|resource| match resource.kind {
            ResourceKind::Instance => 0,
            ResourceKind::Image => 1,
            _ => 2,
        });
        for resource in order {
            call.watch.check()?;
            let id = match &resource.id {
                Some(id) => Some(id.clone()),
                None => api::find_by_token(&self.journal, resource)?,
            };
            if let Some(id) = id {
                api::delete(&self.journal, resource.kind, &id)?;
            }
            call.ledger.gone(&resource.token)?;
        }
        Ok(())
    }

    async fn console(&self, id: &str, call: &Call) -> Result<String> {
        self.begin(call)?;
        self.require(Capability::Console)?;
        api::console(&self.journal, id)
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        self.begin(call)?;
        let found = self.describe(instance, call).await?;
        let found = found.ok_or_else(|| Error::not_found(format!("no instance {instance}")))?;
        let role = role_of(instance, call)?;
        let name = [("name", spec.name.as_str())];
        let intent = call.ledger.intend(ResourceKind::Image, &role, &name)?;
        let stop = self.can(Capability::Stop) && !spec.no_stop;
        if found.state == InstanceState::Running && stop {
            self.stop(instance, call).await?;
        }
        let spec = &ImageSpec { no_stop: !stop, ..spec.clone() };
        let image = api::create_image(&self.journal, instance, spec, &intent, &self.region, call)?;
        call.ledger.created(&intent.token, &image.id, &[])?;
        Ok(image)
    }

    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        self.begin(call)?;
        api::list_images(&self.journal, scope, &self.region)
    }

    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        self.begin(call)?;
        api::image_users(&self.journal, id)
    }

    async fn copy_image(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        self.begin(call)?;
        self.require(Capability::CopyImage)?;
        api::copy_image(&self.journal, id, target)
    }

    async fn find_copy(&self, id: &str, target: &CopyTarget, call: &Call) -> Result<Option<Image>> {
        self.begin(call)?;
        self.require(Capability::CopyImage)?;
        api::find_copy(&self.journal, id, target)
    }

    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        self.begin(call)?;
        self.require(Capability::ShareImage)?;
        api::share_image(&self.journal, id, with, call.only_looks)
    }

    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        self.begin(call)?;
        self.require(Capability::DeprecateImage)?;
        api::deprecate_image(&self.journal, id, at, call.only_looks)
    }

    async fn channel(&self, channel: &Channel, call: &Call) -> Result<Held> {
        self.begin(call)?;
        self.require(Capability::PromoteImage)?;
        api::held(&self.journal, channel, &self.region)
    }

    async fn check_promotion(&self, id: &str, channel: &Channel, call: &Call) -> Result<()> {
        self.begin(call)?;
        self.require(Capability::PromoteImage)?;
        api::accepts(&self.journal, id, channel, &self.region)
    }

    async fn promote_image(&self, id: &str, channel: &Channel, call: &Call) -> Result<Promoted> {
        self.begin(call)?;
        self.require(Capability::PromoteImage)?;
        let before = api::held(&self.journal, channel, &self.region)?;
        if before.images == [id] {
            return Ok(Promoted { changed: false, before });
        }
        api::enter(&self.journal, id, channel, &self.region)?;
        for other in before.images.iter().filter(|other| *other != id) {
            api::leave(&self.journal, other, channel)?;
        }
        Ok(Promoted { changed: true, before })
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        self.begin(call)?;
        api::delete_image(&self.journal, id, force)?;
        for resource in call.ledger.resources()? {
            if resource.kind == ResourceKind::Image && resource.id.as_deref() == Some(id) {
                call.ledger.gone(&resource.token)?;
            }
        }
        Ok(())
    }

    async fn export_image(
        &self,
        id: &str,
        format: &str,
        path: &str,
        call: &Call,
    ) -> Result<Vec<String>> {
        self.begin(call)?;
        self.require(Capability::ExportImage)?;
        api::export_image(&self.journal, id, format, Path::new(path))
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        self.begin(call)?;
        api::find_run(&self.journal, run, &self.region)
    }
}
