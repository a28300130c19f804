//! SIGKILL after the cloud has taken a request on: the next command finds what there is.

use std::process::Stdio;

use serde_json::json;

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

/// Runs `words` and kills imgctl when the server has carried out the call that matches, and before
/// it has replied.
fn killed_at(server: &GceServer, project: &CloudProject, call: &str, words: &[&str]) {
    server.fault(json!({"kind": "hold", "match": call}));
    let mut process =
        project.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held = server.ask("held", json!({}));
    // SIGKILL.
    process.kill().unwrap();
    assert_eq!(process.wait().unwrap().code(), None);
    server.ask("release", json!({}));
    assert_eq!(held["held"], true, "no call matched {call}");
}

const INSERT_INSTANCE: &str = "POST .*/instances$";
const INSERT_IMAGE: &str = "POST .*/images$";
const DELETE_INSTANCE: &str = "DELETE .*/instances/";
const NOTHING: [String; 0] = [];

#[test]
fn after_the_instance_was_asked_for_up_finds_it() {
    let server = GceServer::start();
    let project = server.project("");
    killed_at(&server, &project, INSERT_INSTANCE, &["up"]);
    // The operation is pending: nothing can be seen yet.
    assert_eq!(server.names("instances"), NOTHING);

    project.succeeds(&["up", "bootstrap"]);
    let name = server.only("instances")["name"].clone();
    assert_eq!(server.only("disks")["name"], name);
    let asked = server.calls("instances.insert");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["query"]["requestId"], asked[1]["query"]["requestId"]);
    project.succeeds(&["destroy"]);
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn an_instance_that_was_half_made_and_fails_after_all_gives_way_to_the_next_zone() {
    let server = GceServer::start();
    let project = server.project("    operation_timeout: 30s\n");
    server
        .fault(json!({"kind": "operation", "match": INSERT_INSTANCE, "status": 503, "late": true,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "The zone has not enough resources"}));
    killed_at(&server, &project, "/operations/[^/]+/wait$", &["up"]);
    assert_eq!(server.only("instances")["status"], "PROVISIONING");

    project.succeeds(&["up", "ssh:true"]);
    let (instance, disk) = (server.only("instances"), server.only("disks"));
    for thing in [instance, disk] {
        assert!(thing["zone"].as_str().unwrap().ends_with("/us-central1-b"), "{thing}");
    }
    project.succeeds(&["destroy"]);
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn after_the_instance_was_asked_for_destroy_leaves_nothing() {
    let server = GceServer::start();
    let project = server.project("");
    killed_at(&server, &project, INSERT_INSTANCE, &["up"]);
    project.succeeds(&["destroy"]);
    // It waited for what was on its way.
    assert_eq!(server.names("instances"), NOTHING);
    assert_eq!(server.names("disks"), NOTHING);
    let history = server.ask("operations", json!({}));
    let done = |states: &serde_json::Value| states.as_array().unwrap().last().unwrap() == "DONE";
    assert!(history.as_object().unwrap().values().all(done), "{history}");
    assert!(!project.has_state());
}

#[test]
fn after_the_instance_was_deleted_for_an_image_the_image_is_made_of_its_disk() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up", "bootstrap"]);
    killed_at(&server, &project, DELETE_INSTANCE, &["create_image"]);
    assert_eq!(server.names("images"), NOTHING);

    let told = project.succeeds(&["create_image"]);
    assert_eq!(server.names("instances"), NOTHING);
    let image = server.only("images")["name"].as_str().unwrap().to_owned();
    assert!(told.contains(&format!("created server image: {image}")), "{told}");
    project.succeeds(&["destroy"]);
    assert_eq!((server.names("disks"), server.names("images")), (NOTHING.to_vec(), vec![image]));
}

#[test]
fn after_the_image_was_asked_for_it_is_found_again() {
    for settings in ["", "    image_from: stopped\n"] {
        let server = GceServer::start();
        let project = server.project(settings);
        project.succeeds(&["up"]);
        killed_at(&server, &project, INSERT_IMAGE, &["create_image"]);
        if settings.is_empty() {
            let told = project.fails(2, &["up"]);
            assert!(told.contains("run `imgctl create_image` to finish the image"), "{told}");
        }

        // Another name by now, since names have the time in them: the one that was begun counts.
        let told = project.succeeds(&["create_image:name=another"]);
        let image = server.only("images")["name"].as_str().unwrap().to_owned();
        assert!(image.starts_with("imgctl-debian12-"), "{image}");
        assert!(told.contains(&format!("created server image: {image}")), "{told}");
        project.succeeds(&["verify_image", "destroy"]);
        assert_eq!(server.names("instances"), NOTHING);
        assert_eq!(
            (server.names("disks"), server.names("images")),
            (NOTHING.to_vec(), vec![image])
        );
    }
}

#[test]
fn an_image_that_was_begun_and_not_finished_goes_with_destroy() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    killed_at(&server, &project, INSERT_IMAGE, &["create_image"]);
    project.succeeds(&["destroy"]);
    for kind in ["instances", "disks", "images"] {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
}

#[test]
fn gc_finds_what_a_lost_state_file_knew() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    let stays = project.succeeds(&["gc"]);
    assert!(!stays.contains("disk"), "younger than a day: {stays}");
    let told = project.succeeds(&["gc", "--older-than", "0s", "--yes"]);
    assert!(told.contains("instance") && told.contains("disk"), "{told}");
    assert_eq!(server.names("instances"), NOTHING);
    assert_eq!(server.names("disks"), NOTHING);
}
