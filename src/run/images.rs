//! Images of this run: making them, and naming them.

use super::Run;
use super::known::instances;
use crate::cloud::{Image, ImageSpec, RUN_TAG};
use crate::state::ImageRecord;
use crate::{Code, Result};

/// What `cloud::create_image` may be told.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    pub role: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub no_stop: bool,
}

/// Makes an image of an instance, tells its id and remembers it in the state.
pub fn create(run: &Run, options: &CreateOptions) -> Result<Image> {
    let record = instances::known(run, &options.role)?;
    let selection = run.selection()?;
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.store.lock()?;
    let mut tags = selection.common.tags.clone();
    tags.insert(RUN_TAG.to_string(), call.run.clone());
    let description = options
        .description
        .clone()
        .unwrap_or_else(|| format!("{} by imgctl, run {}", selection.distribution, call.run));
    let name = options.name.clone().unwrap_or_else(|| default_name(selection.name()));
    let name = cloud.image_name(&name)?;
    let spec = ImageSpec { name, description, tags, no_stop: options.no_stop };
    let id = record.id.unwrap_or_default();
    let image = run.finish(cloud.create_image(&id, &spec, &call))?;
    run.store.update(|document| {
        document.images.push(ImageRecord {
            id: image.id.clone(),
            name: image.name.clone(),
            created: image.created.clone(),
            region: document.region.clone(),
            description: image.description.clone(),
        });
        // A finished image is no debris: `destroy` shall leave it alone.
        document.resources.retain(|r| r.id.as_deref() != Some(&image.id) || r.kind != "image");
        Ok(())
    })?;
    run.ui.created_image(&image.id, &image.name);
    Ok(image)
}

/// Base name and UTC time: sorts by age, and two bakes never collide.
fn default_name(base: &str) -> String {
    format!("{base}-{}", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S"))
}

/// What stands before the time in names of images, as the cloud writes it. An error if images cannot
/// be called so there.
pub fn base_name(run: &Run) -> Result<String> {
    const TIME: &str = "-20060102-150405";
    let base = run.selection()?.common.name;
    let name = run.cloud()?.image_name(&format!("{base}{TIME}"))?;
    Ok(name.strip_suffix(TIME).map_or(base, str::to_owned))
}

/// The newest image this run has made.
pub fn newest(run: &Run) -> Result<ImageRecord> {
    let document = run.store.document();
    // Copies are in other regions, where no instance of this run can start from them.
    let newest = document.and_then(|document| {
        let mut here = document.images.iter().filter(|image| image.region == document.region);
        here.next_back().cloned()
    });
    newest.ok_or_else(|| {
        crate::Error::new(Code::NotFound, "this run has made no image yet")
            .hint("`imgctl create_image` makes one")
    })
}

/// What stands for the newest image of this run, wherever an image's id is expected.
const NEWEST: &str = "newest";

/// The id meant: `newest` is this run's newest image.
pub fn resolve_id(run: &Run, given: &str) -> Result<String> {
    if given == NEWEST { Ok(newest(run)?.id) } else { Ok(given.to_string()) }
}

/// Deletes an image and forgets it. One that is in use is refused unless `force`.
pub fn delete(run: &Run, id: &str, force: bool) -> Result<()> {
    run.finish(run.cloud()?.delete_image(id, force, &run.call()?))?;
    if run.store.document().is_none() {
        return Ok(());
    }
    run.store.update(|document| {
        document.images.retain(|image| image.id != id);
        Ok(())
    })
}
