//! What is listed, and when.

use std::os::unix::fs::PermissionsExt;

use super::{images, manifest};
use crate::project::Project;

#[test]
fn an_image_is_listed_with_what_it_was_made_of() {
    let project = Project::new();
    project.imgctl(&["up", "create_image:name=agent-1"]).succeeds();
    assert_eq!(manifest(&project)["version"], 1);
    let [image] = &images(&project)[..] else { panic!("{:?}", images(&project)) };
    for (key, wanted) in [
        ("id", "img-3"),
        ("name", "agent-1"),
        ("cloud", "fake"),
        ("region", ""),
        ("distribution", "debian12"),
        ("imgctl", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(image[key], wanted, "{image:#}");
    }
    assert_eq!(image["base"]["id"], "img-debian12");
    assert_eq!(image["base"]["name"], "debian12");
    assert!(image["base"]["created"].as_str().unwrap().starts_with("2026-"), "{image:#}");
    assert_eq!(image["run"], super::state(&project)["run"]);
    assert!(image["scripts"].as_str().unwrap().starts_with("sha256:"), "{image:#}");
    assert!(image["by"].as_str().unwrap().contains('@'), "{image:#}");
    assert_eq!(image.get("verified"), None);
    let text = std::fs::read_to_string(project.path().join("images.json")).unwrap();
    let machine_id = project.world()["images"]["img-debian12"].to_string();
    assert!(!text.contains("PRIVATE") && !text.contains(&machine_id), "{text}");
    let mode = std::fs::metadata(project.path().join("images.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "others read it");

    // It outlives the run, and the image.
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(images(&project).len(), 1);
    project.imgctl(&["delete_image:img-3"]).succeeds();
    assert!(images(&project)[0]["deleted"].as_str().unwrap().starts_with("20"));
}

#[test]
fn another_script_has_another_digest() {
    let project = Project::new();
    project.imgctl(&["up", "create_image"]).succeeds();
    project.write("scripts/bootstrap.rhai", "//! Mine.\n");
    project.imgctl(&["up", "create_image", "up", "create_image"]).succeeds();
    let digests: Vec<_> = images(&project).into_iter().map(|it| it["scripts"].clone()).collect();
    assert_ne!(digests[0], digests[1]);
    assert_eq!(digests[1], digests[2]);
}

#[test]
fn builds_side_by_side_are_listed_in_one_file() {
    let project = Project::new();
    project.imgctl(&["bake", "--distribution", "debian12,debian13,centos7,rocky9"]).succeeds();
    let images = images(&project);
    let mut found: Vec<_> = images.iter().map(|it| it["distribution"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["centos7", "debian12", "debian13", "rocky9"]);
    for image in &images {
        assert_eq!(image["verified"]["run"], image["run"], "{image:#}");
    }
    assert!(!project.path().join("images.json.lock").exists());
}

#[test]
fn what_other_machines_have_listed_is_collected() {
    let other = Project::new();
    other.imgctl(&["bake", "--distribution", "debian12,centos7"]).succeeds();
    let project = Project::new();
    project.write("images.json", r#"{"version": 1, "owner": "us", "images": []}"#);
    let folder = other.path().join(".imgctl").display().to_string();
    for _ in 0..2 {
        project.imgctl(&["matrix", "collect", &folder]).succeeds();
        assert_eq!(images(&project).len(), 2);
        assert_eq!(manifest(&project)["owner"], "us", "what others add is kept");
    }
    let mut theirs = images(&other);
    let mut ours = images(&project);
    let by_id = |image: &serde_json::Value| image["id"].to_string();
    theirs.sort_by_key(by_id);
    ours.sort_by_key(by_id);
    assert_eq!(ours, theirs);
}

#[test]
fn a_copy_is_listed_with_its_source() {
    let project = Project::new();
    project.imgctl(&["up", "create_image", "copy_image:newest,regions=north south"]).succeeds();
    let images = images(&project);
    assert_eq!(images.len(), 3);
    let regions: Vec<_> =
        images[0]["copies"].as_array().unwrap().iter().map(|it| &it["region"]).collect();
    assert_eq!(regions, ["north", "south"]);
    for copy in &images[1..] {
        assert_eq!(copy["copy_of"]["id"], images[0]["id"]);
        assert_eq!(copy["base"], images[0]["base"]);
    }
}

#[test]
fn the_file_is_chosen_and_switched_off_by_settings() {
    let project = Project::new();
    project.imgctl(&["--set", "manifest.enabled=false", "up", "create_image"]).succeeds();
    assert!(!project.path().join("images.json").exists());
    let ran = project.imgctl(&["--set", "manifest.file=lists/all.json", "up"]).fails(2);
    ran.says("lists").hints("create the folder");
    project.write("lists/other", "");
    project.imgctl(&["--set", "manifest.file=lists/all.json", "up", "create_image"]).succeeds();
    assert!(project.path().join("lists/all.json").exists());
    project.imgctl(&["--set", "manifest.fiel=a.json", "status"]).fails(2).hints("file");
}

#[test]
fn scripts_read_it_and_add_what_they_know() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image:name=agent-1"]).succeeds();
    let add = "print(manifest::add(\"newest\", #{ ticket: \"CI-123\" }))";
    assert_eq!(project.imgctl(&["run", "-e", add]).succeeds().stdout, "true\n");
    let read = "print(manifest::image(\"newest\").ticket); print(manifest::images().len())";
    assert_eq!(project.imgctl(&["run", "-e", read]).succeeds().stdout, "CI-123\n1\n");
    let wrong = "manifest::add(\"newest\", #{ verified: true })";
    project.imgctl(&["run", "-e", wrong]).fails(2).says("written by imgctl");
    // Nothing of it is lost when imgctl writes the entry again.
    project.imgctl(&["verify_image"]).succeeds();
    assert_eq!(images(&project)[0]["ticket"], "CI-123");
}
