//! The whole chain of tasks, as a user runs it, and that nothing is left.

use std::time::{Duration, Instant};

use serde_json::json;

use super::administrator::{GLANCE, NOVA, admin, builder};
use super::world::{created_image, nothing_is_left, project, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn the_whole_chain_bakes_an_image_and_leaves_nothing_else() {
    let project = project("{floating_ip: true, config_drive: true, tags: {team: infrastructure}}");
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds().says("made by bootstrap");

    let admin = admin();
    let servers = admin.servers("ci");
    let [server] = &servers[..] else { panic!("{servers:#?}") };
    let id = server["id"].as_str().unwrap().to_owned();
    assert_eq!(server["status"], "ACTIVE");
    assert_eq!(server["metadata"]["team"], "infrastructure");
    assert_eq!(server["metadata"]["imgctl-role"], "build");
    assert!(server["metadata"]["imgctl-run"].as_str().unwrap().starts_with("20"));
    assert_eq!(server["config_drive"], "True");
    let base = admin.get(&format!("{GLANCE}/images/{}", server["image"]["id"].as_str().unwrap()));
    assert_eq!(base["name"], "Debian 12 new", "the newest active one that matches the pattern");

    let groups = admin.groups("ci");
    let [group] = &groups[..] else { panic!("{groups:#?}") };
    let rules = group["security_group_rules"].as_array().unwrap();
    let incoming: Vec<_> = rules.iter().filter(|rule| rule["direction"] == "ingress").collect();
    assert_eq!(incoming.len(), 1, "{rules:#?}");
    assert_eq!(incoming[0]["remote_ip_prefix"], "192.0.2.0/24");
    assert_eq!(incoming[0]["port_range_max"], 22);

    let floating = admin.floating("ci");
    let [address] = &floating[..] else { panic!("{floating:#?}") };
    let address = address["floating_ip_address"].as_str().unwrap();
    let ran = project.imgctl(&["status"]).succeeds();
    ran.says(&id).says(address).says("running").says("RegionOne").says("holds key_pair");
    project.write(
        "scripts/show.rhai",
        "//! Prints the console. Nothing else.\nprint(cloud::console(\"build\"));\n",
    );
    project.imgctl(&["show"]).succeeds().says("FAKE CONSOLE OUTPUT");
    project.imgctl(&["up"]).succeeds().says("was up already");
    assert_eq!(admin.servers("ci").len(), 1);

    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let made = admin.get(&format!("{GLANCE}/images/{image}"));
    assert_eq!((&made["status"], &made["visibility"]), (&json!("active"), &json!("private")));
    assert_eq!(made["team"], "infrastructure");
    assert!(made["description"].as_str().unwrap().contains("run 20"), "{made}");
    assert_eq!(admin.servers("ci")[0]["status"], "SHUTOFF", "it was stopped first");
    project.imgctl(&["list_images"]).succeeds().says(&image);
    project.imgctl(&["list_images:all=true"]).succeeds().never_says("Ubuntu");

    project.imgctl(&["verify_image"]).succeeds();
    assert_eq!(admin.servers("ci").len(), 1, "the second one is gone");
    project.imgctl(&["up"]).succeeds();
    project.imgctl(&["down"]).succeeds();
    project.imgctl(&["status"]).succeeds().says("stopped");
    project.imgctl(&["up", "ssh:test -d .", "destroy"]).succeeds();
    assert!(!project.has_state(), "the state goes last");
    assert_eq!(admin.debris("ci").len(), 1, "only the image is left: {:?}", admin.debris("ci"));

    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    nothing_is_left("ci");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn the_users_own_key_pair_is_uploaded_used_and_kept() {
    let pair = imgctl::ssh::keys::generate("mine").unwrap();
    let project = project("{key_pair: mine, key_file: key.pem}");
    project.write("key.pem", &pair.private);
    project.write("key.pem.pub", &pair.public);
    project.imgctl(&words(&["up", "bootstrap", "destroy"])).succeeds();

    let builder = builder();
    let known = builder.get(&format!("{NOVA}/os-keypairs/mine"));
    assert_eq!(known["keypair"]["public_key"].as_str().unwrap().trim(), pair.public.trim());
    let fingerprint = known["keypair"]["fingerprint"].as_str().unwrap();

    let other = imgctl::ssh::keys::generate("other").unwrap();
    project.write("key.pem", &other.private);
    project.write("key.pem.pub", &other.public);
    project.imgctl(&words(&["up"])).fails(2).says("holds another key").says(fingerprint);
    assert!(admin().servers("ci").is_empty(), "nothing was started");

    builder.delete(&format!("{NOVA}/os-keypairs/mine"));
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_host_key_is_read_from_the_console() {
    let pair = imgctl::ssh::keys::generate("host").unwrap();
    let project = project("{}");
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    let mut config: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(project.path().join("config.yaml")).unwrap())
            .unwrap();
    config["clouds"]["openstack"]["ssh"]["host_key"] = "console".into();
    project.write("config.yaml", &config.to_string());
    let mut starting = project.command(&words(&["start"])).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(300);
    let id = loop {
        if let Some(server) = admin().servers("ci").first() {
            break server["id"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < until && starting.try_wait().unwrap().is_none(), "no server");
        std::thread::sleep(Duration::from_millis(100));
    };
    project.write(&format!("guests/{id}/host_key"), &pair.private);
    let path = project.path().join(format!("guests/{id}/host_key"));
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let console = format!(
        "-----BEGIN SSH HOST KEY KEYS-----\n{}\n-----END SSH HOST KEY KEYS-----\n",
        pair.public
    );
    let root = std::env::var("OPENSTACK_REAL").expect("set by make test-openstack");
    std::fs::write(format!("{root}/var/lib/consoles/{id}"), console).unwrap();
    assert!(starting.wait().unwrap().success());
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
    nothing_is_left("ci");
}
