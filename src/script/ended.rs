//! Instances that were deleted for an image of their disk, which is still there.

use super::Context;
use crate::state::{Document, InstanceRecord};
use crate::{Code, Error, Result};

/// Fails with what there is and the way out, if the instance is one of these.
pub fn check(context: &Context, role: &str, record: &InstanceRecord) -> Result<()> {
    let document = context.store.document();
    let Some(disk) = document.as_ref().and_then(|document| disk_left(document, role, record))
    else {
        return Ok(());
    };
    let begun =
        document.is_some_and(|document| document.resources.iter().any(|r| is(r, "image", role)));
    let name = record.id.as_deref().unwrap_or(&record.name);
    let message = format!("instance {name} was deleted for an image, and its disk {disk} is kept");
    Err(Error::new(Code::State, message).hint(if begun {
        "`imgctl create_image` goes on making the image; `imgctl destroy` removes the disk"
    } else {
        "`imgctl verify_image` tests the image; `imgctl destroy` removes the disk, then `imgctl up` \
         starts a new instance"
    }))
}

/// The cloud's resource of the instance is gone, and that of its disk is not.
fn disk_left(document: &Document, role: &str, record: &InstanceRecord) -> Option<String> {
    record.id.as_ref()?;
    if document.resources.iter().any(|resource| is(resource, "instance", role)) {
        return None;
    }
    let mut disks = document.resources.iter().filter(|resource| is(resource, "disk", role));
    disks.next()?.id.clone()
}

fn is(resource: &crate::state::ResourceRecord, kind: &str, role: &str) -> bool {
    resource.kind == kind && resource.role == role
}
