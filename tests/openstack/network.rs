//! Networks, security groups and floating addresses.

use serde_json::json;

use super::guest::proxy_command;
use super::openstack_server::world::PROJECT;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{project, words};

#[test]
fn of_several_networks_one_must_be_named() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.networks.push(json!({"id": "net-2", "name": "storage", "tenant_id": PROJECT}));
    });
    let said = project(&cloud, "{}").fails(2, &words(&["up"]));
    assert!(said.contains("several networks") && said.contains("private, storage"), "{said}");
    let project = project(&cloud, "{networks: [storage, net-1]}");
    project.succeeds(&words(&["up"]));
    let asked = cloud.world(|world| world.server()["asked"]["networks"].clone());
    assert_eq!(asked, json!([{"uuid": "net-2"}, {"uuid": "net-1"}]));
    project.succeeds(&["destroy"]);
}

#[test]
fn a_floating_address_is_allocated_attached_and_released() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    project.succeeds(&words(&["up", "bootstrap"]));
    let (address, port) = cloud.world(|world| {
        let address = world.floating.values().next().unwrap();
        (address["floating_ip_address"].as_str().unwrap().to_owned(), address["port_id"].clone())
    });
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    assert_eq!(port, format!("port-{server}"));
    assert!(project.succeeds(&["status"]).contains(&address), "SSH goes there");
    project.succeeds(&["up", "destroy"]);
    assert_eq!(cloud.requests("POST /network/v2.0/floatingips").len(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_address() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    cloud.rule("POST /network/v2.0/floatingips", 1, Then::HangUp);
    assert_ne!(project.imgctl(&words(&["up"])).status, 0);
    project.succeeds(&["up"]);
    assert_eq!(cloud.world(|world| world.floating.len()), 1);
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn an_address_that_was_taken_away_meanwhile_is_attached_again() {
    for unrouted in ["net-2", "net-1"] {
        let cloud = OpenStackServer::start();
        with_a_second_network(&cloud);
        let project = project(&cloud, "{networks: [storage, net-1], floating_ip: true}");
        cloud.rule("POST /network/v2.0/floatingips", 1, Then::HangUp);
        assert_ne!(project.imgctl(&words(&["up"])).status, 0);
        cloud.world(|world| {
            world.floating.values_mut().next().unwrap()["port_id"] = serde_json::Value::Null;
            world.unrouted.insert(unrouted.to_owned());
        });
        project.succeeds(&["up"]);
        let port = port_of_address(&cloud);
        assert_eq!(port.as_str().unwrap().ends_with(".1"), unrouted == "net-2", "{port}");
        project.succeeds(&["destroy"]);
    }
}

#[test]
fn the_address_that_was_chosen_is_used() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true, address: fixed}");
    project.succeeds(&words(&["up"]));
    assert!(project.succeeds(&["status"]).contains(" 10.0.0."), "the fixed one");
    project.succeeds(&["destroy"]);
}

fn with_a_second_network(cloud: &OpenStackServer) {
    cloud.world(|world| {
        world.networks.push(json!({"id": "net-2", "name": "storage", "tenant_id": PROJECT}));
    });
}

#[test]
fn of_several_networks_ssh_goes_to_the_first() {
    let cloud = OpenStackServer::start();
    with_a_second_network(&cloud);
    let project =
        project(&cloud, "{networks: [storage, net-1], floating_ip: true, address: fixed}");
    project.succeeds(&words(&["up"]));
    assert!(project.succeeds(&["status"]).contains(" 10.0.0."), "the one of `storage`");
    let port = port_of_address(&cloud);
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    assert_eq!(port, format!("port-{server}"), "the floating one is there, too");
    project.succeeds(&["destroy"]);
}

/// Whichever it is: neutron has an order of its own.
#[test]
fn a_floating_address_goes_to_the_network_that_has_a_router() {
    for (unrouted, end) in [("net-2", ".1"), ("net-1", "")] {
        let cloud = OpenStackServer::start();
        with_a_second_network(&cloud);
        cloud.world(|world| world.unrouted.insert(unrouted.to_owned()));
        let project = project(&cloud, "{networks: [storage, net-1], floating_ip: true}");
        project.succeeds(&words(&["up"]));
        let port = port_of_address(&cloud);
        let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
        assert_eq!(port, format!("port-{server}{end}"));
        project.succeeds(&["destroy"]);
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    }
}

fn port_of_address(cloud: &OpenStackServer) -> serde_json::Value {
    cloud.world(|world| world.floating.values().next().unwrap()["port_id"].clone())
}

#[test]
fn without_any_router_the_cure_is_told() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.unrouted.insert("net-1".to_owned()));
    let project = project(&cloud, "{floating_ip: true}");
    let said = project.fails(3, &words(&["up"]));
    assert!(
        said.contains("is not reachable from subnet") && said.contains("add the router"),
        "{said}"
    );
    cloud.world(|world| world.unrouted.clear());
    project.succeeds(&["up", "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// What nova shows is all there will be.
#[test]
fn an_address_of_the_wanted_sort_is_not_waited_for_for_ever() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{address: public_v4}");
    let hasty = ["--set", "clouds.openstack.start_timeout=1s", "up"];
    let said = project.fails(1, &words(&hasty));
    assert!(said.contains("to have a public IPv4 address"), "{said}");
    assert!(said.contains("it has 10.0.0.") && said.contains("(fixed, private)"), "{said}");
    assert!(said.contains("set `address`"), "{said}");
    project.succeeds(&["--set", "clouds.openstack.address=auto", "up"]);
    assert_eq!(cloud.world(|world| world.servers.len()), 1, "the same one");
    project.succeeds(&["destroy"]);
}

#[test]
fn groups_that_are_named_are_used_and_kept() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{security_groups: [default], ssh_from: auto}");
    project.succeeds(&words(&["up"]));
    let asked = cloud.world(|world| world.server()["asked"]["security_groups"].clone());
    assert_eq!(asked, json!([{"name": "sg-default"}]));
    project.succeeds(&["destroy"]);
    assert!(cloud.world(|world| world.groups.contains_key("sg-default")));
    assert!(cloud.requests("POST /network/v2.0/security-groups").is_empty());
}

#[test]
fn a_project_without_networks_gets_one_where_the_cloud_makes_them() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.networks.retain(|network| network["name"] == "public"));
    let said = project(&cloud, "{}").fails(2, &words(&["up"]));
    assert!(said.contains("has no network") && said.contains("one of: public"), "{said}");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());

    cloud.world(|world| world.makes_networks = true);
    let project = project(&cloud, "{address: fixed}");
    project.write("scripts/start.rhai", "//! Starts it. Nothing else.\ncloud::up();\n");
    project.imgctl(&words(&["--set", "clouds.openstack.start_timeout=1s", "start"]));
    assert_eq!(cloud.world(|world| world.server()["asked"]["networks"].clone()), "auto");
    project.succeeds(&["destroy"]);
}

/// Neutron shows what nobody set as null, for some drivers and other clients' things.
#[test]
fn what_others_left_unset_does_no_harm() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.networks.push(json!({"id": "net-x", "name": null, "router:external": null,
            "shared": null, "tenant_id": null}));
        let group = json!({"id": "sg-x", "name": null, "description": null, "rules": []});
        world.groups.insert("sg-x".to_owned(), group);
        let address = json!({"id": "floating-x", "floating_ip_address": null, "port_id": null,
            "description": null, "created_at": null});
        world.floating.insert("floating-x".to_owned(), address);
    });
    let project = project(&cloud, "{floating_ip: true}");
    project.succeeds(&words(&["up", "destroy"]));
    assert_eq!(cloud.world(|world| world.debris()), ["sg-x", "floating-x"], "they are not ours");
}

/// An administrator may set a limit that nobody asked for.
#[test]
fn every_list_is_read_to_its_last_page() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.page = 1);
    let project = project(&cloud, "{floating_ip: true, flavor: m1.small}");
    project.succeeds(&words(&["up", "bootstrap", "up", "destroy"]));
    assert_eq!(cloud.requests("POST /network/v2.0/security-groups").len(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_cloud_without_neutron_will_do() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.lacks = vec!["network".into(), "volume".into()];
        world.microversion = "2.36".into();
    });
    let project = project(&cloud, "{availability_zone: az1, config_drive: true}");
    project.succeeds(&words(&["up"]));
    let asked = cloud.world(|world| world.server()["asked"].clone());
    assert_eq!(
        (asked["availability_zone"].as_str(), asked["config_drive"].as_bool()),
        (Some("az1"), Some(true))
    );
    project.succeeds(&["destroy"]);
    let said = self::project(&cloud, "{boot_volume: {size: 10GiB}}").fails(2, &words(&["up"]));
    assert!(said.contains("no block storage"), "{said}");
}

#[test]
fn a_host_key_accepted_on_first_use_moves_with_its_server() {
    let cloud = OpenStackServer::start();
    let proxy = proxy_command(&cloud.facts());
    let ssh = json!({"proxy_command": proxy, "ready_timeout": "60s", "host_key": "first_use"});
    let project = project(&cloud, &json!({ "ssh": ssh }).to_string());
    let pins = || {
        let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
        let state: serde_json::Value = serde_json::from_str(&state).unwrap();
        state["host_keys"].as_object().unwrap().clone()
    };
    project.succeeds(&words(&["up"]));
    let first = pins();
    assert_eq!(first.len(), 1);
    project.succeeds(&["down"]);
    cloud.world(|world| {
        let server = world.servers.values_mut().next().unwrap();
        server["addresses"]["private"][0]["addr"] = "10.0.0.250".into();
    });
    let said = project.imgctl(&["up"]).stderr;
    assert!(!said.contains("first connection"), "it is the same machine: {said}");
    let moved = pins();
    assert_eq!(moved.keys().collect::<Vec<_>>(), ["10.0.0.250:22"], "the old address is anybody's");
    assert_eq!(moved.values().next(), first.values().next());

    // Cleaned for an image, it makes another key at its next start.
    let said = project.imgctl(&["create_image", "up"]).stderr;
    assert!(said.contains("first connection to 10.0.0.250:22"), "{said}");
    assert_ne!(pins(), moved);
    project.succeeds(&["destroy"]);
    assert!(!project.has_state(), "no pin outlives its machine");
}
