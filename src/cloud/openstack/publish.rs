//! Images for others: listing, sharing, taking out of the lists.

use jiff::Timestamp;

use super::OpenStack;
use super::images::{self, Images, Query, VISIBILITY};
use crate::cloud::units::utc;
use crate::cloud::{Call, Cloud, Image, ImageScope, RUN_TAG, Share};
use crate::report::Level;
use crate::{Code, Error, Result};

pub async fn list(cloud: &OpenStack, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
    let owner = cloud.client.session(&call.watch).await?.project.clone();
    let query = Query { owner: Some(owner), ..Query::default() };
    let mut images = cloud.habits.images.list(&cloud.client, &query, &call.watch).await?;
    if scope == ImageScope::Ours {
        images.retain(|image| image.tags.contains_key(RUN_TAG));
    }
    for image in &mut images {
        image.created = utc(&image.created);
    }
    Ok(images)
}

/// Shares with projects; they have to accept it.
pub async fn share(cloud: &OpenStack, id: &str, with: &Share, call: &Call) -> Result<bool> {
    if let Some(organization) = with.organizations.first() {
        let message = format!(
            "cloud {} cannot share an image with the organisation {organization}",
            cloud.name()
        );
        return Err(Error::new(Code::Capability, message)
            .hint("share it with each project: share_image:ID,accounts='PROJECT …'"));
    }
    // The proxy knows nothing of members, the image service behind it does.
    let image = Images::Glance.get(&cloud.client, id, &call.watch).await?;
    let image = image.ok_or_else(|| Error::not_found(format!("there is no image {id}")))?;
    if image.attributes.get(VISIBILITY).is_some_and(|it| it == "public" || it == "community") {
        return Err(Error::new(
            Code::Refused,
            format!("image {id} is {}", image.attributes[VISIBILITY]),
        )
        .hint("everybody can use it already"));
    }
    let mut changed = false;
    for project in &with.accounts {
        if images::add_member(&cloud.client, &image, project, &call.watch).await? {
            changed = true;
            let how = cloud.habits.accept.replace("ID", id);
            let message = format!("project {project} has to accept: {how}");
            call.watch.report.log(Level::Info, &message);
        }
    }
    Ok(changed)
}

/// Glance can take an image out of the lists, at once only.
pub async fn deprecate(cloud: &OpenStack, id: &str, at: &str, call: &Call) -> Result<bool> {
    let moment: Timestamp = at.parse().map_err(|_| Error::usage(format!("`{at}` is no date")))?;
    if moment > Timestamp::now() {
        return Err(Error::new(
            Code::Capability,
            format!("cloud {} hides an image at once, and cannot do it at {at}", cloud.name()),
        )
        .hint("without `at=` it is hidden now; or run this on that day"));
    }
    let image = cloud.habits.images.need(&cloud.client, id, &call.watch).await?;
    if image.deprecated.is_some() {
        return Ok(false);
    }
    images::hide(&cloud.client, id, &call.watch).await?;
    Ok(true)
}
