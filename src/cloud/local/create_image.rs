//! Making an image: the guest shuts down, and its disk is written to one compressed file.

use super::image::{self, Manifest};
use super::instance::Record;
use super::kind::Kind;
use super::provider::Local;
use super::space;
use super::store::{self, Store};
use crate::cloud::{
    Call, Image, ImageSpec, InstanceState, RUN_TAG, Resource, ResourceKind, refusals,
};
use crate::{Code, Error, Result};

/// The id of the image with that token, known before it exists.
pub fn image_id(token: &str) -> String {
    format!("img-{token}")
}

/// Removes the files of an image besides its manifest.
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
            .hint("omit `no_stop`: the guest is then shut down first"));
        }
        let intent = self.intend(&record, spec, call)?;
        let id = image_id(&intent.token);
        if let Some(manifest) = Manifest::load(&self.store.images(), &id)? {
            // Made by an earlier attempt that was interrupted.
            call.ledger.created(&intent.token, &id, &[])?;
            return Ok(manifest.image());
        }
        let images = self.store.images();
        store::create_folder(&images)?;
        let (disk, format) = record.disk(&self.store);
        let used = qemu_img.info(&disk, &call.watch).await?;
        let mut needed = used.actual_size;
        if record.kind == Kind::Vm {
            needed += qemu_img.info(&record.backing, &call.watch).await?.actual_size;
        }
        // An upper bound: the size after compression is not known.
        space::require(&images, needed, "the image")?;
        self.shut_down(&record, &call.watch).await?;
        clean_end(&record, &self.store)?;
        let part = images.join(format!("{id}.part"));
        store::remove(&part)?;
        let options = ["-f", format, "-O", "qcow2", "-c", "-o", "compression_type=zstd"];
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
            created: store::timestamp(),
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
        store::move_to(&part, &manifest.path)?;
        manifest.save(&images)?;
        call.ledger.created(&intent.token, &id, &[])?;
        Ok(manifest.image())
    }

    /// Records in the ledger that an image will be made. A second image of the same instance in a run
    /// is a resource of its own.
    fn intend(&self, record: &Record, spec: &ImageSpec, call: &Call) -> Result<Resource> {
        let attributes = [("name", spec.name.as_str())];
        let same_name: Vec<Manifest> = image::all(&self.store)?
            .into_iter()
            .filter(|manifest| manifest.name == spec.name)
            .collect();
        for role in [record.role.clone(), format!("{}/{}", record.role, spec.name)] {
            // A name that is taken is refused before the ledger is written.
            let known = call.ledger.resources()?;
            let known =
                known.iter().find(|known| known.kind == ResourceKind::Image && known.role == role);
            let ours = known.map(|known| image_id(&known.token));
            if let Some(other) =
                same_name.iter().find(|manifest| Some(&manifest.id) != ours.as_ref())
            {
                return Err(refusals::name_taken(ResourceKind::Image, &spec.name)
                    .cause(format!("it is {}", other.id))
                    .hint(format!(
                        "choose another name, or run `imgctl delete_image:{}`",
                        other.id
                    )));
            }
            let intent = call.ledger.intend(ResourceKind::Image, &role, &attributes)?;
            let made = Manifest::load(&self.store.images(), &image_id(&intent.token))?;
            if made.is_none_or(|manifest| manifest.name == spec.name) {
                return Ok(intent);
            }
        }
        Err(Error::failed(format!("image {} was started under another name", spec.name)))
    }
}

/// Refuses the disk of a guest that was killed: data may be missing that the guest had not written.
fn clean_end(record: &Record, store: &Store) -> Result<()> {
    let Some(reason) = record.describe(store).reason else { return Ok(()) };
    let state = record.describe(store).state;
    if state == InstanceState::Stopped {
        return Ok(());
    }
    Err(Error::failed(format!("{} was not shut down cleanly", record.id))
        .cause(reason)
        .hint("run `imgctl destroy up` and build it again"))
}
