//! The images of this run: creating, naming, finding and deleting them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::known::instances;
use super::told::told;
use super::{Run, channel, manifest, progress};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{
    Call, Cloud, Image, ImageScope, ImageSpec, ImageState, NAME_TAG, RUN_TAG, Tags,
};
use crate::report::Level;
use crate::state::manifest::{Base, Entry};
use crate::state::{ImageRecord, InstanceRecord, Kind};
use crate::{Code, Error, Result, ui};

/// What `cloud::create_image` may be told.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    pub role: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub no_stop: bool,
    /// `sha256:…` of the scripts in force.
    pub scripts: String,
}

/// Creates an image of an instance, prints its id and records it.
pub fn create(run: &Run, options: &CreateOptions) -> Result<Image> {
    if let Some(made) = progress::made(run) {
        // By the process that was killed before the task ended. It was available then: a cloud that does not
        // list it yet must not get a second one.
        let known = run.finish(run.cloud()?.list_images(ImageScope::Own, &run.call()?))?;
        let listed = known.into_iter().find(|image| image.id == made.id);
        return Ok(listed.unwrap_or_else(|| {
            let message = format!("{} was made before, and the cloud does not list it", made.id);
            run.watch.report.log(Level::Warning, &message);
            as_recorded(made)
        }));
    }
    let record = instances::known(run, &options.role)?;
    let selection = run.selection()?;
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.store.lock()?;
    manifest::check(run)?;
    let mut tags = selection.common.tags.clone();
    tags.insert(RUN_TAG.to_string(), call.run.clone());
    let description = options
        .description
        .clone()
        .unwrap_or_else(|| format!("{} by imgctl, run {}", selection.distribution, call.run));
    if options.name.is_none() {
        tags.insert(NAME_TAG.to_owned(), base_name(run)?);
    }
    // The name of an interrupted command: the cloud refuses a second image of that name.
    let begun = || {
        let document = run.store.document()?;
        let intent = document.resource(Kind::Image, &options.role)?;
        intent.attributes.get("name").cloned()
    };
    let given = options.name.clone().or_else(begun);
    let mut spec = ImageSpec { name: String::new(), description, tags, no_stop: options.no_stop };
    let id = record.id.clone().unwrap_or_default();
    let mut time = Timestamp::now();
    let image = loop {
        let name = given.clone();
        let name = name.unwrap_or_else(|| default_name(selection.name(), time));
        spec.name = cloud.image_name(&name)?;
        match run.finish(cloud.create_image(&id, &spec, &call)) {
            // Two bakes in one second: the name of the next one is as good.
            Err(error) if error.code() == Code::NameTaken && given.is_none() => {
                run.watch.check()?;
                time += SECOND;
            }
            result => break result?,
        }
    };
    let entry = manifest::path(run)?.map(|_| entry(run, &image, &record, options)).transpose()?;
    run.store.update(|document| {
        let made =
            ImageRecord { identity: record.identity.clone(), ..recorded(&image, &document.region) };
        progress::note_image(run, document, &made);
        document.images.push(made);
        document.unlisted.extend(entry.clone());
        // `destroy` must not remove a finished image.
        document.resources.retain(|r| r.id.as_deref() != Some(&image.id) || r.kind != Kind::Image);
        Ok(())
    })?;
    run.ui.created_image(&told(run, &image.id, &image.name, Some(base(&record))));
    run.note_told(entry.as_slice());
    manifest::told(run)?;
    Ok(image)
}

fn as_recorded(made: ImageRecord) -> Image {
    let ImageRecord { id, name, created, description, .. } = made;
    Image {
        id,
        name,
        created,
        description,
        state: ImageState::Available,
        size: None,
        architecture: None,
        tags: Tags::default(),
        deprecated: None,
        attributes: BTreeMap::default(),
    }
}

/// What the state records of an image.
pub fn recorded(image: &Image, region: &str) -> ImageRecord {
    ImageRecord {
        id: image.id.clone(),
        name: image.name.clone(),
        created: image.created.clone(),
        region: region.to_owned(),
        description: image.description.clone(),
        ..ImageRecord::default()
    }
}

/// What an instance was started from.
fn base(instance: &InstanceRecord) -> Base {
    let plan = |path: &str| {
        let text = instance.launch.pointer(path).and_then(serde_json::Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    Base { id: instance.image.clone(), name: plan("/image/name"), created: plan("/image/created") }
}

/// What the manifest lists of a new image.
fn entry(
    run: &Run,
    image: &Image,
    instance: &InstanceRecord,
    options: &CreateOptions,
) -> Result<Entry> {
    Ok(Entry {
        base: Some(base(instance)),
        scripts: Some(options.scripts.clone()),
        identity: instance.identity.clone(),
        ..manifest::entry(run, image)?
    })
}

const SECOND: Duration = Duration::from_secs(1);
/// A deletion has deadlines of its own; this one is above them.
const LONGEST_DELETION: Duration = Duration::from_secs(3600);

/// Base name and UTC time, so that names sort by age.
fn default_name(base: &str, time: Timestamp) -> String {
    format!("{base}-{}", time.strftime("%Y%m%d-%H%M%S"))
}

/// The part of image names before the time, as the cloud writes it. An error if the cloud accepts no
/// image of that name.
pub fn base_name(run: &Run) -> Result<String> {
    const TIME: &str = "-20060102-150405";
    let base = run.selection()?.common.name;
    let name = run.cloud()?.image_name(&format!("{base}{TIME}"))?;
    Ok(name.strip_suffix(TIME).map_or(base, str::to_owned))
}

/// The newest image of this run.
pub fn newest(run: &Run) -> Result<ImageRecord> {
    let document = run.store.document();
    // Copies in other regions are left out: no instance of this run can start from them.
    let newest = document.and_then(|document| {
        let mut here = document.images.iter().filter(|image| image.region == document.region);
        here.next_back().cloned()
    });
    newest.ok_or_else(|| {
        Error::new(Code::NotFound, "this run has no image yet")
            .hint("run `imgctl create_image` to create one")
    })
}

/// What stands for the newest image of this run, wherever an image's id is expected.
pub const NEWEST: &str = "newest";
/// Where a dry run notes images that it would make.
pub const NOWHERE: &str = "";
/// What stands for the id of an image that would be made by then.
const PLANNED: &str = "the new image";

/// An image in words: `the image ami-1`, or `the new image`.
#[must_use]
pub fn spoken(id: &str) -> String {
    if id == PLANNED { id.to_owned() } else { format!("the image {id}") }
}

/// Whether an id stands for an image that this dry run would have made by then: the cloud cannot be asked for it.
#[must_use]
pub fn is_planned(run: &Run, id: &str) -> bool {
    run.options.dry_run && (id == PLANNED || run.plans.has_copy(id))
}

/// The id meant: `newest` is this run's newest image, `channel:NAME` the one in a channel.
///
/// # Errors
/// If no image is meant: an empty id, as of a variable that is not set, is not the newest one.
pub fn resolve_id(run: &Run, given: &str) -> Result<String> {
    if given.trim().is_empty() {
        return Err(Error::usage("the id of an image is empty")
            .hint("is a variable not set? `imgctl list_images` shows the ids there are"));
    }
    if given == NEWEST && run.plans.has(NOWHERE, "image", NEWEST) {
        return Ok(PLANNED.to_owned());
    }
    if given == NEWEST {
        return Ok(newest(run)?.id);
    }
    match given.strip_prefix("channel:") {
        Some(name) => channel::image(run, name),
        None => Ok(given.to_string()),
    }
}

/// Deletes an image and forgets it; the manifest keeps when. One that is in use is refused unless `force`.
pub fn delete(run: &Run, id: &str, force: bool) -> Result<()> {
    let known = manifest::find(run, id)?;
    let told = told_as_known(run, id, known.as_ref());
    // `destroy` finishes what is interrupted from here on.
    mark_as_deleting(run, id)?;
    let call = run.call()?;
    if is_listed(known.as_ref()) {
        // One that is gone was deleted by an earlier command that was killed behind that.
        run.finish(delete_known(&*run.cloud()?, id, force, &call))?;
    } else {
        run.finish(run.cloud()?.delete_image(id, force, &call))?;
    }
    if run.store.document().is_some() {
        run.store.update(|document| {
            document.images.retain(|image| image.id != id);
            Ok(())
        })?;
    }
    run.ui.deleted_image(&told);
    tell_deleted(run, known)
}

/// Deletes an image that was there. It is gone already only after several looks, where a cloud's servers may
/// disagree on that.
async fn delete_known(cloud: &dyn Cloud, id: &str, force: bool, call: &Call) -> Result<()> {
    let absence = cloud.grace().absence_of_known();
    let what = format!("the image {id} to be found");
    wait::until(&what, Patience::for_up_to(LONGEST_DELETION), &call.watch, || async {
        match cloud.delete_image(id, force, call).await {
            Err(error) if error.code() == Code::NotFound => Ok(if absence.missed() {
                Poll::Ready(())
            } else {
                Poll::Pending("the cloud does not show it".to_owned())
            }),
            done => done.map(Poll::Ready),
        }
    })
    .await
}

/// An image by what the manifest or the state knows of it.
fn told_as_known(run: &Run, id: &str, known: Option<&Entry>) -> ui::Image {
    let images = run.store.document().map(|document| document.images).unwrap_or_default();
    let recorded = images.into_iter().find(|image| image.id == id).map(|image| image.name);
    let name = known.map(|entry| entry.name.clone()).or(recorded).unwrap_or_default();
    told(run, id, &name, known.and_then(|entry| entry.base.clone()))
}

fn is_listed(known: Option<&Entry>) -> bool {
    known.is_some_and(|entry| entry.deleted.is_none())
}

fn tell_deleted(run: &Run, known: Option<Entry>) -> Result<()> {
    let known = known.filter(|entry| is_listed(Some(entry)));
    let deleted = Some(manifest::now());
    manifest::tell(run, known.map(|entry| Entry { deleted, ..entry }).into_iter().collect())
}

fn mark_as_deleting(run: &Run, id: &str) -> Result<()> {
    let is_new = |image: &ImageRecord| image.id == id && !image.deleting;
    if !run.store.document().is_some_and(|document| document.images.iter().any(is_new)) {
        return Ok(());
    }
    run.store.update(|document| {
        for image in document.images.iter_mut().filter(|image| image.id == id) {
            image.deleting = true;
        }
        Ok(())
    })
}

/// Deletes what is left of images that are gone, where an earlier command was interrupted. `shown`: the ids of
/// the run's images that the cloud shows, which stay.
pub fn finish_deletions(run: &Run, shown: &[String], call: &Call) -> Result<()> {
    let Some(document) = run.store.document() else { return Ok(()) };
    let begun = document.images.iter().filter(|it| it.deleting && it.region == document.region);
    for image in begun.filter(|image| !shown.contains(&image.id)) {
        run.finish(delete_known(&*run.cloud()?, &image.id, false, call))?;
        let known = manifest::find(run, &image.id)?;
        run.ui.deleted_image(&told_as_known(run, &image.id, known.as_ref()));
        tell_deleted(run, known)?;
    }
    Ok(())
}
