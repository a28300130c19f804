//! Making an image of a server.

use super::images::{PROGRESS, Query, STATUS};
use super::mark::{self, Mark};
use super::{OpenStack, delete_image, metadata, power, snapshots};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{
    Call, Capability, Image, ImageSpec, ImageState, InstanceState, ResourceKind, Tags,
};
use crate::{Error, Result};

pub async fn create(
    cloud: &OpenStack,
    server: &str,
    spec: &ImageSpec,
    call: &Call,
) -> Result<Image> {
    metadata::check(&spec.tags)?;
    metadata::check_length("the image's description", &spec.description)?;
    let found = cloud.server(server, call).await?;
    let role = Mark::in_tags(&found.metadata).map(|mark| mark.role).unwrap_or_default();
    let is_begun = call.ledger.resources()?.iter().any(|resource| {
        resource.kind == ResourceKind::Image && resource.role == role && resource.id.is_some()
    });
    // One that an earlier try asked for is only waited for, whatever the server is doing.
    if !is_begun {
        quiet(cloud, server, spec, call).await?;
    }
    let intent = call.ledger.intend(ResourceKind::Image, &role, &[("name", &spec.name)])?;
    let mark = Mark::of(&intent, call);
    let id = match &intent.id {
        Some(id) => id.clone(),
        None => request(cloud, server, spec, &mark, call).await?,
    };
    call.ledger.created(&intent.token, &id, &[])?;
    let made = written(cloud, &id, server, call).await;
    if let Err(error) = &made
        && (error.message().starts_with(FAILED))
    {
        // There is nothing left of it to find or remove; the next try shall begin anew.
        delete_image::remove(cloud, &id, call).await?;
        call.ledger.gone(&intent.token)?;
    }
    only_own_marks(cloud, made?, spec, call).await
}

/// Waits till nova has no other work with the server, and stops it unless that is not wanted.
async fn quiet(cloud: &OpenStack, server: &str, spec: &ImageSpec, call: &Call) -> Result<()> {
    let found = power::settled(cloud, server, call).await?;
    match power::state(&found) {
        InstanceState::Failed => return Err(power::failed(&found)),
        InstanceState::Gone => {
            return Err(Error::failed(format!("server {server} is being deleted")));
        }
        _ => {}
    }
    if cloud.habits.can(Capability::Stop) && !spec.no_stop {
        power::stop(cloud, server, call).await?;
    }
    Ok(())
}

/// Nova hands the base image's properties on to what is made of it. A mark such as `imgctl-keep` was
/// meant for that one image.
async fn only_own_marks(
    cloud: &OpenStack,
    mut image: Image,
    spec: &ImageSpec,
    call: &Call,
) -> Result<Image> {
    let own = |key: &str| spec.tags.contains_key(key) || mark::TAGS.contains(&key);
    let inherited: Vec<&str> = image.tags.keys().map(String::as_str).collect();
    let inherited: Vec<&str> =
        inherited.into_iter().filter(|key| key.starts_with("imgctl-") && !own(key)).collect();
    if !inherited.is_empty() {
        let images = cloud.habits.images;
        images.forget(&cloud.client, &image.id, &inherited, &call.watch).await?;
        image.tags.retain(|key, _| own(key) || !key.starts_with("imgctl-"));
    }
    Ok(image)
}

/// How the errors of a snapshot that will never be an image begin.
const FAILED: &str = "the snapshot failed";

/// The id of the new image, or of the one that an earlier try asked for.
async fn request(
    cloud: &OpenStack,
    server: &str,
    spec: &ImageSpec,
    mark: &Mark,
    call: &Call,
) -> Result<String> {
    let (client, watch) = (&cloud.client, &call.watch);
    let own = own(cloud, call).await?;
    let earlier = own
        .iter()
        .find(|image| Mark::in_tags(&image.tags).is_some_and(|known| known.token == mark.token));
    if let Some(image) = earlier {
        return Ok(image.id.clone());
    }
    let mut metadata: Tags = mark.with(&spec.tags);
    metadata.insert("description".to_owned(), spec.description.clone());
    let id = cloud.compute.create_image(client, server, &spec.name, &metadata, watch).await?;
    if let Some(id) = id {
        return Ok(id);
    }
    // The reply named none: it is the one of this name that was not there before.
    let what = format!("image {} to be listed", spec.name);
    let patience = power::patience(cloud.settings.start_timeout);
    wait::until(&what, patience, watch, || async {
        let listed = self::own(cloud, call).await?;
        let is_new = |image: &&Image| {
            image.name == spec.name && own.iter().all(|known| known.id != image.id)
        };
        Ok(match listed.iter().find(is_new) {
            Some(image) => Poll::Ready(image.id.clone()),
            None => Poll::Pending("not there yet".to_owned()),
        })
    })
    .await
}

async fn own(cloud: &OpenStack, call: &Call) -> Result<Vec<Image>> {
    let owner = cloud.client.session(&call.watch).await?.project.clone();
    let query = Query { owner: Some(owner), ..Query::default() };
    cloud.habits.images.list(&cloud.client, &query, &call.watch).await
}

/// Waits until an image can be started from.
async fn written(cloud: &OpenStack, id: &str, server: &str, call: &Call) -> Result<Image> {
    let what = format!("image {id} to be active");
    let patience = power::patience(cloud.settings.image_timeout);
    let (client, watch) = (&cloud.client, &call.watch);
    wait::until(&what, patience, watch, || async {
        let Some(image) = cloud.habits.images.get(client, id, watch).await? else {
            return Err(failed(cloud, id, "it vanished while it was made", server, call).await);
        };
        let status = image.attributes.get(STATUS).cloned().unwrap_or_default();
        match image.state {
            ImageState::Available => match snapshots::unready(client, &image, watch).await? {
                None => Ok(Poll::Ready(image)),
                Some(it) if it.for_good => Err(failed(cloud, id, &it.why, server, call).await),
                Some(it) => Ok(Poll::Pending(it.why)),
            },
            ImageState::Failed => Err(failed(cloud, id, &status, server, call).await),
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

/// Nova deletes the image when the host cannot make it; the reason is at the server, if anywhere.
async fn failed(cloud: &OpenStack, id: &str, status: &str, server: &str, call: &Call) -> Error {
    let error = Error::failed(format!("{FAILED}: image {id}")).cause(status);
    let found = cloud.compute.server(&cloud.client, server, &call.watch).await.ok().flatten();
    let error = match found.as_ref().and_then(|server| server.fault()) {
        Some(fault) => error.cause(format!("nova says: {fault}")),
        None => error,
    };
    error.hint("the server is as it was: `imgctl create_image` tries again")
}
