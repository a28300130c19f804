//! When an image counts as tried.

use super::{images, state};
use crate::project::Project;

#[test]
fn an_image_that_passes_is_recorded_as_verified() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image"]).succeeds();
    project.imgctl(&["status"]).succeeds().never_says("verified");
    project.imgctl(&["verify_image"]).succeeds().says("the machine has an id of its own");
    let proof = images(&project)[0]["verified"].clone();
    assert_eq!(proof["run"], state(&project)["run"]);
    assert_eq!(proof, state(&project)["images"][0]["verified"]);
    project.imgctl(&["status"]).succeeds().says(", verified 20");
}

#[test]
fn an_image_whose_tests_fail_is_not() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image"]).succeeds();
    project.write("scripts/tests.rhai", "//! Fail.\nlet given = args::text(); throw \"no\";\n");
    project.imgctl(&["verify_image"]).fails(1);
    assert_eq!(images(&project)[0].get("verified"), None);
    let ask = "print(cloud::verified(\"newest\") == ())";
    assert_eq!(project.imgctl(&["run", "-e", ask]).succeeds().stdout, "true\n");
}

#[test]
fn an_image_is_verified_long_after_its_run_has_ended() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image", "destroy"]).succeeds();
    let id = images(&project)[0]["id"].as_str().unwrap().to_owned();
    project.imgctl(&[&format!("verify_image:id={id}")]).succeeds();
    assert!(images(&project)[0]["verified"]["at"].is_string());
    // What was begun for this alone has ended.
    assert!(!project.path().join(".state.json").exists());
    assert!(project.debris().is_empty());
    project.imgctl(&["verify_image"]).fails(1).says("no image yet");
}

#[test]
fn an_image_that_is_not_listed_is_listed_once_it_passed() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image", "destroy"]).succeeds();
    let id = images(&project)[0]["id"].as_str().unwrap().to_owned();
    std::fs::remove_file(project.path().join("images.json")).unwrap();
    let ran = project.imgctl(&[&format!("verify_image:id={id}")]).succeeds();
    // What it was made of is not known; the rest is looked at all the same.
    ran.never_says("host key is that of the build").says("there are no files of imgctl");
    let image = &images(&project)[0];
    assert_eq!(image["id"], *id);
    assert!(image["verified"]["at"].is_string(), "{image:#}");
}

#[test]
fn copies_are_proven_with_their_source() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "create_image"]).succeeds();
    project.imgctl(&["copy_image:newest,regions=north"]).succeeds();
    project.imgctl(&["verify_image"]).succeeds();
    project.imgctl(&["copy_image:newest,regions=south"]).succeeds();
    let all = images(&project);
    let source = &all[0];
    assert!(source["verified"]["at"].is_string() && source["verified"].get("image").is_none());
    for copy in &all[1..] {
        assert_eq!(copy["verified"]["at"], source["verified"]["at"], "{copy:#}");
        assert_eq!(copy["verified"]["image"], source["id"], "{copy:#}");
    }
    let ask = format!("print(cloud::verified({}).image)", all[1]["id"]);
    let ran = project.imgctl(&["region:north", "--state", "other.json", "run", "-e", &ask]);
    assert_eq!(ran.succeeds().stdout.trim(), source["id"].as_str().unwrap());
}
