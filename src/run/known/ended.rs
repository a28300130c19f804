//! Instances that were deleted so that their disk becomes an image, while the disk still exists.

use jiff::Timestamp;

use crate::run::Run;
use crate::state::{Document, InstanceRecord, Kind};
use crate::{Code, Error, Result};

/// What is left of such an instance.
struct Ended {
    disk: String,
    /// An image is being made of the disk.
    begun: bool,
    /// The image exists: the disk holds nothing more.
    made: bool,
}

/// Fails for such an instance, with what is left and what to do.
pub fn check(run: &Run, role: &str, record: &InstanceRecord) -> Result<()> {
    match find(run, role, record) {
        Some(ended) => Err(ended.error(record)),
        None => Ok(()),
    }
}

/// Whether it is such an instance.
pub fn is(run: &Run, role: &str, record: &InstanceRecord) -> bool {
    find(run, role, record).is_some()
}

/// Whether another may be started in its place, since its image exists. An error if it does not.
pub fn may_be_replaced(run: &Run, role: &str, record: &InstanceRecord) -> Result<bool> {
    match find(run, role, record) {
        None => Ok(false),
        Some(ended) if ended.made => Ok(true),
        Some(ended) => Err(ended.error(record)),
    }
}

/// Whether an image of its disk was begun and is not finished.
pub fn is_becoming_an_image(run: &Run, role: &str) -> bool {
    run.store.document().is_some_and(|document| {
        let has = |kind| document.resource(kind, role).is_some();
        has(Kind::Image) && has(Kind::Disk)
    })
}

impl Ended {
    fn error(&self, record: &InstanceRecord) -> Error {
        let name = record.id.as_deref().unwrap_or(&record.name);
        let disk = &self.disk;
        let message =
            format!("instance {name} was deleted for an image, and its disk {disk} is kept");
        Error::new(Code::State, message).hint(match (self.begun, self.made) {
            (true, _) => {
                "run `imgctl create_image` to finish the image, or `imgctl destroy` to remove the disk"
            }
            (false, false) => {
                "run `imgctl create_image` to create the image, or `imgctl destroy` to remove the disk"
            }
            (false, true) => {
                "run `imgctl verify_image` to test the image, `imgctl up` to start a new instance, or \
                 `imgctl destroy` to remove the disk"
            }
        })
    }
}

/// The instance's resource is gone from the ledger, and that of its disk is not.
fn find(run: &Run, role: &str, record: &InstanceRecord) -> Option<Ended> {
    record.id.as_ref()?;
    let document = run.store.document()?;
    let of = |kind| document.resource(kind, role);
    if of(Kind::Instance).is_some() {
        return None;
    }
    let disk = of(Kind::Disk)?.id.clone()?;
    let (begun, made) = (of(Kind::Image).is_some(), is_made(&document, record));
    Some(Ended { disk, begun, made })
}

/// Whether this run has created an image since the instance was started.
fn is_made(document: &Document, record: &InstanceRecord) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    let started = record.created.as_deref().and_then(moment);
    let mut images = document.images.iter().filter_map(|image| moment(&image.created));
    started.is_some_and(|started| images.any(|made| made > started))
}
