//! The whole chain of tasks, as a user runs it, and that nothing is left.

use serde_json::json;

use super::guest::{CloudProject, proxy_command};
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

#[test]
fn the_whole_chain_bakes_an_image_and_leaves_nothing_else() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "tags: {team: infrastructure}");
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds().says("made by bootstrap");

    let server = cloud.world(|world| world.server().clone());
    let id = server["id"].as_str().unwrap().to_owned();
    assert_eq!(server["image"]["id"], "img-new", "the newest that matches the pattern");
    assert_eq!(server["asked"]["flavorRef"], "2", "m1.small by its name");
    assert_eq!(server["metadata"]["team"], "infrastructure");
    assert_eq!(server["metadata"]["imgctl-role"], "build");
    assert!(server["metadata"]["imgctl-run"].as_str().unwrap().starts_with("20"));
    assert_eq!(
        server["asked"]["networks"],
        json!([{"uuid": "net-1"}]),
        "the only network that is not external"
    );
    assert!(project.guest(&id).join("home/agent.txt").exists());
    only_ssh_may_come_in(&cloud);

    project
        .imgctl(&["status"])
        .succeeds()
        .says(&id)
        .says("running")
        .says("RegionOne")
        .says("holds key_pair")
        .says("holds security_group");

    project.imgctl(&["up"]).succeeds().says("was up already");
    assert_eq!(
        cloud
            .requests("POST /compute/v2.1/servers")
            .iter()
            .filter(|it| it.line().ends_with("/servers"))
            .count(),
        1
    );

    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let made = cloud.world(|world| world.images[&image].clone());
    assert_eq!(made["status"], "active");
    assert_eq!(made["team"], "infrastructure");
    assert!(made["description"].as_str().unwrap().contains("run 20"), "{made}");
    assert_eq!(
        cloud.world(|world| world.server()["status"].clone()),
        "SHUTOFF",
        "it was stopped first"
    );
    project.imgctl(&["list_images"]).succeeds().says(&image);
    project.imgctl(&["list_images:all=true"]).succeeds().never_says("img-new");

    project.imgctl(&["verify_image"]).succeeds();
    project.imgctl(&["up"]).succeeds();
    project.imgctl(&["down"]).succeeds();
    project.imgctl(&["status"]).succeeds().says("stopped");
    project.imgctl(&["up", "ssh:test -d .", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state(), "the state goes last");

    project.imgctl(&words(&["list_images"])).succeeds().says(&image);
    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    assert!(cloud.world(|world| world.own_images().is_empty()));
    project.imgctl(&["destroy"]).succeeds();
}

/// The server has one temporary group, with one rule.
fn only_ssh_may_come_in(cloud: &OpenStackServer) {
    let server = cloud.world(|world| world.server().clone());
    let group = server["asked"]["security_groups"][0]["name"].as_str().unwrap().to_owned();
    let rules = cloud.world(|world| world.groups[&group]["rules"].clone());
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), 1, "{rules:?}");
    assert_eq!(rules[0]["remote_ip_prefix"], "192.0.2.0/24");
    assert_eq!(
        (rules[0]["port_range_min"].as_u64(), rules[0]["port_range_max"].as_u64()),
        (Some(22), Some(22))
    );
    assert_eq!(rules[0]["direction"], "ingress");
}

#[test]
fn nova_before_2_37_and_2_45_works() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.microversion = "2.25".to_owned());
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    assert!(
        cloud.world(|world| world.images.contains_key(&image)),
        "the id comes from the Location header"
    );
    assert_eq!(cloud.requests("POST /compute/v2.1/servers")[0].microversion, "2.25");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn the_users_own_key_pair_is_uploaded_used_and_kept() {
    let cloud = OpenStackServer::start();
    let pair = imgctl::ssh::keys::generate("mine").unwrap();
    let project = project(&cloud, "{key_pair: mine, key_file: key.pem}");
    project.write("key.pem", &pair.private);
    project.write("key.pem.pub", &pair.public);
    project.imgctl(&words(&["up", "bootstrap", "destroy"])).succeeds();
    let known = cloud.world(|world| world.key_pairs["mine"].clone());
    assert_eq!(known["public_key"], pair.public.as_str());
    assert_eq!(cloud.world(|world| world.debris()), ["mine"], "the user's own pair is kept");

    let other = imgctl::ssh::keys::generate("other").unwrap();
    cloud.world(|world| {
        world.key_pairs.get_mut("mine").unwrap()["public_key"] = other.public.into()
    });
    project.imgctl(&words(&["up"])).fails(2).says("mine").says("another key").says("aa:bb:cc");
    assert!(cloud.world(|world| world.servers.is_empty()), "nothing was started");
}

/// A project that reads host keys from consoles, with a task that starts a server and does not log in.
fn by_console(cloud: &OpenStackServer) -> CloudProject {
    let ssh = json!({"host_key": "console", "ready_timeout": "60s",
        "proxy_command": proxy_command(&cloud.facts())});
    let project = project(cloud, &json!({ "ssh": ssh }).to_string());
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project
}

#[test]
fn a_host_key_is_read_from_the_console() {
    let cloud = OpenStackServer::start();
    let pair = imgctl::ssh::keys::generate("host").unwrap();
    let console = format!(
        "-----BEGIN SSH HOST KEY KEYS-----\n{}\n-----END SSH HOST KEY KEYS-----\n",
        pair.public
    );
    cloud.world(|world| world.server_steps[0]["console"] = console.into());
    let project = by_console(&cloud);
    // Nova's answer while the host has no console of the server yet.
    let none_yet = json!({"itemNotFound": {"message": "Unable to get console", "code": 404}});
    cloud.rule("POST /compute/v2.1/servers/", 1, Then::Refuse(404, none_yet));
    project.imgctl(&words(&["start"])).succeeds();
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    let path = format!("guests/{id}/host_key");
    project.write(&path, &pair.private);
    let path = project.path().join(path);
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
}

#[test]
fn a_cloud_without_consoles_is_an_error_at_once() {
    let cloud = OpenStackServer::start();
    let project = by_console(&cloud);
    // Nova's answer if its driver has no consoles.
    let none = json!({"notImplemented": {"code": 501,
        "message": "Unable to get console log, functionality not implemented"}});
    cloud.rule("POST /compute/v2.1/servers/", 9, Then::Refuse(501, none));
    project
        .imgctl(&words(&["start"]))
        .fails(2)
        .says("not implemented")
        .hints("handed_in or first_use");
    assert_eq!(cloud.requests("POST /compute/v2.1/servers/").len(), 1, "it was asked once");
    project.imgctl(&["destroy"]).succeeds();
}
