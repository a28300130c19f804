//! Who may use an image and its snapshots, and when it is deprecated.

use super::images::{self, Image};
use super::snapshots::{self, Snapshot};
use super::world::ACCOUNT;
use super::xml::{Refusal, Reply, Xml, done};
use super::{Form, Request, World};

/// Who an image can be shared with: the parameter's name, that of its longer form, and the reply's.
const KINDS: [(&str, &str, &str); 3] = [
    ("UserId", "UserId", "userId"),
    ("OrganizationArn", "OrganizationArn", "organizationArn"),
    ("OrganizationalUnitArn", "OrganizationalUnitArn", "organizationalUnitArn"),
];

fn image<'a>(world: &'a mut World, request: &Request) -> Result<&'a mut Image, Refusal> {
    let id = request.form.get("ImageId");
    let images = &mut world.region(&request.region).images;
    let own = images.iter_mut().find(|image| image.id == id && image.owner == ACCOUNT);
    let message = format!("The image id '[{id}]' does not exist");
    own.ok_or_else(|| Refusal::new(400, images::NOT_FOUND, message))
}

fn snapshot<'a>(world: &'a mut World, request: &Request) -> Result<&'a mut Snapshot, Refusal> {
    let id = request.form.get("SnapshotId");
    let snapshots = &mut world.region(&request.region).snapshots;
    let message = format!("The snapshot '{id}' does not exist.");
    let known = snapshots.iter_mut().find(|snapshot| snapshot.id == id);
    known.ok_or_else(|| Refusal::new(400, snapshots::NOT_FOUND, message))
}

pub fn modify_image(world: &mut World, request: &Request) -> Reply {
    let added = added(&request.form, "LaunchPermission.Add")?;
    let image = image(world, request)?;
    for one in added {
        if !image.shared_with.contains(&one) {
            image.shared_with.push(one);
        }
    }
    done()
}

pub fn modify_snapshot(world: &mut World, request: &Request) -> Reply {
    let added = added(&request.form, "CreateVolumePermission.Add")?;
    let snapshot = snapshot(world, request)?;
    for (kind, value) in added {
        if kind != "userId" {
            return Refusal::client("InvalidParameter", "snapshots are shared with accounts only");
        }
        if !snapshot.shared_with.contains(&value) {
            snapshot.shared_with.push(value);
        }
    }
    done()
}

fn added(form: &Form, longer: &str) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut added = Vec::new();
    for (short, long, kind) in KINDS {
        let given = form.list(short);
        let parts = form.parts(longer).into_iter().filter_map(|part| part.opt(long));
        for value in given.into_iter().chain(parts) {
            let account = value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit());
            if kind == "userId" && !account {
                let message =
                    format!("Invalid attribute item value \"{value}\" for userId item type.");
                return Refusal::client("InvalidAMIAttributeItemValue", message);
            }
            added.push((kind, value));
        }
    }
    Ok(added)
}

pub fn describe_image(world: &mut World, request: &Request) -> Reply {
    let image = image(world, request)?;
    let permission =
        |(kind, value): &(&'static str, String)| Xml::Fields(vec![(*kind, value.clone().into())]);
    let permissions = image.shared_with.iter().map(permission).collect();
    Ok(vec![("imageId", image.id.clone().into()), ("launchPermission", Xml::Items(permissions))])
}

pub fn describe_snapshot(world: &mut World, request: &Request) -> Reply {
    let snapshot = snapshot(world, request)?;
    let permission = |value: &String| Xml::Fields(vec![("userId", value.clone().into())]);
    let permissions = Xml::Items(snapshot.shared_with.iter().map(permission).collect());
    Ok(vec![("snapshotId", snapshot.id.clone().into()), ("createVolumePermission", permissions)])
}

pub fn deprecate(world: &mut World, request: &Request) -> Reply {
    let at = request.form.get("DeprecateAt").to_owned();
    image(world, request)?.deprecated = Some(at);
    done()
}

pub fn no_deprecation(world: &mut World, request: &Request) -> Reply {
    image(world, request)?.deprecated = None;
    done()
}
