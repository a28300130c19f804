//! Nova: actions of servers.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World, compute};

pub(super) fn answer(world: &mut World, id: &str, request: &Request) -> Reply {
    let Some(server) = world.servers.get(id).cloned() else {
        return Reply::not_found("Instance could not be found.");
    };
    let (action, given) = request.body.as_object().unwrap().iter().next().unwrap();
    let status = server["status"].as_str().unwrap();
    if server["OS-EXT-STS:task_state"].is_string() {
        return Reply::conflict(&format!(
            "Cannot '{action}' instance {id} while it is in task_state {}",
            server["OS-EXT-STS:task_state"]
        ));
    }
    // As nova has it: a locked server can still be snapshotted, and its console be read.
    let is_free = ["createImage", "os-getConsoleOutput"].contains(&action.as_str());
    if compute::is_locked(world, id) && !is_free {
        return compute::locked(id);
    }
    let becomes = |task: &str, status: &str| {
        vec![
            json!({"OS-EXT-STS:task_state": task}),
            json!({"OS-EXT-STS:task_state": null, "status": status}),
        ]
    };
    match (action.as_str(), status) {
        ("os-stop", _) if world.rackspace => {
            Reply::error(400, "badRequest", "There is no such action: os-stop")
        }
        ("os-stop", "ACTIVE") => {
            world.begin(id, becomes("powering-off", "SHUTOFF"), world.delays.stop);
            Reply::nothing(202)
        }
        ("reboot", "ACTIVE") => {
            *world.boots.entry(id.to_owned()).or_default() += 1;
            super::world::take_on(world.servers.get_mut(id).unwrap(), &json!({"status": "REBOOT"}));
            world.tell_guest(id);
            world.begin(id, [json!({}), json!({"status": "ACTIVE"})], world.delays.run);
            Reply::nothing(202)
        }
        ("os-start", "SHUTOFF") => {
            *world.boots.entry(id.to_owned()).or_default() += 1;
            world.begin(id, becomes("powering-on", "ACTIVE"), world.delays.run);
            Reply::nothing(202)
        }
        ("unpause", "PAUSED") => {
            world.begin(id, becomes("unpausing", "ACTIVE"), world.delays.run);
            Reply::nothing(202)
        }
        ("os-getConsoleOutput", _) => {
            let public = server["console"].as_str().unwrap_or("booting\nlogin: \n");
            Reply::ok(json!({"output": public}))
        }
        ("createImage", "ACTIVE" | "SHUTOFF" | "PAUSED" | "SUSPENDED") => {
            image_of(world, &server, given, request)
        }
        _ => Reply::conflict(&format!(
            "Cannot '{action}' instance {id} while it is in vm_state {status}"
        )),
    }
}

/// Metadata of `createImage` that glance refuses, since nova makes it properties of the image: the
/// `_readonly_properties` and `_reserved_properties` of glance's image factory and API, and an owner
/// other than the project.
fn refused_by_glance(metadata: &Value) -> Option<Reply> {
    let forbidden = |message: &str| Some(Reply::error(403, "forbidden", message));
    let readonly = ["created_at", "updated_at", "status", "checksum", "size", "virtual_size"];
    let reserved = ["locations", "deleted", "deleted_at", "direct_url", "self", "file", "schema"];
    for (key, value) in metadata.as_object().into_iter().flatten() {
        if key == "owner" && value != PROJECT {
            let owner = value.as_str().unwrap();
            return forbidden(&format!(
                "You are not permitted to create images owned by '{owner}'."
            ));
        }
        if readonly.contains(&key.as_str()) {
            return forbidden(&format!("Attribute '{key}' is read-only."));
        }
        if reserved.contains(&key.as_str()) || key.starts_with("os_glance") {
            return forbidden(&format!("Attribute '{key}' is reserved."));
        }
    }
    None
}

fn image_of(world: &mut World, server: &Value, given: &Value, request: &Request) -> Reply {
    if let Some(refusal) = refused_by_glance(&given["metadata"]) {
        return refusal;
    }
    let id = format!("image-{}", world.number());
    let created = world.moment();
    let mut image = json!({
        "id": id, "name": given["name"], "status": "queued", "created_at": created, "updated_at": created,
        "owner": PROJECT, "visibility": "private", "size": null, "min_disk": 20, "tags": [],
        "os_hidden": false, "protected": false, "image_type": "snapshot", "disk_format": "qcow2",
        "base_image_ref": server["image"]["id"], "owner_id": PROJECT,
    });
    // The properties of the base are copied to the image.
    let base = server["image"]["id"].as_str().and_then(|id| world.images.get(id)).cloned();
    for (key, value) in base.iter().flat_map(|base| base.as_object().unwrap()) {
        if image.get(key).is_none() {
            image[key] = value.clone();
        }
    }
    for (key, value) in given["metadata"].as_object().into_iter().flatten() {
        image[key] = value.clone();
    }
    let root = world
        .volumes
        .values()
        .find(|volume| volume["attachments"][0]["server_id"] == server["id"] && !world.rackspace);
    if let Some(root) = root.cloned() {
        // The data of a server with volumes is in snapshots of them, which cinder finishes later: see
        // `snapshot_volume_backed` in nova's `compute/api.py`.
        let snapshot = format!("snapshot-{}", world.number());
        let name = format!("snapshot for {}", given["name"].as_str().unwrap());
        let made = json!({"id": snapshot, "name": name, "status": "creating",
            "volume_id": root["id"], "size": root["size"]});
        world.snapshots.insert(snapshot.clone(), made);
        let devices = json!([{"snapshot_id": snapshot, "boot_index": 0, "source_type": "snapshot",
            "destination_type": "volume", "delete_on_termination": true,
            "volume_size": root["size"], "device_name": "/dev/vda"}]);
        image["block_device_mapping"] = devices.to_string().into();
        image["bdm_v2"] = "True".into();
        image["root_device_name"] = "/dev/vda".into();
        image["size"] = 0.into();
    }
    let mut steps = world.image_steps.clone();
    if world.failing_images > 0 {
        world.failing_images -= 1;
        steps = vec![json!({"status": "saving"}), json!({"status": "killed"})];
    }
    if image["size"] == 0 {
        steps
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(|step| drop(step.remove("size")));
    }
    world.images.insert(id.clone(), image);
    world.begin(&id, steps, world.delays.image);
    if compute::minor(&request.microversion) >= 45 {
        return Reply::new(202, json!({"image_id": id}));
    }
    let mut reply = Reply::nothing(202);
    let path = match world.rackspace {
        true => format!("compute/v2/{PROJECT}/images/{id}"),
        false => format!("image/v2/images/{id}"),
    };
    reply.headers.push(("Location", world.url(&path)));
    reply
}
