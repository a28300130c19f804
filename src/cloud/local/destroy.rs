//! Removing instances and images, and verifying that they no longer exist.

use super::image::{self, Manifest};
use super::instance::{self, Record};
use super::kind::Kind;
use super::launch::instance_id;
use super::provider::Local;
use super::{container, create_image, store};
use crate::cloud::{Call, Resource, ResourceKind, channel, refusals};
use crate::report::Watch;
use crate::{Error, Result};

impl Local {
    /// Instances first: their disks may need the images.
    pub(super) async fn remove(&self, resources: &[Resource], call: &Call) -> Result<()> {
        let mut ordered: Vec<&Resource> = resources.iter().collect();
        ordered.sort_by_key(|resource| resource.kind == ResourceKind::Image);
        for resource in ordered {
            call.watch.check()?;
            match resource.kind {
                ResourceKind::Instance => {
                    let id = resource.id.clone().unwrap_or_else(|| instance_id(&resource.token));
                    self.remove_instance(&id, &call.watch).await?;
                }
                ResourceKind::Image => {
                    let id = resource
                        .id
                        .clone()
                        .unwrap_or_else(|| create_image::image_id(&resource.token));
                    let _lock = self.store.lock(&call.watch).await?;
                    match Manifest::load(&self.store.images(), &id)? {
                        Some(manifest) => self.remove_image(&manifest, false)?,
                        None => create_image::remove_pieces(&self.store, &id)?,
                    }
                }
                // This cloud creates nothing else.
                _ => {}
            }
            call.ledger.gone(&resource.token)?;
        }
        Ok(())
    }

    async fn remove_instance(&self, id: &str, watch: &Watch) -> Result<()> {
        let _lock = self.store.lock(watch).await?;
        let folder = self.store.instance(id);
        if let Some(record) = Record::load(&self.store, id)? {
            let activity = watch.report.activity(&format!("destroying {}", record.name));
            activity.status("ending its process");
            self.kill(&record, watch).await?;
            if record.kind == Kind::Container {
                container::clean_up(id, watch).await?;
            }
        }
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove", &folder, error))
            }
            _ => Ok(()),
        }
    }

    /// The store must be locked. A running instance keeps its image even by force.
    pub(super) fn remove_image(&self, manifest: &Manifest, force: bool) -> Result<()> {
        let users = instance::users_of(&self.store, manifest)?;
        let running = users.iter().find(|record| record.process(&self.store).is_some());
        let blocking = running.or_else(|| users.first().filter(|_| !force));
        if let Some(record) = blocking {
            let user = format!("instance {} ({})", record.id, record.name);
            return Err(refusals::in_use(ResourceKind::Image, &manifest.id, &[user])
                .hint("destroy that instance first: its disk is an overlay of the image"));
        }
        if let Some(named) = channel::of_tags(&manifest.tags).filter(|_| !force) {
            return Err(refusals::in_use(ResourceKind::Image, &manifest.id, &[named]).hint(
                "promote another image to it first, or delete it all the same with force=true",
            ));
        }
        // The manifest goes first: without it the image does not exist for any command.
        store::remove(&self.store.images().join(format!("{}.json", manifest.id)))?;
        create_image::remove_pieces(&self.store, &manifest.id)?;
        match image::Manifest::load(&self.store.images(), &manifest.id)? {
            None => Ok(()),
            Some(_) => Err(Error::failed(format!("image {} still exists", manifest.id))),
        }
    }
}
