//! The base image.

use crate::gce_server::GceServer;

const DEBIAN: &str = "projects/debian-cloud/global/images";
const UBUNTU: &str = "projects/ubuntu-os-cloud/global/images";

/// The image in the request for the first instance.
fn started_from(server: &GceServer, words: &[&str]) -> String {
    server.project("").imgctl(words).succeeds();
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

const ALL_DEPRECATED: &str = "base={prefix: ubuntu-1604, project: ubuntu-os-cloud}";

#[test]
fn the_images_of_2015_are_used_although_they_are_deprecated() {
    for (distribution, image) in [
        ("ubuntu1404", format!("{UBUNTU}/ubuntu-1404-trusty-v20150909a")),
        ("centos7", "projects/centos-cloud/global/images/centos-7-v20150710".to_owned()),
    ] {
        let server = GceServer::start();
        let word = format!("distribution:{distribution}");
        assert_eq!(started_from(&server, &["--set", "ssh.host_key=console", &word, "up"]), image);
        // These images read the keys under the older name.
        let items = server.calls("instances.insert")[0]["body"]["metadata"]["items"].clone();
        let of = |key: &str| {
            let mut items = items.as_array().unwrap().iter();
            items.find(|item| item["key"] == key).unwrap()["value"].clone()
        };
        assert_eq!(of("sshKeys"), of("ssh-keys"));
    }
}

#[test]
fn when_all_images_are_deprecated_the_error_says_how_to_use_one() {
    let server = GceServer::start();
    let project = server.project("");
    let newest = "ubuntu-1604-xenial-v20210429";
    project
        .imgctl(&["--set", ALL_DEPRECATED, "up"])
        .fails(2)
        .says("has no image ubuntu-1604* that is not deprecated")
        .says(&format!("all of them are deprecated, the newest usable one is {newest}"))
        .hints(&format!("`imgctl up:base=ubuntu-os-cloud/{newest}`"))
        .hints("`deprecated: true`");
    for base in [
        "base={prefix: ubuntu-1604, project: ubuntu-os-cloud, deprecated: true}",
        "base={family: ubuntu-1604-lts, project: ubuntu-os-cloud, deprecated: true}",
    ] {
        project.imgctl(&["--set", base, "up"]).succeeds();
        let asked = server.calls("instances.insert").pop().unwrap();
        let image = &asked["body"]["disks"][0]["initializeParams"]["sourceImage"];
        assert_eq!(*image, format!("{UBUNTU}/{newest}"));
        project.imgctl(&["destroy"]).succeeds();
    }
    project.imgctl(&[&format!("up:base=ubuntu-os-cloud/{newest}"), "destroy"]).succeeds();
}

#[test]
fn a_withdrawn_image_is_refused_before_anything_is_requested() {
    let server = GceServer::start();
    let project = server.project("");
    project
        .imgctl(&["up:base=ubuntu-os-cloud/ubuntu-1404-trusty-v20151113"])
        .fails(2)
        .says("can no longer be used")
        .says("obsolete")
        .hints("`imgctl up:base=ubuntu-os-cloud/ubuntu-1404-trusty-v20190514`");
    assert!(server.calls("instances.insert").is_empty());
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
fn a_prefix_gives_the_image_for_the_architecture_of_the_machine() {
    let server = GceServer::start();
    let base = "base={prefix: debian-12, project: debian-cloud}";
    let project = server.project("");
    project.imgctl(&["--set", base, "--set", "machine_type=t2a-standard-1", "up"]).succeeds();
    let asked = server.calls("instances.insert")[0]["body"].clone();
    let image = asked["disks"][0]["initializeParams"]["sourceImage"].as_str().unwrap();
    assert_eq!(image, format!("{DEBIAN}/debian-12-bookworm-arm64-v20261110"));
}

#[test]
fn an_image_of_another_architecture_is_refused_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    for (base, machine_type, near) in [
        ("{name: debian-12-bookworm-v20261101, project: debian-cloud}", "t2a-standard-1", "arm64"),
        ("{family: debian-11, project: debian-cloud}", "t2a-standard-1", "debian-12-arm64"),
        (
            "{family: debian-12-arm64, project: debian-cloud}",
            "e2-standard-2",
            "debian-12, debian-11",
        ),
    ] {
        let (base, machine) = (format!("base={base}"), format!("machine_type={machine_type}"));
        project
            .imgctl(&["--set", &base, "--set", &machine, "up"])
            .fails(2)
            .says(&format!("the machine type {machine_type} is"))
            .hints(near);
    }
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn the_nearest_families_are_named_once_and_can_run() {
    let server = GceServer::start();
    let project = server.project("");
    // One of the family's images is deprecated, and another family is for ARM.
    project
        .imgctl(&["--set", "base={family: debian-21, project: debian-cloud}", "up"])
        .fails(2)
        .hints("choose one of the nearest: debian-12, debian-11")
        .never_says("debian-12 (deprecated)")
        .never_says("arm64");
}

#[test]
fn a_missing_base_image_is_reported_with_the_nearest_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    for (base, found) in [
        ("{family: debian-21, project: debian-cloud}", "debian-11, debian-12"),
        ("{prefix: ubuntu-1504, project: ubuntu-os-cloud}", "ubuntu-1404-trusty"),
        ("{name: centos-7-v20150711, project: centos-cloud}", "centos-7-v20150710"),
    ] {
        let mut ran = project
            .imgctl(&["--set", &format!("base={base}"), "up"])
            .fails(2)
            .says("no base image found for us-central1");
        for name in found.split(", ") {
            ran = ran.hints(name);
        }
    }
    project
        .imgctl(&["--set", "base={prefix: a, family: b}", "up"])
        .fails(2)
        .says("exactly one of `family`, `prefix` and `name`");
    assert!(server.calls("instances.insert").is_empty());
}
