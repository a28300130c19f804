//! Glance.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World};

pub(super) fn answer(world: &mut World, method: &str, rest: &[&str], request: &Request) -> Reply {
    match (method, rest) {
        ("GET", ["images"]) => list(world, request),
        ("GET", ["images", id]) => match world.look_at_image(id) {
            Some(image) => Reply::ok(image),
            None => Reply::not_found("No image found with that ID"),
        },
        ("DELETE", ["images", id]) => delete(world, id),
        ("PATCH", ["images", id]) => {
            let Some(image) = world.images.get_mut(*id) else {
                return Reply::not_found("No image found with that ID");
            };
            for change in request.body.as_array().unwrap() {
                let key = change["path"].as_str().unwrap().trim_start_matches('/');
                if world.rackspace && (key == "os_hidden" || change["value"] == "shared") {
                    let message = format!("Provided object does not match schema 'image': {key}");
                    return Reply::error(400, "badRequest", &message);
                }
                match change["op"].as_str().unwrap() {
                    "remove" => drop(image.as_object_mut().unwrap().remove(key)),
                    _ => image[key] = change["value"].clone(),
                }
            }
            Reply::ok(image.clone())
        }
        ("GET", ["images", id, "members"]) => {
            let members = world.members.get(*id).cloned().unwrap_or_default();
            let members =
                members.into_iter().map(|it| json!({"member_id": it, "status": "pending"}));
            Reply::ok(json!({"members": members.collect::<Vec<_>>()}))
        }
        ("POST", ["images", id, "members"]) => {
            let visibility = world.images.get(*id).map(|image| image["visibility"].clone());
            if !world.rackspace && visibility != Some(json!("shared")) {
                return Reply::error(403, "forbidden", "Only shared images have members.");
            }
            let member = request.body["member"].as_str().unwrap().to_owned();
            if world.members.entry((*id).to_owned()).or_default().insert(member.clone()) {
                Reply::ok(json!({"member_id": member, "status": "pending"}))
            } else {
                Reply::conflict("Member already exists")
            }
        }
        _ => Reply::not_found("glance has nothing here"),
    }
}

fn list(world: &World, request: &Request) -> Reply {
    let (name, owner) = (request.query("name"), request.query("owner"));
    let hidden = request.query("os_hidden") == "true";
    let visibility = request.query("visibility");
    let mut images: Vec<&Value> = world.images.values().collect();
    images.retain(|image| {
        (name.is_empty() || image["name"] == name)
            && (owner.is_empty() || image["owner"] == owner)
            && image["os_hidden"] == hidden
            && is_shown(world, image, &visibility)
    });
    // Two images a page, so that there are several pages.
    let marker = request.query("marker");
    let after = images.iter().position(|image| image["id"] == marker).map_or(0, |at| at + 1);
    let page: Vec<&Value> = images.iter().skip(after).take(2).copied().collect();
    let mut body = json!({"images": page});
    if after + 2 < images.len() {
        body["next"] = "/v2/images?marker=x".into();
    }
    Reply::ok(body)
}

/// Whether glance lists an image: public ones, the project's own and shared ones that it accepted.
/// Community images of other projects are listed only if they are asked for.
fn is_shown(world: &World, image: &Value, visibility: &str) -> bool {
    let own = image["owner"] == PROJECT;
    let accepted = world
        .members
        .get(image["id"].as_str().unwrap())
        .is_some_and(|members| members.contains(PROJECT));
    let may_see = match image["visibility"].as_str().unwrap() {
        "public" => true,
        "community" => own || visibility == "community",
        "shared" => own || accepted,
        _ => own,
    };
    may_see && (visibility.is_empty() || image["visibility"] == visibility)
}

fn delete(world: &mut World, id: &str) -> Reply {
    match world.images.get(id) {
        None => Reply::not_found("No image found with that ID"),
        Some(image) if image["protected"] == true => Reply::error(
            403,
            "forbidden",
            &format!("Image {id} is protected and cannot be deleted."),
        ),
        Some(image) if image["in_use"] == true => {
            Reply::conflict(&format!("Image {id} could not be deleted because it is in use"))
        }
        Some(_) => {
            world.images.remove(id);
            Reply::nothing(204)
        }
    }
}
