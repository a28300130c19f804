//! Cinder.

use serde_json::{Value, json};

use super::reply::Reply;
use super::{Request, World};

pub(super) fn answer(world: &mut World, method: &str, rest: &[&str], request: &Request) -> Reply {
    match (method, rest) {
        ("GET", ["volumes", "detail"]) => {
            Reply::ok(json!({"volumes": world.volumes.values().collect::<Vec<_>>()}))
        }
        ("GET", ["volumes", id]) => match world.volumes.get_mut(*id) {
            None => Reply::not_found("Volume could not be found."),
            Some(volume) => {
                let shown = volume.clone();
                // It advances after each poll.
                let next = match volume["status"].as_str().unwrap() {
                    "creating" => "downloading",
                    "downloading" if volume["is_empty"] == true => "error",
                    "downloading" => "available",
                    other => other,
                };
                volume["status"] = next.to_owned().into();
                Reply::ok(json!({"volume": shown}))
            }
        },
        // Versions before 3.3 have no messages; 3.5 filters them.
        ("GET", ["messages"]) if request.microversion == "3.5" => {
            Reply::ok(json!({"messages": messages(world, &request.query("resource_uuid"))}))
        }
        ("GET", ["types"]) => Reply::ok(json!({"volume_types": [{"id": "type-1", "name": "ssd"}]})),
        ("GET", ["os-availability-zone"]) => {
            let zone = |name: &str| json!({"zoneName": name, "zoneState": {"available": true}});
            Reply::ok(json!({"availabilityZoneInfo": [zone("nova"), zone("az1")]}))
        }
        ("POST", ["volumes"]) => create(world, &request.body["volume"]),
        ("DELETE", ["volumes", id]) => delete(world, id),
        ("GET", ["snapshots", "detail"]) => {
            let volume = request.query("volume_id");
            let mut all: Vec<&Value> = world.snapshots.values().collect();
            all.retain(|snapshot| volume.is_empty() || snapshot["volume_id"] == volume);
            Reply::ok(json!({ "snapshots": all }))
        }
        ("GET", ["snapshots", id]) => look_at_snapshot(world, id),
        ("DELETE", ["snapshots", id]) => match world.snapshots.get_mut(*id) {
            None => Reply::not_found("Snapshot could not be found."),
            Some(snapshot) if ["available", "error"].iter().all(|it| snapshot["status"] != *it) => {
                invalid("snapshot: Snapshot status must be available or error")
            }
            Some(snapshot) => {
                snapshot["status"] = "deleting".into();
                Reply::nothing(202)
            }
        },
        _ => Reply::not_found("cinder has nothing here"),
    }
}

/// What cinder notes when it cannot fill a volume: see its `message/message_field.py`.
fn messages(world: &World, volume: &str) -> Value {
    if world.volumes.get(volume).is_none_or(|volume| volume["status"] != "error") {
        return json!([]);
    }
    json!([{"id": "message-1", "resource_uuid": volume, "user_message":
        "copy image to volume:Image used for creating volume exceeds available space."}])
}

fn invalid(what: &str) -> Reply {
    Reply::error(400, "badRequest", &format!("Invalid {what}"))
}

/// Returns the snapshot, then advances it by one step.
fn look_at_snapshot(world: &mut World, id: &str) -> Reply {
    let Some(snapshot) = world.snapshots.get_mut(id) else {
        return Reply::not_found("Snapshot could not be found.");
    };
    let shown = snapshot.clone();
    match shown["status"].as_str().unwrap() {
        "creating" => snapshot["status"] = "available".into(),
        "deleting" => drop(world.snapshots.remove(id)),
        _ => {}
    }
    Reply::ok(json!({ "snapshot": shown }))
}

/// A snapshot has to be available and no larger than the volume: see cinder's API reference and its
/// `volume/flows/api/create_volume.py`. An image without data leads to a volume in `error`.
fn create(world: &mut World, asked: &Value) -> Reply {
    if let Some(quota) = world.volume_quota
        && world.volumes.len() >= quota
    {
        // `HTTPRequestEntityTooLarge`, with what `wsgi.Fault` adds.
        let message =
            format!("VolumeLimitExceeded: Maximum number of volumes allowed ({quota}) exceeded");
        let body = json!({"overLimit": {"message": message, "code": 413, "retryAfter": "0"}});
        let headers = vec![("Retry-After", "0".to_owned())];
        return Reply { status: 413, body, headers };
    }
    if let Some(id) = asked["snapshot_id"].as_str() {
        let Some(snapshot) = world.snapshots.get(id) else {
            return Reply::not_found("Snapshot could not be found.");
        };
        if snapshot["status"] != "available" {
            return invalid(
                "snapshot: Originating snapshot status must be one of 'available' values",
            );
        }
        if asked["size"].as_u64() < snapshot["size"].as_u64() {
            return invalid("input received: Volume size cannot be lesser than the snapshot size");
        }
    }
    let image = asked["imageRef"].as_str().and_then(|id| world.images.get(id));
    let is_empty = image.is_some_and(|image| image["size"] == 0);
    let id = format!("volume-{}", world.number());
    let mut volume = asked.clone();
    volume["id"] = id.clone().into();
    volume["status"] = "creating".into();
    volume["is_empty"] = is_empty.into();
    volume["attachments"] = json!([]);
    volume["created_at"] = "2026-11-23T09:00:00.000000".into();
    world.volumes.insert(id, volume.clone());
    Reply::new(202, json!({ "volume": volume }))
}

/// The message is the same for all reasons, as in `delete` of cinder's `volume/api.py`.
fn delete(world: &mut World, id: &str) -> Reply {
    let Some(volume) = world.volumes.get(id) else {
        return Reply::not_found("Volume could not be found.");
    };
    let for_administrators = volume["status"] == "error_deleting";
    let attached = volume["attachments"] != json!([]);
    if attached || for_administrators || world.has_snapshots(id) {
        return invalid(
            "volume: Volume status must be available or error or error_restoring or error_extending \
             or error_managing and must not be migrating, attached, belong to a group, have \
             snapshots, awaiting a transfer, or be disassociated from snapshots after volume \
             transfer.",
        );
    }
    world.volumes.remove(id);
    Reply::nothing(202)
}
