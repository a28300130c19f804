//! The whole chain, as a user runs it, and that nothing stays.

use serde_json::json;

use super::guest::{CloudProject, proxy_command};
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

#[test]
fn the_whole_chain_bakes_an_image_and_leaves_nothing_else() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "tags: {team: infrastructure}");
    let printed = project.succeeds(&words(&["up", "bootstrap", "tests"]));
    assert!(printed.contains("made by bootstrap"), "what bootstrap read on the guest");

    let server = cloud.world(|world| world.server().clone());
    let id = server["id"].as_str().unwrap().to_owned();
    assert_eq!(server["image"]["id"], "img-new", "the newest that the pattern fits");
    assert_eq!(server["asked"]["flavorRef"], "2", "m1.small by its name");
    assert_eq!(server["metadata"]["team"], "infrastructure");
    assert_eq!(server["metadata"]["imgctl-role"], "build");
    assert!(server["metadata"]["imgctl-run"].as_str().unwrap().starts_with("20"));
    assert_eq!(
        server["asked"]["networks"],
        json!([{"uuid": "net-1"}]),
        "the only one, not the external"
    );
    assert!(project.guest(&id).join("home/agent.txt").exists());
    only_ssh_may_come_in(&cloud);

    let shown = project.succeeds(&["status"]);
    assert!(
        shown.contains(&id) && shown.contains("running") && shown.contains("RegionOne"),
        "{shown}"
    );
    assert!(shown.contains("holds key_pair") && shown.contains("holds security_group"), "{shown}");

    let said = project.imgctl(&["up"]).stderr;
    assert!(said.contains("was up already"), "{said}");
    assert_eq!(
        cloud
            .requests("POST /compute/v2.1/servers")
            .iter()
            .filter(|it| it.line().ends_with("/servers"))
            .count(),
        1
    );

    let image = created_image(&project.succeeds(&["create_image"]));
    let made = cloud.world(|world| world.images[&image].clone());
    assert_eq!(made["status"], "active");
    assert_eq!(made["team"], "infrastructure");
    assert!(made["description"].as_str().unwrap().contains("run 20"), "{made}");
    assert_eq!(
        cloud.world(|world| world.server()["status"].clone()),
        "SHUTOFF",
        "it was stopped first"
    );
    assert!(project.succeeds(&["list_images"]).contains(&image));
    assert!(
        !project.succeeds(&["list_images:all=true"]).contains("img-new"),
        "others' are not ours"
    );

    project.succeeds(&["verify_image"]);
    project.succeeds(&["up"]);
    project.succeeds(&["down"]);
    assert!(project.succeeds(&["status"]).contains("stopped"));
    project.succeeds(&["up", "ssh:test -d .", "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state(), "the state goes last");

    let listed = project.succeeds(&words(&["list_images"]));
    assert!(listed.contains(&image), "the image is what stays: {listed}");
    project.succeeds(&words(&[&format!("delete_image:{image}")]));
    assert!(cloud.world(|world| world.own_images().is_empty()));
    assert_eq!(project.imgctl(&["destroy"]).status, 0, "there is nothing left to remove");
}

/// One temporary group, with one rule.
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
fn nova_before_2_37_and_2_45_is_spoken_to_in_its_own_way() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.microversion = "2.25".to_owned());
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up", "bootstrap"]));
    let image = created_image(&project.succeeds(&["create_image"]));
    assert!(
        cloud.world(|world| world.images.contains_key(&image)),
        "the id is from the Location header"
    );
    assert_eq!(cloud.requests("POST /compute/v2.1/servers")[0].microversion, "2.25");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_key_pair_of_the_users_own_is_uploaded_used_and_kept() {
    let cloud = OpenStackServer::start();
    let pair = imgctl::ssh::keys::generate("mine").unwrap();
    let project = project(&cloud, "{key_pair: mine, key_file: key.pem}");
    project.write("key.pem", &pair.private);
    project.write("key.pem.pub", &pair.public);
    project.succeeds(&words(&["up", "bootstrap", "destroy"]));
    let known = cloud.world(|world| world.key_pairs["mine"].clone());
    assert_eq!(known["public_key"], pair.public.as_str());
    assert_eq!(cloud.world(|world| world.debris()), ["mine"], "it is the user's, and stays");

    let other = imgctl::ssh::keys::generate("other").unwrap();
    cloud.world(|world| {
        world.key_pairs.get_mut("mine").unwrap()["public_key"] = other.public.into()
    });
    let said = project.fails(2, &words(&["up"]));
    assert!(
        said.contains("mine") && said.contains("another key") && said.contains("aa:bb:cc"),
        "{said}"
    );
    assert!(cloud.world(|world| world.servers.is_empty()), "nothing was started");
}

/// A project that goes by the keys on its servers' consoles, and a task that starts a server only.
fn by_console(cloud: &OpenStackServer) -> CloudProject {
    let ssh = json!({"host_key": "console", "ready_timeout": "60s",
        "proxy_command": proxy_command(&cloud.facts())});
    let project = project(cloud, &json!({ "ssh": ssh }).to_string());
    project.write("scripts/start.rhai", "//! Starts it. Nothing else.\ncloud::up();\n");
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
    // As nova answers while the host has no console of it yet.
    let none_yet = json!({"itemNotFound": {"message": "Unable to get console", "code": 404}});
    cloud.rule("POST /compute/v2.1/servers/", 1, Then::Refuse(404, none_yet));
    project.succeeds(&words(&["start"]));
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    let path = format!("guests/{id}/host_key");
    project.write(&path, &pair.private);
    let path = project.path().join(path);
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    project.succeeds(&["up", "ssh:true", "destroy"]);
}

#[test]
fn a_console_that_will_never_be_there_is_not_waited_for() {
    let cloud = OpenStackServer::start();
    let project = by_console(&cloud);
    // Nova's, where the driver has no consoles.
    let none = json!({"notImplemented": {"code": 501,
        "message": "Unable to get console log, functionality not implemented"}});
    cloud.rule("POST /compute/v2.1/servers/", 9, Then::Refuse(501, none));
    let said = project.fails(2, &words(&["start"]));
    assert!(said.contains("not implemented") && said.contains("handed_in or first_use"), "{said}");
    assert_eq!(cloud.requests("POST /compute/v2.1/servers/").len(), 1, "it was asked once");
    project.succeeds(&["destroy"]);
}
