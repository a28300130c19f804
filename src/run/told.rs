//! Images as events tell of them.

use super::{Run, manifest};
use crate::state::manifest::Base;
use crate::ui;

/// An image as events tell of it, of the place that is worked in.
pub fn told(run: &Run, id: &str, name: &str, base: Option<Base>) -> ui::Image {
    let document = run.store.document();
    let (cloud, region) = match (run.selection(), document) {
        (_, Some(document)) => (document.cloud, document.region),
        (Ok(selection), None) => (selection.cloud, selection.region),
        (Err(_), None) => Default::default(),
    };
    let base = base.map(|Base { id, name, .. }| ui::BaseImage { id, name });
    ui::Image { id: id.to_owned(), name: name.to_owned(), cloud, region, base }
}

/// The base image that the manifest tells; none where it cannot be read, or does not.
pub fn known_base(run: &Run, id: &str) -> Option<Base> {
    manifest::find(run, id).ok().flatten().and_then(|entry| entry.base)
}
