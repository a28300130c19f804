//! Changes that Google has started and whose operations cannot be read: the changes continue.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

const NOTHING: [String; 0] = [];

/// Google's answer to `operations.wait` for an account without the permission to read operations.
fn hidden(below: &str) -> Value {
    json!({"kind": "refuse", "match": format!("{below}/operations/[^/]+/wait$"), "status": 403,
        "reason": "forbidden", "message": "Required 'compute.zoneOperations.get' permission for \
        'projects/test-project/zones/us-central1-a/operations/operation-1'"})
}

/// Not all of Google's servers know an operation at once: its own clients repeat the call after this 404.
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
    project.imgctl(&["up", "bootstrap"]).succeeds();
    assert_eq!(server.calls("instances.insert").len(), 1);
    // The first is that of the instance's stop.
    server.fault(unknown(2));
    project.imgctl(&["create_image"]).succeeds();
    let image = server.only("images")["name"].as_str().unwrap().to_owned();
    server.fault(unknown(2));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!((server.names("disks"), server.names("images")), (NOTHING.to_vec(), vec![image]));
}

#[test]
fn an_instance_whose_operation_cannot_be_read_is_found_by_the_next_up() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(hidden("zones/[^/]+"));
    project
        .imgctl(&["up"])
        .fails(3)
        .says("'compute.zoneOperations.get' permission")
        .hints("run the same command again to continue");

    project.imgctl(&["up", "bootstrap"]).succeeds();
    assert_eq!((server.names("instances").len(), server.names("disks").len()), (1, 1));
    let asked = server.calls("instances.insert");
    let ids: Vec<&Value> = asked.iter().map(|call| &call["query"]["requestId"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn an_instance_whose_operation_cannot_be_read_is_removed_by_destroy() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(hidden("zones/[^/]+"));
    project.imgctl(&["up"]).fails(3);
    // It is not taken for gone when its deletion cannot be followed either.
    server.fault(hidden("zones/[^/]+"));
    project.imgctl(&["destroy"]).fails(3);
    assert!(project.has_state());
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!((server.names("instances"), server.names("disks")), (vec![], vec![]));
}

#[test]
fn an_image_whose_operation_cannot_be_read_is_kept() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    server.fault(hidden("global"));
    project.imgctl(&["create_image"]).fails(3).says("has started and cannot be followed");
    let begun = server.calls("images.insert")[0]["body"]["name"].clone();
    project.imgctl(&["create_image"]).succeeds();
    assert_eq!(server.only("images")["name"], begun);
    assert!(server.calls("images.delete").is_empty());
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn trouble_while_an_operation_is_followed_does_not_end_the_wait() {
    let server = GceServer::start();
    let project = server.project("");
    for (status, reason) in
        [(503, "backendError"), (500, "internalError"), (429, "rateLimitExceeded")]
    {
        server.fault(json!({"kind": "refuse", "match": "/operations/[^/]+/wait$", "times": 5,
            "status": status, "reason": reason, "message": "try again later"}));
        server.fault(json!({"kind": "lose", "match": "/operations/[^/]+/wait$", "times": 3}));
        project.imgctl(&["up", "create_image", "destroy"]).succeeds();
    }
    let asked = server.calls("instances.insert").len() + server.calls("images.insert").len();
    assert_eq!(asked, 6, "each is made once");
    assert_eq!((server.names("instances").len(), server.names("disks").len()), (0, 0));
    assert_eq!(server.names("images").len(), 3);
}

#[test]
fn destroy_removes_an_instance_of_which_only_the_disk_is_recorded() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let path = project.path().join(".state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let things = state["resources"].as_array_mut().unwrap();
    things.retain(|thing| thing["kind"] != "instance");
    assert_eq!(things.len(), 1);
    std::fs::write(&path, state.to_string()).unwrap();
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!((server.names("instances"), server.names("disks")), (vec![], vec![]));
}
