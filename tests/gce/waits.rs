//! Changes that Google has begun and whose operations cannot be looked at: they go on all the same.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

const NOTHING: [String; 0] = [];

/// Google's answer to `operations.wait` of an account that may change things and not look at
/// operations.
fn hidden(below: &str) -> Value {
    json!({"kind": "refuse", "match": format!("{below}/operations/[^/]+/wait$"), "status": 403,
        "reason": "forbidden", "message": "Required 'compute.zoneOperations.get' permission for \
        'projects/test-project/zones/us-central1-a/operations/operation-1'"})
}

/// Operations are not found everywhere at once: Google's own clients ask again after such a 404.
fn unknown(times: u32) -> Value {
    json!({"kind": "refuse", "match": "/operations/[^/]+/wait$", "status": 404, "times": times,
        "reason": "notFound", "message": "The resource 'projects/test-project/zones/\
        us-central1-a/operations/operation-1' was not found"})
}

#[test]
fn an_operation_that_is_not_known_yet_is_waited_for() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(unknown(3));
    project.succeeds(&["up", "bootstrap"]);
    assert_eq!(server.calls("instances.insert").len(), 1);
    // The first is that of the instance's deletion.
    server.fault(unknown(2));
    project.succeeds(&["create_image"]);
    let image = server.only("images")["name"].as_str().unwrap().to_owned();
    server.fault(unknown(2));
    project.succeeds(&["destroy"]);
    assert_eq!((server.names("disks"), server.names("images")), (NOTHING.to_vec(), vec![image]));
}

#[test]
fn an_instance_whose_operation_cannot_be_seen_is_found_by_the_next_up() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(hidden("zones/[^/]+"));
    let told = project.fails(3, &["up"]);
    assert!(told.contains("'compute.zoneOperations.get' permission"), "{told}");
    assert!(told.contains("the same command goes on with it"), "{told}");

    project.succeeds(&["up", "bootstrap"]);
    assert_eq!((server.names("instances").len(), server.names("disks").len()), (1, 1));
    let asked = server.calls("instances.insert");
    let ids: Vec<&Value> = asked.iter().map(|call| &call["query"]["requestId"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    project.succeeds(&["destroy"]);
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn an_instance_whose_operation_cannot_be_seen_goes_with_destroy() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(hidden("zones/[^/]+"));
    project.fails(3, &["up"]);
    // Nor is it taken for gone when its end cannot be seen either.
    server.fault(hidden("zones/[^/]+"));
    project.fails(3, &["destroy"]);
    assert!(project.has_state());
    project.succeeds(&["destroy"]);
    assert_eq!((server.names("instances"), server.names("disks")), (vec![], vec![]));
}

#[test]
fn an_image_whose_operation_cannot_be_seen_stays() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    server.fault(hidden("global"));
    let told = project.fails(3, &["create_image"]);
    assert!(told.contains("was begun and cannot be followed"), "{told}");
    let begun = server.calls("images.insert")[0]["body"]["name"].clone();
    let told = project.succeeds(&["create_image"]);
    assert_eq!(server.only("images")["name"], begun, "{told}");
    assert!(server.calls("images.delete").is_empty());
    project.succeeds(&["destroy"]);
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn destroy_removes_an_instance_of_the_run_whose_disk_alone_is_written_down() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    let path = project.path().join(".state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let things = state["resources"].as_array_mut().unwrap();
    things.retain(|thing| thing["kind"] != "instance");
    assert_eq!(things.len(), 1);
    std::fs::write(&path, state.to_string()).unwrap();
    project.succeeds(&["destroy"]);
    assert_eq!((server.names("instances"), server.names("disks")), (vec![], vec![]));
}
