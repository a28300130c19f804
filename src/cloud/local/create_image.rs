//! Making an image: the guest shuts down, and its disk is written anew as one compressed file.

use super::image::{self, Manifest};
use super::instance::Record;
use super::store::{self, Store};
use super::{Local, command, space, timestamp};
use crate::cloud::{Call, Image, ImageSpec, InstanceState, RUN_TAG, Resource, ResourceKind};
use crate::{Code, Error, Result};

/// The id of the image made under that token, known before it exists.
pub fn image_id(token: &str) -> String {
    format!("img-{token}")
}

/// Removes what there may be of an image besides its manifest.
pub fn remove_pieces(store: &Store, id: &str) -> Result<()> {
    for suffix in ["qcow2", "part"] {
        store::remove(&store.images().join(format!("{id}.{suffix}")))?;
    }
    Ok(())
}

impl Local {
    pub(super) async fn make_image(
        &self,
        instance: &str,
        spec: &ImageSpec,
        call: &Call,
    ) -> Result<Image> {
        let qemu_img = self.qemu_img()?;
        let record = Record::of(&self.store, instance)?;
        if spec.no_stop && record.process(&self.store).is_some() {
            return Err(Error::new(
                Code::Capability,
                "cloud local cannot make an image of a running instance",
            )
            .hint("leave `no_stop` out: the guest is shut down cleanly first"));
        }
        let intent = self.intend(&record, spec, call)?;
        let id = image_id(&intent.token);
        if let Some(manifest) = Manifest::load(&self.store.images(), &id)? {
            // An earlier try got as far as this.
            call.ledger.created(&intent.token, &id, &[])?;
            return Ok(manifest.image());
        }
        let images = self.store.images();
        store::create_folder(&images)?;
        let disk = self.store.instance(&record.id).join(command::DISK);
        let used = qemu_img.info(&disk, &call.watch).await?;
        let below = qemu_img.info(&record.backing, &call.watch).await?;
        // Compressed it will be smaller, but nobody knows by how much.
        space::require(&images, used.actual_size + below.actual_size, "the image")?;
        self.shut_down(&record, &call.watch).await?;
        clean_end(&record, &self.store)?;
        let part = images.join(format!("{id}.part"));
        let options = ["-f", "qcow2", "-O", "qcow2", "-c", "-o", "compression_type=zstd"];
        let label = format!("writing image {}", spec.name);
        let written = qemu_img.convert(&label, &options, &disk, &part, &call.watch).await;
        if let Err(error) = written {
            store::remove(&part)?;
            return Err(error);
        }
        let info = qemu_img.info(&part, &call.watch).await?;
        let mut tags = spec.tags.clone();
        tags.insert(RUN_TAG.to_owned(), call.run.clone());
        let manifest = Manifest {
            version: image::VERSION,
            id: id.clone(),
            name: spec.name.clone(),
            description: spec.description.clone(),
            created: timestamp(),
            size: info.actual_size,
            virtual_size: info.virtual_size,
            architecture: record.architecture.clone(),
            handover: record.handover,
            quick_boot: record.knows_quick_boot,
            path: images.join(format!("{id}.qcow2")),
            format: "qcow2".to_owned(),
            source: format!("instance {} of {}", record.id, record.image),
            role: intent.role.clone(),
            token: intent.token.clone(),
            tags,
        };
        let _lock = self.store.lock(&call.watch).await?;
        let synced = std::fs::File::open(&part).and_then(|file| file.sync_all());
        synced
            .and_then(|()| std::fs::rename(&part, &manifest.path))
            .map_err(|error| Error::io("create", &manifest.path, error))?;
        manifest.save(&images)?;
        call.ledger.created(&intent.token, &id, &[])?;
        Ok(manifest.image())
    }

    /// Writes down that an image will be made. Another image made of the same instance in this run
    /// is another resource.
    fn intend(&self, record: &Record, spec: &ImageSpec, call: &Call) -> Result<Resource> {
        let attributes = [("name", spec.name.as_str())];
        let same_name: Vec<Manifest> = image::all(&self.store)?
            .into_iter()
            .filter(|manifest| manifest.name == spec.name)
            .collect();
        for role in [record.role.clone(), format!("{}/{}", record.role, spec.name)] {
            // Looked up first: a name that is taken is refused before anything is written down.
            let known = call.ledger.resources()?;
            let known =
                known.iter().find(|known| known.kind == ResourceKind::Image && known.role == role);
            let ours = known.map(|known| image_id(&known.token));
            if let Some(other) =
                same_name.iter().find(|manifest| Some(&manifest.id) != ours.as_ref())
            {
                return Err(Error::new(
                    Code::Refused,
                    format!("there is an image named {} already: {}", spec.name, other.id),
                )
                .hint(format!("choose another name, or `imgctl delete_image:{}`", other.id)));
            }
            let intent = call.ledger.intend(ResourceKind::Image, &role, &attributes)?;
            let made = Manifest::load(&self.store.images(), &image_id(&intent.token))?;
            if made.is_none_or(|manifest| manifest.name == spec.name) {
                return Ok(intent);
            }
        }
        Err(Error::failed(format!("image {} was begun under another name", spec.name)))
    }
}

/// A disk whose guest was cut off may lack what the guest had not written yet.
fn clean_end(record: &Record, store: &Store) -> Result<()> {
    let Some(reason) = record.describe(store).reason else { return Ok(()) };
    let state = record.describe(store).state;
    if state == InstanceState::Stopped {
        return Ok(());
    }
    Err(Error::failed(format!("{} was not shut down cleanly", record.id))
        .cause(reason)
        .hint("start it, look at it, and make the image then"))
}
