//! The cloud `rackspace`: the real binary and its shipped tasks against mimic, with guests that are
//! logged in to. What mimic cannot show is shown by the emulated OpenStack with Rackspace's habits
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

/// The words that choose the cloud, and then these.
fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:rackspace", "distribution:ubuntu1404"], more].concat()
}

/// A project with the variables of Rackspace's users. mimic keeps no user data, so the guests learn
/// their keys from a file, and their host keys are their own.
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
    let printed = project.succeeds(&words(&["up", "bootstrap", "tests"]));
    assert!(printed.contains("made by bootstrap"), "what bootstrap read on the guest");
    let server = servers(&cloud, "ORD").remove(0);
    assert_eq!(server["flavor"]["id"], "general1-2");
    assert_eq!(server["key_name"], "mine");
    assert!(server["metadata"]["imgctl-run"].as_str().unwrap().starts_with("20"));
    assert_eq!(key_pairs(&cloud), ["mine"], "it was uploaded");

    let shown = project.succeeds(&["status"]);
    assert!(shown.contains("region ORD") && shown.contains(", running, 198.101.241."), "{shown}");
    let said = project.imgctl(&["up"]).stderr;
    assert!(said.contains("was up already"), "{said}");

    let printed = project.succeeds(&["create_image"]);
    let image = printed.lines().find_map(|line| line.strip_prefix("created server image: "));
    let image = image.unwrap().to_owned();
    let known = cloud.get(NOVA, "ORD", &format!("images/{image}"));
    assert_eq!(known["image"]["metadata"]["image_type"], "snapshot", "{known}");
    assert!(project.succeeds(&["list_images:all=true"]).contains(&image));

    let said = project.fails(2, &["down"]);
    assert!(said.contains("cannot stop") && said.contains("create_image"), "{said}");

    let said = project.fails(2, &["tests"]);
    assert!(said.contains("cleaned for an image") && said.contains("`imgctl up`"), "{said}");
    let said = project.imgctl(&["up"]).stderr;
    assert!(said.contains("restarting it"), "{said}");
    assert!(said.contains("accepting and pinning"), "its new host key: {said}");
    project.succeeds(&["tests", "create_image", "verify_image"]);
    project.succeeds(&["destroy"]);
    assert!(servers(&cloud, "ORD").is_empty());
    assert_eq!(key_pairs(&cloud), ["mine"], "it is the user's, and stays");
    assert!(!project.has_state(), "the key pinned at its address went with it");
}

#[test]
fn one_word_bakes_an_image() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    let printed = project.succeeds(&words(&["bake"]));
    assert!(printed.contains("created server image: "), "{printed}");
    assert!(servers(&cloud, "ORD").is_empty());
    assert!(!project.has_state());
}

#[test]
fn without_a_key_pair_of_ones_own_it_is_a_temporary_one() {
    let cloud = Mimic::start();
    let project = project(&cloud)
        .without("RACKSPACE_KEY_PAIR")
        .without("RACKSPACE_PRIVATE_KEY_FILENAME")
        .without("RACKSPACE_PUBLIC_KEY_FILENAME");
    // Nobody could log in to the guest: it is started, and nothing else.
    project.write("scripts/start.rhai", "//! Starts it. Nothing else.\ncloud::up();\n");
    project.succeeds(&words(&["start"]));
    assert_eq!(key_pairs(&cloud).len(), 1);
    assert!(key_pairs(&cloud)[0].starts_with("imgctl-run-20"));
    project.succeeds(&["destroy"]);
    assert_eq!(key_pairs(&cloud), Vec::<String>::new());
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn a_key_pair_with_another_key_is_refused() {
    let cloud = Mimic::start();
    project(&cloud).succeeds(&words(&["up", "destroy"]));
    // The same name, and a key of its own.
    let said = project(&cloud).fails(2, &words(&["up"]));
    assert!(said.contains("key pair mine of the cloud holds another key"), "{said}");
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn the_region_asked_for_is_the_one_used() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    project.succeeds(&words(&["region:IAD", "up"]));
    assert_eq!((servers(&cloud, "IAD").len(), servers(&cloud, "ORD").len()), (1, 0));
    project.succeeds(&["destroy"]);
    let said = project.fails(2, &words(&["region:SYD", "up"]));
    assert!(said.contains("no region `SYD`") && said.contains("DFW, IAD, ORD"), "{said}");
}

#[test]
fn what_rackspace_cannot_do_is_told_with_a_way_out() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    let said = project.fails(2, &words(&["copy_image:some,regions=IAD"]));
    assert!(said.contains("region:IAD bake"), "{said}");
    let said = project.fails(2, &words(&["deprecate_image:some"]));
    assert!(said.contains("prune_images"), "{said}");
    let said = project.fails(2, &["cloud:rackspace", "distribution:debian12", "up"]);
    assert!(said.contains("`Debian 12 *`") && said.contains("ORD"), "{said}");
    assert!(said.contains("Debian 8 (Jessie)"), "the nearest: {said}");
}

#[test]
fn a_server_that_goes_into_error_is_told() {
    let cloud = Mimic::start();
    let project = project(&cloud);
    let tags = ["--set", "clouds.rackspace.tags.server_error='1'"];
    let said = project.fails(1, &[&tags[..], &words(&["up"])[..]].concat());
    assert!(said.contains("went into ERROR") && said.contains("imgctl destroy"), "{said}");
    project.succeeds(&["destroy"]);
    assert!(servers(&cloud, "ORD").is_empty());
}

#[test]
fn what_is_missing_in_the_environment_is_named() {
    let cloud = Mimic::start();
    let said = project(&cloud).without("OS_USERNAME").fails(2, &words(&["list_images"]));
    assert!(said.contains("OS_USERNAME is not set"), "{said}");
    let said = project(&cloud).env("OS_AUTH_SYSTEM", "keystone").fails(2, &words(&["list_images"]));
    assert!(said.contains("cloud:openstack"), "{said}");
    project(&cloud)
        .without("OS_PASSWORD")
        .env("RACKSPACE_API_KEY", "0123456789abcdef0123456789abcdef")
        .succeeds(&words(&["list_images"]));
}
