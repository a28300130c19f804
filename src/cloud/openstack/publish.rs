//! Images: listing, sharing and hiding them.

use jiff::Timestamp;

use super::image::{self, VISIBILITY};
use super::images::{Images, glance};
use super::provider::OpenStack;
use crate::cloud::units::utc;
use crate::cloud::{Call, Cloud, Image, ImageScope, RUN_TAG, Share};
use crate::report::Level;
use crate::{Code, Error, Result};

pub async fn list(cloud: &OpenStack, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
    let mut images = cloud.own_images(call).await?;
    if scope == ImageScope::Ours {
        images.retain(|image| image.tags.contains_key(RUN_TAG));
    }
    for image in &mut images {
        image.created = utc(&image.created);
    }
    Ok(images)
}

/// Shares an image with projects, which then have to accept it; true if one was added.
///
/// # Errors
/// `Capability` for organisations, `Refused` for an image that everyone can use.
pub async fn share(cloud: &OpenStack, id: &str, with: &Share, call: &Call) -> Result<bool> {
    if let Some(organization) = with.organizations.first() {
        let message = format!(
            "cloud {} cannot share an image with the organisation {organization}",
            cloud.name()
        );
        return Err(Error::new(Code::Capability, message)
            .hint("share it with each project: `imgctl share_image:ID,accounts='PROJECT …'`"));
    }
    with.accounts.iter().try_for_each(|project| check_project(project))?;
    // Nova's image proxy has no members, so glance is asked on every cloud.
    let image = Images::Glance.get(&cloud.client, id, &call.watch).await?;
    let image = image.ok_or_else(|| Error::not_found(format!("there is no image {id}")))?;
    if image.attributes.get(VISIBILITY).is_some_and(|it| it == "public" || it == "community") {
        return Err(Error::new(
            Code::Refused,
            format!("image {id} is {}", image.attributes[VISIBILITY]),
        )
        .hint("use it from any project: it needs no sharing"));
    }
    let holders = image::snapshots(&image);
    if let Some(snapshot) = holders.first() {
        let message =
            format!("image {id} cannot be shared: other projects could not start servers from it");
        return Err(Error::new(Code::Capability, message)
            .cause(format!("it holds no data, but stands for volume snapshot {snapshot}, which only this project can use"))
            .hint("bake it without `boot_volume`, with a flavor that has a disk: such an image holds its data"));
    }
    if call.only_looks {
        let known = glance::members(&cloud.client, id, &call.watch).await?;
        return Ok(with.accounts.iter().any(|project| !known.contains(project)));
    }
    let mut changed = false;
    for project in &with.accounts {
        if glance::add_member(&cloud.client, &image, project, &call.watch).await? {
            changed = true;
            let how = cloud.differences.accept.replace("ID", id);
            let message = format!("project {project} has to accept it: {how}");
            call.watch.report.log(Level::Info, &message);
        }
    }
    Ok(changed)
}

/// Refuses what cannot be the id of a project: glance takes any text for a member, and shares with nobody.
fn check_project(project: &str) -> Result<()> {
    let is_number = !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_digit());
    let digits = project.bytes().filter(u8::is_ascii_hexdigit).count();
    let is_id = digits >= 16 && digits + project.matches('-').count() == project.len();
    if is_number || is_id {
        return Ok(());
    }
    Err(Error::usage(format!("`{project}` is not the id of a project")).hint(format!(
        "pass its id, which `openstack project show {project} -f value -c id` prints to its members"
    )))
}

/// Hides an image from the lists; true if it was not hidden. Glance can do it at once only.
///
/// # Errors
/// `Capability` for a time in the future.
pub async fn deprecate(cloud: &OpenStack, id: &str, at: &str, call: &Call) -> Result<bool> {
    let moment: Timestamp =
        at.parse().map_err(|_| Error::usage(format!("`{at}` is not a date")))?;
    if moment > Timestamp::now() {
        return Err(Error::new(
            Code::Capability,
            format!("cloud {} can hide an image at once only, not at {at}", cloud.name()),
        )
        .hint("omit `at=` to hide it now, or run this at that time"));
    }
    let image = cloud.differences.images.need(&cloud.client, id, &call.watch).await?;
    if image.deprecated.is_some() {
        return Ok(false);
    }
    if call.only_looks {
        return Ok(true);
    }
    glance::hide(&cloud.client, id, &call.watch).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_id_of_a_project() {
        for id in
            ["554433", "0123456789abcdef0123456789abcdef", "2f1b0c9e-1c3a-4b5d-8e7f-0a1b2c3d4e5f"]
        {
            assert!(check_project(id).is_ok(), "{id}");
        }
        for name in ["", "ci", "ci-prod", "deadbeef", "0123456789abcdef0123456789abcdeg", "a b"] {
            let error = check_project(name).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{name}");
        }
    }
}
