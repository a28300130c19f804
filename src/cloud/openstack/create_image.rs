//! Creating an image of a server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::compute::servers::Server;
use super::idempotency::Once;
use super::image::{self, PROGRESS};
use super::provider::{OpenStack, SETTLING, patience};
use super::tags::{self, RunTags};
use super::{delete_image, metadata, power, server, snapshots};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{
    Call, Capability, Image, ImageSpec, ImageState, InstanceState, Resource, ResourceKind, Tags,
};
use crate::report::Level;
use crate::{Code, Error, Result};

pub async fn create(
    cloud: &OpenStack,
    server: &str,
    spec: &ImageSpec,
    call: &Call,
) -> Result<Image> {
    metadata::check(&spec.tags)?;
    metadata::check_length("the image's description", &spec.description)?;
    let found = cloud.server(server, call).await?;
    let role = RunTags::from_tags(&found.metadata).map(|tags| tags.role).unwrap_or_default();
    let is_begun = call.ledger.resources()?.iter().any(|resource| {
        resource.kind == ResourceKind::Image && resource.role == role && resource.id.is_some()
    });
    // An image that an earlier attempt asked for is only waited for, whatever the server does.
    if !is_begun {
        prepare(cloud, found, spec, call).await?;
    }
    let once = Once::begin(ResourceKind::Image, &role, &[("name", &spec.name)], call)?;
    let intent = &once.intent;
    let id = match &intent.id {
        Some(id) => id.clone(),
        None => request(cloud, server, spec, &once, call).await?,
    };
    call.ledger.created(&intent.token, &id, &[])?;
    match finished(cloud, &id, server, call).await? {
        Outcome::Active(image) => {
            if once.is_doubtful() {
                remove_twins(cloud, &id, intent, call).await?;
            }
            without_inherited_tags(cloud, *image, spec, call).await
        }
        Outcome::Failed(error) => {
            // Nothing of it can be used, so the next attempt begins anew.
            delete_image::remove(cloud, &id, call).await?;
            call.ledger.gone(&intent.token)?;
            Err(error)
        }
    }
}

/// Waits until nova has finished its task with the server, and stops the server unless that is not
/// wanted.
async fn prepare(cloud: &OpenStack, found: Server, spec: &ImageSpec, call: &Call) -> Result<()> {
    let found = server::now_settled(cloud, found, call).await?;
    match server::state(&found) {
        InstanceState::Failed => return Err(server::failed(&found)),
        InstanceState::Gone => return Err(server::being_deleted(&found.id)),
        _ if server::is_unusual(&found.status) && !spec.no_stop => return Err(unusual(&found)),
        _ => {}
    }
    if cloud.differences.can(Capability::Stop) && !spec.no_stop {
        power::stop_settled(cloud, &found, call).await?;
    }
    Ok(())
}

/// The error for a server that somebody has stopped otherwise than `down` does.
fn unusual(server: &Server) -> Error {
    let Server { id, status, .. } = server;
    let why = match server::is_frozen(status) {
        true => "what is in its memory is not on its disk, so an image of it would not be whole",
        false => "nova makes no image of a server in this state",
    };
    Error::new(Code::Refused, format!("server {id} is {}", status.to_lowercase()))
        .cause(why)
        .hint("run `imgctl up create_image`, which makes it run first")
}

/// Properties that vendors set on their own images, and that are wrong of an image made of one: the signature is not
/// of this data, and nobody will replace it.
/// Source: <https://docs.openstack.org/glance/latest/user/signature.html> and
/// <https://docs.scs.community/standards/scs-0102-v1-image-metadata>
const OF_VENDORS: [&str; 10] = [
    "image_build_date",
    "image_original_user",
    "image_source",
    "img_signature",
    "img_signature_certificate_uuid",
    "img_signature_hash_method",
    "img_signature_key_type",
    "provided_until",
    "signature_verified",
    "uuid_validity",
];

/// Removes tags such as `imgctl-keep` that are meant for the base image alone: nova copies the
/// properties of the base to images made from it.
async fn without_inherited_tags(
    cloud: &OpenStack,
    mut image: Image,
    spec: &ImageSpec,
    call: &Call,
) -> Result<Image> {
    let own = |key: &str| spec.tags.contains_key(key) || tags::KEYS.contains(&key);
    let is_of_base = |key: &str| key.starts_with(tags::PREFIX) || OF_VENDORS.contains(&key);
    let is_inherited = |key: &str| is_of_base(key) && !own(key);
    let inherited: Vec<&str> =
        image.tags.keys().map(String::as_str).filter(|key| is_inherited(key)).collect();
    if !inherited.is_empty() {
        let images = cloud.differences.images;
        images.remove_properties(&cloud.client, &image.id, &inherited, &call.watch).await?;
        image.tags.retain(|key, _| !is_inherited(key));
    }
    Ok(image)
}

/// The id of the new image, or of the one that an earlier attempt asked for.
async fn request(
    cloud: &OpenStack,
    server: &str,
    spec: &ImageSpec,
    once: &Once<'_>,
    call: &Call,
) -> Result<String> {
    let (client, watch) = (&cloud.client, &call.watch);
    let find = || async {
        let own = cloud.own_images(call).await?;
        Ok(own.into_iter().find(|image| is_of(image, &once.intent)).map(|image| image.id))
    };
    if let Some(id) = once.earlier(find).await? {
        return Ok(id);
    }
    let own = cloud.own_images(call).await?;
    let mut metadata: Tags = once.tags().with(&spec.tags);
    metadata.insert("description".to_owned(), spec.description.clone());
    if let Some(kind) = cloud.differences.image_type {
        metadata.insert("image_type".to_owned(), kind.to_owned());
    }
    // Nova uploads the image with this token.
    client.freshen(watch).await?;
    let create = || cloud.compute.create_image(client, server, &spec.name, &metadata, watch);
    let found = || async { Ok(find().await?.map(Some)) };
    if let Some(id) = once.make(create, found).await? {
        return Ok(id);
    }
    // The reply named no id, so it is the image of this name that did not exist before.
    let what = format!("image {} to be listed", spec.name);
    wait::until(&what, patience(cloud.settings.start_timeout), watch, || async {
        let listed = cloud.own_images(call).await?;
        let is_new = |image: &&Image| {
            image.name == spec.name && own.iter().all(|known| known.id != image.id)
        };
        Ok(match listed.iter().find(is_new) {
            Some(image) => Poll::Ready(image.id.clone()),
            None => Poll::Pending("not listed yet".to_owned()),
        })
    })
    .await
}

fn is_of(image: &Image, intent: &Resource) -> bool {
    RunTags::from_tags(&image.tags).is_some_and(|it| it.token == intent.token)
}

/// Removes images of an earlier request that were listed only after another was asked for.
async fn remove_twins(cloud: &OpenStack, kept: &str, intent: &Resource, call: &Call) -> Result<()> {
    for image in cloud.own_images(call).await? {
        if is_of(&image, intent) && image.id != kept {
            let message =
                format!("removing image {}, a second one from an earlier attempt", image.id);
            call.watch.report.log(Level::Info, &message);
            delete_image::remove(cloud, &image.id, call).await?;
        }
    }
    Ok(())
}

/// What became of a snapshot.
enum Outcome {
    /// An image that servers can be started from.
    Active(Box<Image>),
    /// It will never be an image.
    Failed(Error),
}

/// Waits until an image is active, or it is certain that it never will be.
async fn finished(cloud: &OpenStack, id: &str, server: &str, call: &Call) -> Result<Outcome> {
    let what = format!("image {id} to be active");
    let patience = patience(cloud.settings.image_timeout);
    let (client, watch) = (&cloud.client, &call.watch);
    let failed = |why: String| async move {
        Ok(Poll::Ready(Outcome::Failed(failed(cloud, id, &why, server, call).await)))
    };
    let (began, seen) = (Instant::now(), AtomicBool::new(false));
    wait::until(&what, patience, watch, || async {
        let Some(image) = cloud.differences.images.get(client, id, watch).await? else {
            // What nobody has seen yet is not gone.
            if !seen.load(Ordering::Relaxed) && began.elapsed() < SETTLING {
                return Ok(Poll::Pending("not shown yet".to_owned()));
            }
            return failed("it vanished while it was being created".to_owned()).await;
        };
        seen.store(true, Ordering::Relaxed);
        let status = image::status(&image).to_owned();
        match image.state {
            ImageState::Available => match snapshots::unready(client, &image, watch).await? {
                None => Ok(Poll::Ready(Outcome::Active(Box::new(image)))),
                Some(it) if it.for_good => failed(it.why).await,
                Some(it) => Ok(Poll::Pending(it.why)),
            },
            ImageState::Failed => failed(status).await,
            ImageState::Pending => {
                let found = cloud.compute.server(client, server, watch).await?;
                let task = found.and_then(|server| server.task);
                let percent = image.attributes.get(PROGRESS).map(|percent| format!("{percent} %"));
                let words: Vec<String> =
                    [Some(status), task, percent].into_iter().flatten().collect();
                Ok(Poll::Pending(words.join(", ")))
            }
        }
    })
    .await
}

/// The error for a failed snapshot. Nova deletes the image if the host cannot create it, and reports
/// the reason at the server, if at all.
async fn failed(cloud: &OpenStack, id: &str, why: &str, server: &str, call: &Call) -> Error {
    let error = Error::failed(format!("the snapshot failed: image {id}")).cause(why);
    let found = cloud.compute.server(&cloud.client, server, &call.watch).await.ok().flatten();
    let error = match found.as_ref().and_then(|server| server.fault()) {
        Some(fault) => error.cause(format!("nova reports: {fault}")),
        None => error,
    };
    error.hint("run `imgctl create_image` to try again: the server is unchanged")
}
