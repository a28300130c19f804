//! Instances that were deleted for an image of their disk, which is still there.

use jiff::Timestamp;

use crate::run::Run;
use crate::state::{Document, InstanceRecord};
use crate::{Code, Error, Result};

/// What is left of such an instance.
struct Ended {
    disk: String,
    /// An image is being made of the disk.
    begun: bool,
    /// One is made: the disk holds nothing that is not in it.
    made: bool,
}

/// Fails with what there is and the way out, if the instance is one of these.
pub fn check(run: &Run, role: &str, record: &InstanceRecord) -> Result<()> {
    match find(run, role, record) {
        Some(ended) => Err(ended.error(record)),
        None => Ok(()),
    }
}

/// Whether it is one of these.
pub fn is(run: &Run, role: &str, record: &InstanceRecord) -> bool {
    find(run, role, record).is_some()
}

/// Whether another may be started in its place: its image is made. An error where it is not.
pub fn may_be_replaced(run: &Run, role: &str, record: &InstanceRecord) -> Result<bool> {
    match find(run, role, record) {
        None => Ok(false),
        Some(ended) if ended.made => Ok(true),
        Some(ended) => Err(ended.error(record)),
    }
}

/// Whether an image of its disk was begun, and is not made yet.
pub fn is_becoming_an_image(run: &Run, role: &str) -> bool {
    run.store.document().is_some_and(|document| {
        let of = |kind| document.resources.iter().find(|it| it.kind == kind && it.role == role);
        of("image").is_some() && of("disk").is_some()
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
                "`imgctl create_image` goes on making the image; `imgctl destroy` removes the disk"
            }
            (false, false) => {
                "`imgctl create_image` makes the image of it; `imgctl destroy` removes the disk"
            }
            (false, true) => {
                "`imgctl verify_image` tests the image; `imgctl up` starts a new instance instead; \
                 `imgctl destroy` removes the disk"
            }
        })
    }
}

/// The cloud's resource of the instance is gone, and that of its disk is not.
fn find(run: &Run, role: &str, record: &InstanceRecord) -> Option<Ended> {
    record.id.as_ref()?;
    let document = run.store.document()?;
    let of = |kind: &str| {
        let mut known = document.resources.iter();
        known.find(|resource| resource.kind == kind && resource.role == role)
    };
    if of("instance").is_some() {
        return None;
    }
    let disk = of("disk")?.id.clone()?;
    let (begun, made) = (of("image").is_some(), is_made(&document, record));
    Some(Ended { disk, begun, made })
}

/// Whether this run has made an image since the instance was started.
fn is_made(document: &Document, record: &InstanceRecord) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    let started = record.created.as_deref().and_then(moment);
    let mut images = document.images.iter().filter_map(|image| moment(&image.created));
    started.is_some_and(|started| images.any(|made| made > started))
}
