//! Nova: creating and deleting servers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World, compute};

pub(super) fn create(world: &mut World, request: &Request) -> Reply {
    let asked = request.body["server"].clone();
    let networks = match network_ids(world, &asked, request) {
        Ok(networks) => networks,
        Err(reply) => return reply,
    };
    let image = asked["imageRef"].as_str().unwrap_or_default().to_owned();
    if !image.is_empty() && !world.images.contains_key(&image) {
        return Reply::error(400, "badRequest", "Can not find requested image");
    }
    let key = asked["key_name"].as_str().unwrap_or_default().to_owned();
    let pair = world.key_pairs.get(&key).cloned();
    if pair.is_none() && !key.is_empty() {
        return Reply::error(400, "badRequest", "Invalid key_name provided.");
    }
    let groups = asked["security_groups"].as_array().into_iter().flatten();
    for group in groups {
        if !world.groups.contains_key(group["name"].as_str().unwrap()) {
            return Reply::error(400, "badRequest", "Security group not found");
        }
    }
    // The policy `os_compute_api:servers:create:zero_disk_flavor`, which allows it to administrators.
    if asked["flavorRef"] == "3" && !image.is_empty() {
        let message = "Only volume-backed servers are allowed for flavors with zero disk.";
        return Reply::error(403, "forbidden", message);
    }
    if world.late == usize::MAX {
        world.late = 0;
    }
    let id = format!("server-{}", world.number());
    let fixed = format!("10.0.0.{}", world.number() % 200 + 10);
    let mut addresses = match world.rackspace {
        true => json!({
            "private": [{"addr": fixed, "version": 4}],
            "public": [{"addr": "2001:db8::7", "version": 6}, {"addr": "203.0.113.7", "version": 4}],
        }),
        false => json!({}),
    };
    let networks = if world.rackspace { Vec::new() } else { networks };
    for (number, network) in networks.into_iter().enumerate() {
        let fixed = fixed.replacen("10.0.0.", &format!("10.0.{number}."), 1);
        addresses[network] = match world.ipv6_only {
            true => json!([{"addr": "fd00::5", "version": 6, "OS-EXT-IPS:type": "fixed"}]),
            false => json!([{"addr": fixed, "version": 4, "OS-EXT-IPS:type": "fixed"}]),
        };
    }
    let created = world.moment();
    let server = json!({
        "id": id, "name": asked["name"], "status": "BUILD", "OS-EXT-STS:task_state": "scheduling",
        "metadata": asked["metadata"], "key_name": key, "created": created, "tenant_id": PROJECT,
        "image": if image.is_empty() { json!("") } else { json!({"id": image}) },
        "addresses": addresses, "asked": asked, "progress": 0,
    });
    let mut server = server;
    // Nova finds out only while it builds the server, see `allocate_for_instance` in its
    // `network/neutron.py`; the fault is a real one's.
    let has_groups = asked["security_groups"].as_array().is_some_and(|groups| !groups.is_empty());
    let is_open = |it: &Value| it["port_security_enabled"] == false;
    let named = |it: &Value| {
        let all = asked["networks"].as_array().into_iter().flatten();
        all.into_iter().any(|network| network["uuid"] == it["id"])
    };
    let refused = has_groups && world.networks.iter().any(|it| is_open(it) && named(it));
    if refused {
        server["status"] = "ERROR".into();
        server["OS-EXT-STS:task_state"] = Value::Null;
        server["fault"] = json!({"code": 500, "message": format!(
            "Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance {id}. \
             Last exception: Network requires port_security_enabled and subnet associated in order to \
             apply security groups."
        )});
    }
    world.servers.insert(id.clone(), server);
    if let Some(volume) = asked["block_device_mapping_v2"][0]["uuid"].as_str() {
        let Some(volume) = world.volumes.get_mut(volume) else {
            return Reply::error(400, "badRequest", "Block Device Mapping is Invalid");
        };
        volume["status"] = "in-use".into();
        volume["attachments"] = json!([{"server_id": id, "device": "/dev/vda"}]);
        volume["goes_with"] = id.clone().into();
    }
    let steps = if refused { Vec::new() } else { world.server_steps.clone() };
    world.begin(&id, steps, world.delays.run);
    world.tell_guest(&id);
    let user_data = asked["user_data"].as_str().unwrap_or_default();
    let user_data = String::from_utf8(BASE64_STANDARD.decode(user_data).unwrap()).unwrap();
    world.fact(&id, "user-data", &user_data);
    let public = pair.as_ref().map(|pair| pair["public_key"].as_str().unwrap());
    world.fact(&id, "keys", public.unwrap_or_default());
    Reply::new(202, json!({"server": {"id": id, "adminPass": "never shown"}}))
}

/// The names of the server's networks, by nova's rules.
fn network_ids(world: &World, asked: &Value, request: &Request) -> Result<Vec<String>, Reply> {
    let bad = |message: &str| Reply::error(400, "badRequest", message);
    let minor = compute::minor(&request.microversion);
    match &asked["networks"] {
        Value::Null if minor >= 37 => Err(bad("Invalid input: 'networks' is a required property")),
        Value::Array(named) => {
            let known = |id: &Value| {
                let network = world.networks.iter().find(|network| network["id"] == *id)?;
                Some(network["name"].as_str().unwrap().to_owned())
            };
            let found: Option<Vec<String>> = named.iter().map(|one| known(&one["uuid"])).collect();
            found.ok_or_else(|| bad("Network could not be found."))
        }
        _ => {
            let own = world.networks.iter().filter(|network| network["tenant_id"] == PROJECT);
            let own: Vec<String> = own.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
            match own.len() {
                0 | 1 => Ok(own),
                _ => Err(Reply::conflict(
                    "Multiple possible networks found, use a Network ID to be more specific.",
                )),
            }
        }
    }
}

pub(super) fn delete(world: &mut World, id: &str) -> Reply {
    let Some(server) = world.servers.get_mut(id) else {
        return Reply::not_found("Instance could not be found.");
    };
    server["OS-EXT-STS:task_state"] = "deleting".into();
    world.fact(id, "state", "deleting");
    // It is shown once more, then it is gone.
    world.begin(id, [json!({}), Value::Null], world.delays.delete);
    Reply::nothing(204)
}
