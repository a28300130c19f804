//! Networks, security groups and floating addresses.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;

use super::guest::proxy_command;
use super::openstack_server::world::PROJECT;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{project, words};

#[test]
fn of_several_networks_one_has_to_be_named() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.networks.push(json!({"id": "net-2", "name": "storage", "tenant_id": PROJECT}));
    });
    project(&cloud, "{}")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("several networks")
        .hints("private, storage");
    let project = project(&cloud, "{networks: [storage, net-1]}");
    project.imgctl(&words(&["up"])).succeeds();
    let asked = cloud.world(|world| world.server()["asked"]["networks"].clone());
    assert_eq!(asked, json!([{"uuid": "net-2"}, {"uuid": "net-1"}]));
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_floating_address_is_allocated_attached_and_released() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let (address, port) = cloud.world(|world| {
        let address = world.floating.values().next().unwrap();
        (address["floating_ip_address"].as_str().unwrap().to_owned(), address["port_id"].clone())
    });
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    assert_eq!(port, format!("port-{server}"));
    project.imgctl(&["status"]).succeeds().says(&address);
    project.imgctl(&["up", "destroy"]).succeeds();
    assert_eq!(cloud.requests("POST /network/v2.0/floatingips").len(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_address() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    cloud.rule("POST /network/v2.0/floatingips", 1, Then::HangUp);
    project.imgctl(&words(&["up"])).succeeds().says("the reply was lost");
    assert_eq!(cloud.world(|world| world.floating.len()), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn an_address_that_was_detached_meanwhile_is_attached_again() {
    for unrouted in ["net-2", "net-1"] {
        let cloud = OpenStackServer::start();
        with_a_second_network(&cloud);
        let project = project(&cloud, "{networks: [storage, net-1], floating_ip: true}");
        let (told, hears) = channel();
        cloud.rule("POST /network/v2.0/floatingips", 1, Then::Hold(told));
        let mut killed = project.command(&words(&["up"])).spawn().unwrap();
        hears.recv_timeout(Duration::from_secs(60)).unwrap();
        killed.kill().unwrap();
        killed.wait().unwrap();
        cloud.world(|world| {
            world.floating.values_mut().next().unwrap()["port_id"] = serde_json::Value::Null;
            world.unrouted.insert(unrouted.to_owned());
        });
        project.imgctl(&["up"]).succeeds();
        let port = port_of_address(&cloud);
        assert_eq!(port.as_str().unwrap().ends_with(".1"), unrouted == "net-2", "{port}");
        project.imgctl(&["destroy"]).succeeds();
    }
}

#[test]
fn the_configured_kind_of_address_is_used() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true, address: fixed}");
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["status"]).succeeds().says(" 10.0.0.");
    project.imgctl(&["destroy"]).succeeds();
}

fn with_a_second_network(cloud: &OpenStackServer) {
    cloud.world(|world| {
        world.networks.push(json!({"id": "net-2", "name": "storage", "tenant_id": PROJECT}));
    });
}

#[test]
fn of_several_networks_ssh_uses_the_first() {
    let cloud = OpenStackServer::start();
    with_a_second_network(&cloud);
    let project =
        project(&cloud, "{networks: [storage, net-1], floating_ip: true, address: fixed}");
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["status"]).succeeds().says(" 10.0.0.");
    let port = port_of_address(&cloud);
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    assert_eq!(port, format!("port-{server}"), "the floating one is there, too");
    project.imgctl(&["destroy"]).succeeds();
}

/// Neutron lists ports in an order of its own.
#[test]
fn a_floating_address_goes_to_the_network_that_has_a_router() {
    for (unrouted, end) in [("net-2", ".1"), ("net-1", "")] {
        let cloud = OpenStackServer::start();
        with_a_second_network(&cloud);
        cloud.world(|world| world.unrouted.insert(unrouted.to_owned()));
        let project = project(&cloud, "{networks: [storage, net-1], floating_ip: true}");
        project.imgctl(&words(&["up"])).succeeds();
        let port = port_of_address(&cloud);
        let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
        assert_eq!(port, format!("port-{server}{end}"));
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    }
}

fn port_of_address(cloud: &OpenStackServer) -> serde_json::Value {
    cloud.world(|world| world.floating.values().next().unwrap()["port_id"].clone())
}

#[test]
fn without_a_router_the_error_has_a_hint() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.unrouted.insert("net-1".to_owned()));
    let project = project(&cloud, "{floating_ip: true}");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("is not reachable from subnet")
        .hints("add a router");
    cloud.world(|world| world.unrouted.clear());
    project.imgctl(&["up", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_kind_of_address_that_the_server_lacks_is_not_waited_for_forever() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{address: public_v4}");
    let hasty = ["--set", "clouds.openstack.start_timeout=1s", "up"];
    project
        .imgctl(&words(&hasty))
        .fails(1)
        .says("to have a public IPv4 address")
        .says("it has 10.0.0.")
        .says("(fixed, private)")
        .hints("set `address`");
    project.imgctl(&["--set", "clouds.openstack.address=auto", "up"]).succeeds();
    assert_eq!(cloud.world(|world| world.servers.len()), 1, "the same one");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn named_security_groups_are_used_and_kept() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{security_groups: [default], ssh_from: auto}");
    project.imgctl(&words(&["up"])).succeeds();
    let asked = cloud.world(|world| world.server()["asked"]["security_groups"].clone());
    assert_eq!(asked, json!([{"name": "sg-default"}]));
    project.imgctl(&["destroy"]).succeeds();
    assert!(cloud.world(|world| world.groups.contains_key("sg-default")));
    assert!(cloud.requests("POST /network/v2.0/security-groups").is_empty());
}

#[test]
fn a_project_without_networks_gets_one_if_neutron_creates_it() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.networks.retain(|network| network["name"] == "public"));
    project(&cloud, "{}")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("has no network")
        .hints("one of: public");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());

    cloud.world(|world| world.makes_networks = true);
    let project = project(&cloud, "{address: fixed}");
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project.imgctl(&words(&["--set", "clouds.openstack.start_timeout=1s", "start"]));
    assert_eq!(cloud.world(|world| world.server()["asked"]["networks"].clone()), "auto");
    project.imgctl(&["destroy"]).succeeds();
}

/// Neutron reports what a driver or another client left unset as null.
#[test]
fn null_fields_of_neutron_are_accepted() {
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
    project.imgctl(&words(&["up", "destroy"])).succeeds();
    assert_eq!(
        cloud.world(|world| world.debris()),
        ["sg-x", "floating-x"],
        "those of others are kept"
    );
}

/// An administrator may configure a page size that nobody asked for.
#[test]
fn every_list_is_read_to_its_last_page() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.page = 1);
    let project = project(&cloud, "{floating_ip: true, flavor: m1.small}");
    project.imgctl(&words(&["up", "bootstrap", "up", "destroy"])).succeeds();
    assert_eq!(cloud.requests("POST /network/v2.0/security-groups").len(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_cloud_without_neutron_works() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.lacks = vec!["network".into(), "volume".into()];
        world.microversion = "2.36".into();
    });
    let project = project(&cloud, "{availability_zone: az1, config_drive: true}");
    project.imgctl(&words(&["up"])).succeeds();
    let asked = cloud.world(|world| world.server()["asked"].clone());
    assert_eq!(
        (asked["availability_zone"].as_str(), asked["config_drive"].as_bool()),
        (Some("az1"), Some(true))
    );
    project.imgctl(&["destroy"]).succeeds();
    self::project(&cloud, "{boot_volume: {size: 10GiB}}")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("no block storage");
}

#[test]
fn a_host_key_accepted_on_first_use_follows_its_server() {
    let cloud = OpenStackServer::start();
    let proxy = proxy_command(&cloud.facts());
    let ssh = json!({"proxy_command": proxy, "ready_timeout": "60s", "host_key": "first_use"});
    let project = project(&cloud, &json!({ "ssh": ssh }).to_string());
    let pins = || {
        let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
        let state: serde_json::Value = serde_json::from_str(&state).unwrap();
        state["host_keys"].as_object().unwrap().clone()
    };
    project.imgctl(&words(&["up"])).succeeds();
    let first = pins();
    assert_eq!(first.len(), 1);
    project.imgctl(&["down"]).succeeds();
    cloud.world(|world| {
        let server = world.servers.values_mut().next().unwrap();
        server["addresses"]["private"][0]["addr"] = "10.0.0.250".into();
    });
    project.imgctl(&["up"]).succeeds().never_says("first connection");
    let moved = pins();
    assert_eq!(
        moved.keys().collect::<Vec<_>>(),
        ["10.0.0.250:22"],
        "the old address may belong to another machine"
    );
    assert_eq!(moved.values().next(), first.values().next());

    // A server that was cleaned for an image creates another key at its next start.
    project.imgctl(&["create_image", "up"]).succeeds().says("first connection to 10.0.0.250:22");
    assert_ne!(pins(), moved);
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.has_state(), "no pin outlives its machine");
}

/// A cloud whose only network filters no connections.
fn open_network() -> OpenStackServer {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.networks[0]["port_security_enabled"] = false.into());
    cloud
}

fn starting(cloud: &OpenStackServer, settings: &str) -> super::guest::CloudProject {
    let project = project(cloud, settings);
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project
}

/// Nova puts no security group on the ports of such a network, and the server goes into ERROR.
#[test]
fn on_a_network_without_port_security_there_is_no_security_group() {
    let cloud = open_network();
    let project = starting(&cloud, "{}");
    project.imgctl(&words(&["start"])).succeeds().says("network private has no port security");
    assert_eq!(cloud.world(|world| world.server()["asked"].get("security_groups").cloned()), None);
    assert!(cloud.requests("POST /network/v2.0/security-groups").is_empty());
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());

    starting(&cloud, "{security_groups: [default]}")
        .imgctl(&words(&["start"]))
        .fails(2)
        .says("network private takes no security groups")
        .hints("remove `security_groups`");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_fault_of_a_network_without_port_security_has_its_own_cure() {
    let cloud = OpenStackServer::start();
    let reason = "Exceeded maximum number of retries. Last exception: Network requires \
                  port_security_enabled and subnet associated in order to apply security groups.";
    cloud.world(|world| {
        let fault = json!({"status": "ERROR", "fault": {"code": 500, "message": reason}});
        world.server_steps = vec![fault];
    });
    let project = starting(&cloud, "{}");
    project.imgctl(&words(&["start"])).fails(1).hints("`ssh_from: none`");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn with_auto_a_server_without_a_public_address_gets_a_floating_one() {
    let cloud = OpenStackServer::start();
    let project = starting(&cloud, "{floating_ip: auto}");
    project.imgctl(&words(&["start"])).succeeds();
    project.imgctl(&["status"]).succeeds().says("172.24.4.");
    project.imgctl(&["start", "destroy"]).succeeds();
    assert_eq!(cloud.requests("POST /network/v2.0/floatingips").len(), 1);

    let public = json!({"addresses": {"private": [
        {"addr": "198.51.100.7", "version": 4, "OS-EXT-IPS:type": "fixed"},
    ]}});
    cloud.world(|world| world.server_steps.push(public));
    cloud.world(|world| world.server_steps.swap(1, 2));
    project.imgctl(&words(&["start"])).succeeds();
    project.imgctl(&["status"]).succeeds().says("198.51.100.7");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.requests("POST /network/v2.0/floatingips").len(), 1, "no second one");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn with_auto_and_no_way_to_a_floating_address_the_server_runs_without() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.unrouted.insert("net-1".to_owned()));
    let project = starting(&cloud, "{floating_ip: auto}");
    project.imgctl(&words(&["start"])).succeeds().says("gets no floating address");
    cloud.world(|world| world.networks.retain(|network| network["name"] != "public"));
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&["start"])).succeeds().says("no external network");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_that_may_be_out_of_reach_is_reported_at_once() {
    let cloud = OpenStackServer::start();
    let direct = |more: &str| starting(&cloud, &format!("{{ssh: {{}}{more}}}"));
    let project = direct("");
    project
        .imgctl(&words(&["start", "destroy"]))
        .succeeds()
        .says("private addresses only")
        .says("floating_ip: auto");
    direct(", floating_ip: false")
        .imgctl(&words(&["start", "destroy"]))
        .succeeds()
        .never_says("private addresses only");
}

/// What is listed once need not be listed again.
#[test]
fn a_start_lists_the_networks_once() {
    for settings in ["{}", "{floating_ip: true}", "{floating_ip: auto}"] {
        let cloud = OpenStackServer::start();
        let project = project(&cloud, settings);
        project.imgctl(&words(&["up"])).succeeds();
        let listed = cloud.requests("GET /network/v2.0/networks").len();
        assert_eq!(listed, 1, "{settings}");
        project.imgctl(&["destroy"]).succeeds();
    }
}
