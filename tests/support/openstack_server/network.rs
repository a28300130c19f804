//! Neutron.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World};

/// The form in which neutron refuses.
fn refuse(status: u16, kind: &str, message: &str) -> Reply {
    Reply::new(status, json!({"NeutronError": {"type": kind, "message": message, "detail": ""}}))
}

pub(super) fn answer(world: &mut World, method: &str, rest: &[&str], request: &Request) -> Reply {
    let all = |things: &super::world::Things| things.values().cloned().collect::<Vec<Value>>();
    match (method, rest) {
        ("GET", ["networks"]) => page(world, request, "networks", &world.networks),
        ("GET", ["security-groups"]) => {
            page(world, request, "security_groups", &all(&world.groups))
        }
        ("POST", ["security-groups"]) => {
            let id = format!("sg-{}", world.number());
            let mut group = request.body["security_group"].clone();
            group["id"] = id.clone().into();
            group["rules"] = json!([]);
            group["created_at"] = world.moment().into();
            world.groups.insert(id, group.clone());
            Reply::new(201, json!({"security_group": group}))
        }
        ("DELETE", ["security-groups", id]) => delete_group(world, id),
        ("POST", ["security-group-rules"]) => {
            let rule = request.body["security_group_rule"].clone();
            let id = rule["security_group_id"].as_str().unwrap().to_owned();
            let rules = world.groups.get_mut(&id).unwrap()["rules"].as_array_mut().unwrap();
            if rules.contains(&rule) {
                return refuse(
                    409,
                    "SecurityGroupRuleExists",
                    "Security group rule already exists.",
                );
            }
            rules.push(rule.clone());
            Reply::new(201, json!({"security_group_rule": rule}))
        }
        ("GET", ["ports"]) => {
            let server = request.query("device_id");
            let port = world.servers.get(&server).map(|_| {
                json!({"id": format!("port-{server}"), "fixed_ips": [{"ip_address": "10.0.0.5"}]})
            });
            Reply::ok(json!({"ports": port.into_iter().collect::<Vec<_>>()}))
        }
        ("GET", ["floatingips"]) => page(world, request, "floatingips", &all(&world.floating)),
        ("POST", ["floatingips"]) => allocate(world, &request.body["floatingip"]),
        ("DELETE", ["floatingips", id]) => {
            let Some(address) = world.floating.remove(*id) else {
                return refuse(404, "FloatingIPNotFound", "no such address");
            };
            forget(world, address["floating_ip_address"].as_str().unwrap());
            Reply::nothing(204)
        }
        ("GET", ["auto-allocated-topology", _]) if world.makes_networks => {
            Reply::ok(json!({"auto_allocated_topology": {"id": "dry-run=pass"}}))
        }
        ("GET", ["auto-allocated-topology", _]) => {
            let message = "Deployment error: No default router:external network.";
            refuse(409, "AutoAllocationFailure", message)
        }
        _ => refuse(404, "HTTPNotFound", "neutron has nothing here"),
    }
}

/// What comes after the marker. A limit of its own neutron keeps to, asked or not.
fn page(world: &World, request: &Request, key: &str, things: &[Value]) -> Reply {
    let marker = request.query("marker");
    let after = things.iter().position(|thing| thing["id"] == marker).map_or(0, |at| at + 1);
    let shown: Vec<&Value> = things.iter().skip(after).take(world.page).collect();
    let mut body = json!({ key: shown });
    if after + world.page < things.len() {
        let next = json!([{"rel": "next", "href": world.url("somewhere/else")}]);
        body[format!("{key}_links")] = next;
    }
    Reply::ok(body)
}

fn delete_group(world: &mut World, id: &str) -> Reply {
    let uses = |server: &Value| {
        let groups = server["asked"]["security_groups"].as_array().cloned().unwrap_or_default();
        groups.iter().any(|group| group["name"] == id)
    };
    if world.servers.values().any(uses) {
        return refuse(409, "SecurityGroupInUse", &format!("Security Group {id} in use."));
    }
    match world.groups.remove(id) {
        Some(_) => Reply::nothing(204),
        None => refuse(404, "SecurityGroupNotFound", "no such group"),
    }
}

fn allocate(world: &mut World, asked: &Value) -> Reply {
    let number = world.number();
    let id = format!("floating-{number}");
    let address = format!("172.24.4.{}", number % 200 + 10);
    let made = json!({
        "id": id, "floating_ip_address": address, "port_id": asked["port_id"], "tenant_id": PROJECT,
        "description": asked["description"], "floating_network_id": asked["floating_network_id"],
        "created_at": world.moment(),
    });
    world.floating.insert(id, made.clone());
    let server = asked["port_id"].as_str().unwrap().trim_start_matches("port-").to_owned();
    let addresses = world.servers.get_mut(&server).unwrap()["addresses"].as_object_mut().unwrap();
    let first = addresses.values_mut().next().unwrap().as_array_mut().unwrap();
    first.push(json!({"addr": address, "version": 4, "OS-EXT-IPS:type": "floating"}));
    Reply::new(201, json!({"floatingip": made}))
}

fn forget(world: &mut World, address: &str) {
    for server in world.servers.values_mut() {
        for list in server["addresses"].as_object_mut().unwrap().values_mut() {
            list.as_array_mut().unwrap().retain(|known| known["addr"] != address);
        }
    }
}
