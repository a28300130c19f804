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
                // It is written while nobody looks.
                let next = match volume["status"].as_str().unwrap() {
                    "creating" => "downloading",
                    "downloading" => "available",
                    other => other,
                };
                volume["status"] = next.to_owned().into();
                Reply::ok(json!({"volume": shown}))
            }
        },
        ("POST", ["volumes"]) => {
            let id = format!("volume-{}", world.number());
            let mut volume = request.body["volume"].clone();
            volume["id"] = id.clone().into();
            volume["status"] = "creating".into();
            volume["created_at"] = "2026-11-23T09:00:00.000000".into();
            world.volumes.insert(id, volume.clone());
            Reply::new(202, json!({"volume": volume}))
        }
        ("DELETE", ["volumes", id]) => match world.volumes.get(*id) {
            None => Reply::not_found("Volume could not be found."),
            Some(volume) if volume["status"] == "in-use" && volume["attached"] != Value::Null => {
                Reply::error(400, "badRequest", "Invalid volume: Volume status must be available")
            }
            Some(_) => {
                world.volumes.remove(*id);
                Reply::nothing(202)
            }
        },
        ("DELETE", ["snapshots", id]) => match world.snapshots.remove(*id) {
            None => Reply::not_found("Snapshot could not be found."),
            Some(_) => Reply::nothing(202),
        },
        _ => Reply::not_found("cinder has nothing here"),
    }
}
