//! SIGKILL after Google has accepted a request: the next command finds what exists.

use std::process::Stdio;

use serde_json::json;

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

/// Runs `words` and kills imgctl after the server has carried out the matching call, and before it has
/// replied.
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
fn up_finds_an_instance_that_was_requested() {
    let server = GceServer::start();
    let project = server.project("");
    killed_at(&server, &project, INSERT_INSTANCE, &["up"]);
    // The operation is pending: nothing is visible yet.
    assert_eq!(server.names("instances"), NOTHING);

    project.imgctl(&["up", "bootstrap"]).succeeds();
    let name = server.only("instances")["name"].clone();
    assert_eq!(server.only("disks")["name"], name);
    let asked = server.calls("instances.insert");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["query"]["requestId"], asked[1]["query"]["requestId"]);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn an_instance_that_fails_in_the_making_is_requested_in_the_next_zone() {
    let server = GceServer::start();
    let project = server.project("    operation_timeout: 30s\n");
    server
        .fault(json!({"kind": "operation", "match": INSERT_INSTANCE, "status": 503, "late": true,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "The zone has not enough resources"}));
    killed_at(&server, &project, "/operations/[^/]+/wait$", &["up"]);
    assert_eq!(server.only("instances")["status"], "PROVISIONING");

    project.imgctl(&["up", "ssh:true"]).succeeds();
    let (instance, disk) = (server.only("instances"), server.only("disks"));
    for thing in [instance, disk] {
        assert!(thing["zone"].as_str().unwrap().ends_with("/us-central1-b"), "{thing}");
    }
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn destroy_removes_an_instance_that_was_requested() {
    let server = GceServer::start();
    let project = server.project("");
    killed_at(&server, &project, INSERT_INSTANCE, &["up"]);
    project.imgctl(&["destroy"]).succeeds();
    // It waited for the operation.
    assert_eq!(server.names("instances"), NOTHING);
    assert_eq!(server.names("disks"), NOTHING);
    let history = server.ask("operations", json!({}));
    let done = |states: &serde_json::Value| states.as_array().unwrap().last().unwrap() == "DONE";
    assert!(history.as_object().unwrap().values().all(done), "{history}");
    assert!(!project.has_state());
}

#[test]
fn create_image_continues_where_its_instance_was_stopped_or_deleted() {
    for (call, images) in [("POST .*/instances/[^/]+/stop$", 0), (DELETE_INSTANCE, 1)] {
        create_image_killed_at(call, images);
    }
}

/// There are as many images by then.
fn create_image_killed_at(call: &str, images: usize) {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up", "bootstrap"]).succeeds();
    killed_at(&server, &project, call, &["create_image"]);
    assert_eq!(server.names("images").len(), images);

    let ran = project.imgctl(&["create_image"]).succeeds();
    assert_eq!(server.names("instances"), NOTHING);
    let image = server.only("images")["name"].as_str().unwrap().to_owned();
    ran.says(&format!("created server image: {image}"));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!((server.names("disks"), server.names("images")), (NOTHING.to_vec(), vec![image]));
}

#[test]
fn create_image_finds_an_image_that_was_requested() {
    for settings in ["", "    image_from: stopped\n"] {
        let server = GceServer::start();
        let project = server.project(settings);
        project.imgctl(&["up"]).succeeds();
        killed_at(&server, &project, INSERT_IMAGE, &["create_image"]);

        // Names contain the time, so a second command has another one: the first name is kept.
        let ran = project.imgctl(&["create_image:name=another"]).succeeds();
        let image = server.only("images")["name"].as_str().unwrap().to_owned();
        assert!(image.starts_with("imgctl-debian12-"), "{image}");
        ran.says(&format!("created server image: {image}"));
        project.imgctl(&["verify_image", "destroy"]).succeeds();
        assert_eq!(server.names("instances"), NOTHING);
        assert_eq!(
            (server.names("disks"), server.names("images")),
            (NOTHING.to_vec(), vec![image])
        );
    }
}

#[test]
fn destroy_removes_an_unfinished_image() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    killed_at(&server, &project, INSERT_IMAGE, &["create_image"]);
    project.imgctl(&["destroy"]).succeeds();
    for kind in ["instances", "disks", "images"] {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
}

#[test]
fn gc_finds_the_resources_of_a_lost_state_file() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    // They are younger than a day.
    project.imgctl(&["gc"]).succeeds().never_says("disk");
    project.imgctl(&["gc", "--older-than", "0s", "--yes"]).succeeds().says("instance").says("disk");
    assert_eq!(server.names("instances"), NOTHING);
    assert_eq!(server.names("disks"), NOTHING);
}
