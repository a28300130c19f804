//! Images of this run: making them, and naming them.

use super::{Context, instances};
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
pub fn create(context: &Context, options: &CreateOptions) -> Result<Image> {
    let record = instances::known(context, &options.role)?;
    let selection = context.selection()?;
    let (cloud, call) = (context.cloud()?, context.call()?);
    context.store.lock()?;
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
    let image = context.finish(cloud.create_image(&id, &spec, &call))?;
    context.store.update(|document| {
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
    context.ui.created_image(&image.id, &image.name);
    Ok(image)
}

/// Base name and UTC time: sorts by age, and two bakes never collide.
fn default_name(base: &str) -> String {
    format!("{base}-{}", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S"))
}

/// What stands before the time in names of images, as the cloud writes it. An error if images cannot
/// be called so there.
pub fn base_name(context: &Context) -> Result<String> {
    const TIME: &str = "-20060102-150405";
    let base = context.selection()?.common.name;
    let name = context.cloud()?.image_name(&format!("{base}{TIME}"))?;
    Ok(name.strip_suffix(TIME).map_or(base, str::to_owned))
}

/// The newest image this run has made.
pub fn newest(context: &Context) -> Result<ImageRecord> {
    let document = context.store.document();
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

/// An image for programs: sizes are bytes.
#[must_use]
pub fn record(image: &Image) -> serde_json::Map<String, serde_json::Value> {
    let state = serde_json::to_value(image.state).unwrap_or_default();
    let text = |text: &str| serde_json::Value::from(text);
    let fields = [
        ("id", text(&image.id)),
        ("name", text(&image.name)),
        ("created", text(&image.created)),
        ("state", state),
        ("size", image.size.into()),
        ("architecture", image.architecture.clone().into()),
        ("deprecated", image.deprecated.clone().into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// The columns of [`row`].
pub const HEADERS: &[&str] = &["id", "name", "created", "state", "size"];

/// An image as a line of `list_images`.
#[must_use]
pub fn row(image: &Image) -> Vec<String> {
    let state = match image.state {
        crate::cloud::ImageState::Pending => "pending".to_owned(),
        crate::cloud::ImageState::Available => available(image.deprecated.as_deref()),
        crate::cloud::ImageState::Failed => "failed".to_owned(),
    };
    let size = image.size.map(|bytes| bytesize::ByteSize(bytes).display().iec().to_string());
    vec![
        image.id.clone(),
        image.name.clone(),
        image.created.clone(),
        state,
        size.unwrap_or_default(),
    ]
}

/// `since`: from when on it is no longer offered to others.
fn available(since: Option<&str>) -> String {
    match since.map(|since| (since, since.parse::<jiff::Timestamp>())) {
        None => "available".to_owned(),
        Some((_, Ok(since))) if since <= jiff::Timestamp::now() => "deprecated".to_owned(),
        Some((since, _)) => {
            format!("available until {}", since.split('T').next().unwrap_or(since))
        }
    }
}
