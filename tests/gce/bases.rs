//! The image to start from.

use crate::gce_server::GceServer;

const DEBIAN: &str = "projects/debian-cloud/global/images";
const UBUNTU: &str = "projects/ubuntu-os-cloud/global/images";

/// The image that the first instance is asked for with.
fn started_from(server: &GceServer, words: &[&str]) -> String {
    server.project("").succeeds(words);
    let asked = &server.calls("instances.insert")[0]["body"];
    asked["disks"][0]["initializeParams"]["sourceImage"].as_str().unwrap().to_owned()
}

#[test]
fn a_family_gives_its_newest_image_that_is_not_deprecated() {
    let server = GceServer::start();
    let image = started_from(&server, &["up"]);
    assert_eq!(image, format!("{DEBIAN}/debian-12-bookworm-v20261101"));
}

#[test]
fn a_prefix_gives_the_newest_one_through_empty_pages() {
    let server = GceServer::start();
    let image = started_from(&server, &["distribution:ubuntu1404", "up"]);
    assert_eq!(image, format!("{UBUNTU}/ubuntu-1404-trusty-v20150909a"));
    let pages = server.calls("images.list");
    assert!(pages.len() >= 3 && pages[1]["query"]["pageToken"] != "", "{pages:#?}");
}

#[test]
fn an_image_can_be_named_with_or_without_its_project() {
    for name in ["debian-11-bullseye-v20261101", "debian-cloud/debian-11-bullseye-v20261101"] {
        let server = GceServer::start();
        let image = started_from(&server, &[&format!("up:base={name}")]);
        assert_eq!(image, format!("{DEBIAN}/debian-11-bullseye-v20261101"));
    }
}

#[test]
fn of_images_with_one_prefix_the_one_for_the_machine_is_taken() {
    let server = GceServer::start();
    let base = "base={prefix: debian-12, project: debian-cloud}";
    let project = server.project("");
    project.succeeds(&["--set", base, "--set", "machine_type=t2a-standard-1", "up"]);
    let asked = server.calls("instances.insert")[0]["body"].clone();
    let image = asked["disks"][0]["initializeParams"]["sourceImage"].as_str().unwrap();
    assert_eq!(image, format!("{DEBIAN}/debian-12-bookworm-arm64-v20261110"));
}

#[test]
fn what_is_not_found_is_told_with_the_nearest_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    for (base, found) in [
        ("{family: debian-21, project: debian-cloud}", "debian-11, debian-12"),
        ("{prefix: ubuntu-1504, project: ubuntu-os-cloud}", "ubuntu-1404-trusty"),
        ("{name: centos-7-v20150711, project: centos-cloud}", "centos-7-v20150710"),
    ] {
        let told = project.fails(2, &["--set", &format!("base={base}"), "up"]);
        assert!(told.contains("there is no base image in us-central1"), "{told}");
        let hint = told.split("hint: ").nth(1).unwrap();
        assert!(found.split(", ").all(|name| hint.contains(name)), "{told}");
    }
    let told = project.fails(2, &["--set", "base={prefix: a, family: b}", "up"]);
    assert!(told.contains("exactly one of `family`, `prefix` and `name`"), "{told}");
    assert!(server.calls("instances.insert").is_empty());
}
