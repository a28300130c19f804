//! The cloud `rackspace`: the real binary and its shipped tasks against mimic, with guests that accept
//! logins. What mimic cannot do is tested with the emulated OpenStack and Rackspace's differences
//! (`rackspace/`).

#![cfg(feature = "rackspace")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/guest.rs"]
mod guest;
#[path = "support/mimic.rs"]
mod mimic;
#[path = "support/openstack_server/mod.rs"]
mod openstack_server;

#[path = "rackspace/automation.rs"]
mod automation;
#[path = "rackspace/credentials.rs"]
mod credentials;
#[path = "rackspace/images.rs"]
mod images;
#[path = "rackspace/restart.rs"]
mod restart;
#[path = "rackspace/world.rs"]
mod world;

use guest::{CloudProject, proxy_command, user};
use mimic::Mimic;
use serde_json::{Value, json};

const NOVA: &str = "cloudServersOpenStack";

/// The words that choose the cloud, then `more`.
fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:rackspace", "distribution:ubuntu1404"], more].concat()
}

/// A project with the variables of Rackspace's users. mimic keeps no user data, so the guests read
/// their keys from a file and generate their host keys.
fn project(cloud: &Mimic) -> CloudProject {
    let proxy = proxy_command("files --state active.txt --keys key.pub");
    let pair = imgctl::ssh::keys::generate("mine").unwrap();
    let config = json!({"clouds": {"rackspace": {
        "ssh": {"proxy_command": proxy, "host_key": "first_use", "ready_timeout": "60s"},
        "distributions": {"ubuntu1404": {
            "username": user(), "base": {"name": "Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)"},
        }},
    }}});
    let project = CloudProject::new(&config.to_string());
    project.write("active.txt", "active");
    project.write("key", &pair.private);
    project.write("key.pub", &pair.public);
    let (private, public) = (project.path().join("key"), project.path().join("key.pub"));
    project
        .env("OS_AUTH_SYSTEM", "rackspace")
        .env("OS_AUTH_URL", &cloud.auth_url())
        .env("OS_USERNAME", "me")
        .env("OS_PASSWORD", "pw")
        .env("OS_REGION_NAME", "ORD")
        .env("RACKSPACE_KEY_PAIR", "mine")
        .env("RACKSPACE_PRIVATE_KEY_FILENAME", &private.display().to_string())
        .env("RACKSPACE_PUBLIC_KEY_FILENAME", &public.display().to_string())
}

fn servers(cloud: &Mimic, region: &str) -> Vec<Value> {
    cloud.get(NOVA, region, "servers/detail")["servers"].as_array().unwrap().clone()
}

fn key_pairs(cloud: &Mimic) -> Vec<String> {
    let listed = cloud.get(NOVA, "ORD", "os-keypairs");
    let pairs = listed["keypairs"].as_array().unwrap();
    pairs.iter().map(|pair| pair["keypair"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_chain_bakes_an_image_and_leaves_nothing_else() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds().says("made by bootstrap");
    let server = servers(&cloud, "ORD").remove(0);
    assert_eq!(server["flavor"]["id"], "general1-2");
    assert_eq!(server["key_name"], "mine");
    assert!(server["metadata"]["imgctl-run"].as_str().unwrap().starts_with("20"));
    assert_eq!(key_pairs(&cloud), ["mine"], "it was uploaded");

    project.imgctl(&["status"]).succeeds().says("region ORD").says(", running, 198.101.241.");
    project.imgctl(&["up"]).succeeds().says("was up already");

    let image = world::created_image(&project.imgctl(&["create_image"]).succeeds());
    let known = cloud.get(NOVA, "ORD", &format!("images/{image}"));
    assert_eq!(known["image"]["metadata"]["image_type"], "snapshot", "{known}");
    project.imgctl(&["list_images:all=true"]).succeeds().says(&image);

    project.imgctl(&["down"]).fails(2).says("cannot stop").hints("create_image");

    project.imgctl(&["tests"]).fails(2).says("cleaned for an image").hints("`imgctl up`");
    project.imgctl(&["up"]).succeeds().says("restarting it").says("accepting and pinning");
    project.imgctl(&["tests", "create_image", "verify_image"]).succeeds();
    project.imgctl(&["destroy"]).succeeds();
    assert!(servers(&cloud, "ORD").is_empty());
    assert_eq!(key_pairs(&cloud), ["mine"], "the user's own pair is kept");
    assert!(!project.has_state(), "the host key pinned at its address is removed with it");
}

#[test]
fn one_word_bakes_an_image() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    project.imgctl(&words(&["bake"])).succeeds().says("created server image: ");
    assert!(servers(&cloud, "ORD").is_empty());
    assert!(!project.has_state());
}

#[test]
fn without_a_key_pair_a_temporary_one_is_created() {
    let cloud = Mimic::start();
    let project = project(&cloud)
        .without("RACKSPACE_KEY_PAIR")
        .without("RACKSPACE_PRIVATE_KEY_FILENAME")
        .without("RACKSPACE_PUBLIC_KEY_FILENAME");
    // The guest would not accept the temporary key, so nothing logs in.
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project.imgctl(&words(&["start"])).succeeds();
    assert_eq!(key_pairs(&cloud).len(), 1);
    assert!(key_pairs(&cloud)[0].starts_with("imgctl-run-20"));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(key_pairs(&cloud), Vec::<String>::new());
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn a_key_pair_with_another_key_is_refused() {
    let cloud = Mimic::start();
    project(&cloud).imgctl(&words(&["up", "destroy"])).succeeds();
    // Another project has another key for the same name.
    project(&cloud)
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("key pair mine in the cloud holds another key");
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn the_region_of_the_command_line_is_used() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    project.imgctl(&words(&["region:IAD", "up"])).succeeds();
    assert_eq!((servers(&cloud, "IAD").len(), servers(&cloud, "ORD").len()), (1, 0));
    project.imgctl(&["destroy"]).succeeds();
    project
        .imgctl(&words(&["region:SYD", "up"]))
        .fails(2)
        .says("no region `SYD`")
        .hints("DFW, IAD, ORD");
}

#[test]
fn what_rackspace_cannot_do_is_an_error_with_a_hint() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    project.imgctl(&words(&["copy_image:some,regions=IAD"])).fails(2).hints("region:REGION bake");
    project.imgctl(&words(&["deprecate_image:some"])).fails(2).hints("prune_images");
    project
        .imgctl(&["cloud:rackspace", "distribution:debian12", "up"])
        .fails(2)
        .says("`Debian 12 *`")
        .says("ORD")
        .hints("Debian 8 (Jessie)");
}

#[test]
fn a_server_that_goes_into_error_is_reported() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    let tags = ["--set", "clouds.rackspace.tags.server_error='1'"];
    project
        .imgctl(&[&tags[..], &words(&["up"])[..]].concat())
        .fails(1)
        .says("went into ERROR")
        .hints("imgctl destroy");
    project.imgctl(&["destroy"]).succeeds();
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn the_error_names_the_missing_variable() {
    let cloud = Mimic::start();
    project(&cloud)
        .without("OS_USERNAME")
        .imgctl(&words(&["list_images"]))
        .fails(3)
        .says("OS_USERNAME is not set");
    project(&cloud)
        .env("OS_AUTH_SYSTEM", "keystone")
        .imgctl(&words(&["list_images"]))
        .fails(2)
        .hints("cloud:openstack");
    project(&cloud)
        .without("OS_PASSWORD")
        .env("RACKSPACE_API_KEY", "0123456789abcdef0123456789abcdef")
        .imgctl(&words(&["list_images"]))
        .succeeds();
}
