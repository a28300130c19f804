//! Nova: versions, flavors, key pairs.

use serde_json::{Value, json};

use super::reply::Reply;
use super::{Request, World, actions, servers};

/// How many servers are on a page if the request names no limit.
const PAGE: usize = 1000;

pub(super) fn answer(world: &mut World, method: &str, rest: &[&str], request: &Request) -> Reply {
    if !request.microversion.is_empty() && newer(&request.microversion, &world.microversion) {
        return Reply::error(406, "computeFault", "Version is not supported by the API.");
    }
    match (method, rest) {
        ("GET", []) => Reply::ok(json!({"version": {
            "id": "v2.1", "status": "CURRENT", "version": world.microversion, "min_version": "2.1",
        }})),
        ("GET", ["flavors", "detail"]) => flavors(world, request),
        ("GET", ["os-availability-zone"]) => Reply::ok(json!({"availabilityZoneInfo": [
            {"zoneName": "az1", "zoneState": {"available": true}, "hosts": null},
            {"zoneName": "az2", "zoneState": {"available": false}, "hosts": null},
        ]})),
        ("GET", ["os-keypairs"]) => {
            let all: Vec<Value> =
                world.key_pairs.values().map(|pair| json!({"keypair": pair})).collect();
            Reply::ok(json!({"keypairs": all}))
        }
        ("GET", ["os-keypairs", name]) => match world.key_pairs.get(*name) {
            Some(pair) => Reply::ok(json!({"keypair": pair})),
            None => Reply::not_found("no such key pair"),
        },
        ("POST", ["os-keypairs"]) => upload(world, &request.body["keypair"]),
        ("DELETE", ["os-keypairs", name]) => match world.key_pairs.remove(*name) {
            Some(_) => Reply::nothing(202),
            None => Reply::not_found("no such key pair"),
        },
        ("POST", ["servers"]) => servers::create(world, request),
        ("GET", ["servers", "detail"]) => page(world, request),
        ("GET", ["servers", id]) => match world.look_at_server(id) {
            Some(mut server) => {
                // Servers say whether they are locked from 2.9 on.
                if minor(&request.microversion) < 9 {
                    server.as_object_mut().unwrap().remove("locked");
                }
                Reply::ok(json!({"server": server}))
            }
            None => Reply::not_found("Instance could not be found."),
        },
        ("DELETE", ["servers", id]) if is_locked(world, id) => locked(id),
        ("DELETE", ["servers", id]) => servers::delete(world, id),
        ("POST", ["servers", id, "action"]) => actions::answer(world, id, request),
        _ => Reply::not_found("nova has nothing here"),
    }
}

fn flavors(world: &World, request: &Request) -> Reply {
    let tiny = json!({"id": "1", "name": "m1.tiny", "ram": 512, "vcpus": 1, "disk": 1});
    let small = json!({"id": "2", "name": "m1.small", "ram": 2048, "vcpus": 1, "disk": 20});
    let diskless = json!({"id": "3", "name": "v1.small", "ram": 2048, "vcpus": 1, "disk": 0});
    match (world.page, request.query("marker").as_str()) {
        (1, "") => Reply::ok(json!({
            "flavors": [tiny],
            "flavors_links": [{"rel": "next", "href": world.url("somewhere/else")}],
        })),
        (1, "1") => Reply::ok(json!({"flavors": [small]})),
        _ => Reply::ok(json!({"flavors": [tiny, small, diskless]})),
    }
}

fn newer(wanted: &str, newest: &str) -> bool {
    minor(wanted) > minor(newest)
}

/// 60 for `2.60`; 1 for a request without a microversion.
pub(super) fn minor(version: &str) -> u32 {
    version.split_once('.').map_or(1, |(_, minor)| minor.parse().unwrap())
}

pub(super) fn is_locked(world: &World, id: &str) -> bool {
    world.servers.get(id).is_some_and(|server| server["locked"] == true)
}

/// `InstanceIsLocked` of nova's `exception.py`, which its API turns into 409.
pub(super) fn locked(id: &str) -> Reply {
    Reply::conflict(&format!("Instance {id} is locked"))
}

fn upload(world: &mut World, pair: &Value) -> Reply {
    let name = pair["name"].as_str().unwrap().to_owned();
    let allowed = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
    if !name.chars().all(allowed) {
        return Reply::error(400, "badRequest", "Keypair name contains unsafe characters");
    }
    if world.key_pairs.contains_key(&name) {
        return Reply::conflict(&format!("Key pair '{name}' already exists."));
    }
    let pair = json!({
        "name": name, "public_key": pair["public_key"], "fingerprint": "aa:bb:cc",
        "created_at": "2026-11-23T09:00:00.000000",
    });
    world.key_pairs.insert(name, pair.clone());
    Reply::ok(json!({"keypair": pair}))
}

fn page(world: &mut World, request: &Request) -> Reply {
    let limit = request.query("limit").parse().unwrap_or(PAGE).min(world.page);
    let marker = request.query("marker");
    if world.late > 0 {
        world.late -= usize::from(world.late != usize::MAX);
        return Reply::ok(json!({"servers": []}));
    }
    let ids: Vec<String> = world.servers.keys().cloned().collect();
    let after = ids.iter().position(|id| *id == marker).map_or(0, |at| at + 1);
    let shown: Vec<Value> =
        ids.iter().skip(after).take(limit).map(|id| world.servers[id].clone()).collect();
    let mut body = json!({"servers": shown});
    if after + limit < ids.len() {
        body["servers_links"] = json!([{"rel": "next", "href": world.url("somewhere/else")}]);
    }
    Reply::ok(body)
}
