//! Neutron.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World};

/// Neutron's form of an error.
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
        ("GET", ["security-groups", id]) => match world.groups.get(*id) {
            Some(group) => Reply::ok(json!({ "security_group": group })),
            None => refuse(404, "SecurityGroupNotFound", "no such group"),
        },
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
            let mut ports = ports(world, &request.query("device_id"));
            // Not in the order of the interfaces.
            ports.reverse();
            Reply::ok(json!({ "ports": ports }))
        }
        ("GET", ["floatingips"]) => page(world, request, "floatingips", &all(&world.floating)),
        ("GET", ["floatingips", id]) => match world.floating.get(*id) {
            Some(address) => Reply::ok(json!({ "floatingip": address })),
            None => refuse(404, "FloatingIPNotFound", "no such address"),
        },
        ("POST", ["floatingips"]) => allocate(world, &request.body["floatingip"]),
        ("PUT", ["floatingips", id]) => {
            let Some(known) = world.floating.get(*id).cloned() else {
                return refuse(404, "FloatingIPNotFound", "no such address");
            };
            let port = request.body["floatingip"]["port_id"].as_str().unwrap();
            match associate(world, &known, port) {
                Err(reply) => reply,
                Ok(()) => {
                    let known = world.floating.get_mut(*id).unwrap();
                    known["port_id"] = port.into();
                    Reply::ok(json!({ "floatingip": known }))
                }
            }
        }
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

/// The things after the marker. Neutron applies its own limit even if none is asked for.
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
    if let Err(reply) = associate(world, &made, asked["port_id"].as_str().unwrap()) {
        return reply;
    }
    world.floating.insert(id, made.clone());
    Reply::new(201, json!({"floatingip": made}))
}

/// A server's ports, in the order of its interfaces.
fn ports(world: &World, server: &str) -> Vec<Value> {
    let addresses = world.servers.get(server).and_then(|it| it["addresses"].as_object());
    let port = |(number, (network, addresses)): (usize, (&String, &Value))| {
        let found = world.networks.iter().find(|it| it["name"] == network.as_str());
        json!({
            "id": if number == 0 { format!("port-{server}") } else { format!("port-{server}.{number}") },
            "network_id": found.map(|network| network["id"].clone()),
            "fixed_ips": [{"ip_address": addresses[0]["addr"], "subnet_id": format!("{network}-subnet")}],
        })
    };
    addresses.into_iter().flatten().enumerate().map(port).collect()
}

/// Adds a floating address to the server of a port. The port's subnet needs a router to the external
/// network: see `l3_db.py` of neutron.
fn associate(world: &mut World, floating: &Value, port: &str) -> Result<(), Reply> {
    let server = port.trim_start_matches("port-").split('.').next().unwrap().to_owned();
    let known = ports(world, &server).into_iter().enumerate().find(|(_, it)| it["id"] == port);
    let (number, found) = known.unwrap();
    if world.unrouted.contains(found["network_id"].as_str().unwrap()) {
        let message = format!(
            "External network {} is not reachable from subnet {}.  Therefore, cannot associate Port \
             {port} with a Floating IP.",
            floating["floating_network_id"], found["fixed_ips"][0]["subnet_id"]
        );
        return Err(refuse(404, "ExternalGatewayForFloatingIPNotFound", &message));
    }
    let addresses = world.servers.get_mut(&server).unwrap()["addresses"].as_object_mut().unwrap();
    let list = addresses.values_mut().nth(number).unwrap().as_array_mut().unwrap();
    let address = &floating["floating_ip_address"];
    list.push(json!({"addr": address, "version": 4, "OS-EXT-IPS:type": "floating"}));
    Ok(())
}

fn forget(world: &mut World, address: &str) {
    for server in world.servers.values_mut() {
        for list in server["addresses"].as_object_mut().unwrap().values_mut() {
            list.as_array_mut().unwrap().retain(|known| known["addr"] != address);
        }
    }
}
