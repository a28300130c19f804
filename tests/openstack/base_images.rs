//! Base images: which one of those that are there is started from, and how one is found.

use serde_json::{Value, json};

use super::guest::user;
use super::openstack_server::OpenStackServer;
use super::world::{project, words};

/// Glance lists community images only if they are asked for.
#[test]
fn a_community_image_can_be_the_base() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        let mut image = world.images["img-new"].clone();
        image["id"] = "img-community".into();
        image["name"] = "Debian 12.9 community".into();
        image["visibility"] = "community".into();
        world.images.insert("img-community".into(), image);
    });
    let with = |pattern: &str, visibility: &str| {
        let base = json!({"pattern": pattern, "visibility": visibility});
        let debian = json!({"username": user(), "base": base});
        project(&cloud, &json!({"distributions": {"debian12": debian}}).to_string())
    };
    with("debian 13*", "community")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("nearest: Debian 12.9 community\n");
    let project = with("debian 12*", "community");
    project.imgctl(&words(&["up"])).succeeds();
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "img-community");
    project.imgctl(&["destroy"]).succeeds();
    let project = with("debian 12*", "public");
    project.imgctl(&words(&["up"])).succeeds();
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "img-new");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_base_by_name_is_the_newest_that_can_be_started_from() {
    let cloud = OpenStackServer::start();
    let named = |id: &str, status: &str, created: &str| {
        cloud.world(|world| {
            let mut image = world.images["img-new"].clone();
            for (key, value) in
                [("id", id), ("name", "golden"), ("status", status), ("created_at", created)]
            {
                image[key] = value.into();
            }
            world.images.insert(id.to_owned(), image);
        });
    };
    named("golden-3", "queued", "2026-03-01T00:00:00Z");
    project(&cloud, "{}")
        .imgctl(&words(&["up:base=golden"]))
        .fails(2)
        .says("golden-3")
        .says("is queued");
    named("golden-1", "active", "2026-01-01T00:00:00Z");
    named("golden-2", "active", "2026-02-01T00:00:00Z");
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up:base=golden"])).succeeds();
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "golden-2");
    project.imgctl(&["destroy"]).succeeds();
}

/// Puts an image of a vendor into the cloud, newer than those before it.
fn vendor_image(cloud: &OpenStackServer, name: &str, properties: &Value) {
    cloud.world(|world| {
        let number = world.images.len();
        let mut image = world.images["img-new"].clone();
        image["id"] = format!("vendor-{number}").into();
        image["name"] = name.into();
        image["created_at"] = format!("2026-02-{number:02}T00:00:00Z").into();
        for (key, value) in properties.as_object().unwrap() {
            image[key] = value.clone();
        }
        world.images.insert(format!("vendor-{number}"), image);
    });
}

/// The name of the base that a server of this distribution is started from.
fn base_of(cloud: &OpenStackServer, distribution: &str) -> String {
    let own = json!({"distributions": {distribution: {"username": user()}}}).to_string();
    let project = project(cloud, &own);
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    let words = ["cloud:openstack", &format!("distribution:{distribution}"), "start"];
    project.imgctl(&words).succeeds();
    let id = cloud.world(|world| world.server()["image"]["id"].as_str().unwrap().to_owned());
    project.imgctl(&["destroy"]).succeeds();
    cloud.world(|world| world.images[&id]["name"].as_str().unwrap().to_owned())
}

#[test]
fn a_date_or_a_minor_version_is_not_taken_for_the_version() {
    let cloud = OpenStackServer::start();
    for name in [
        "debian-11-generic-amd64-20241205",
        "Debian 11 bullseye 2025-12",
        "debian-13-generic-20250112",
        "Rocky-8.9-x86_64",
        "Rocky-10.1-20250909",
    ] {
        vendor_image(&cloud, name, &json!({}));
    }
    assert_eq!(base_of(&cloud, "debian12"), "Debian 12.8 generic");
    assert_eq!(base_of(&cloud, "rocky9"), "Rocky 9");
}

#[test]
fn what_an_image_says_of_itself_comes_before_its_name() {
    let cloud = OpenStackServer::start();
    let says = |distro: &str, version: &str| json!({"os_distro": distro, "os_version": version});
    vendor_image(&cloud, "Bookworm", &says("debian", "12.9"));
    vendor_image(&cloud, "Debian 12 of another kind", &says("devuan", "12"));
    vendor_image(&cloud, "Debian 12 which is 11", &says("debian", "11"));
    assert_eq!(base_of(&cloud, "debian12"), "Bookworm");
    vendor_image(&cloud, "Debian 12.7", &says("debian", "12"));
    vendor_image(&cloud, "Debian 12.7 Docker", &says("debian", "12"));
    let nodes = json!({"os_distro": "debian", "os_version": "12", "os_purpose": "k8snode"});
    vendor_image(&cloud, "Debian 12.9 node", &nodes);
    assert_eq!(base_of(&cloud, "debian12"), "Debian 12.7");
}

#[test]
fn an_image_of_another_architecture_is_not_taken_unless_it_is_asked_for() {
    let cloud = OpenStackServer::start();
    vendor_image(&cloud, "Debian 12.9 generic", &json!({"architecture": "aarch64"}));
    vendor_image(&cloud, "debian-12-generic-arm64-20250101", &json!({}));
    assert_eq!(base_of(&cloud, "debian12"), "Debian 12.8 generic");
    let base = json!({"pattern": "*debian*12*", "architecture": "arm64"});
    let own = json!({"distributions": {"debian12": {"username": user(), "base": base}}});
    let project = project(&cloud, &own.to_string());
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project.imgctl(&words(&["start"])).succeeds().says("debian-12-generic-arm64");
    project.imgctl(&["destroy"]).succeeds();
}
