//! Requests that were on their way when imgctl was killed, and looks that do not show what exists.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const NOTHING: [String; 0] = [];
const KINDS: [&str; 3] = ["instances", "disks", "images"];

/// Runs `words` and kills imgctl while the matching call is on its way to Google, where it arrives some
/// seconds later.
fn killed_before(server: &GceServer, project: &CloudProject, call: &str, words: &[&str]) {
    server.fault(json!({"kind": "late", "match": call, "seconds": 4}));
    let mut process =
        project.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held = server.ask("held", json!({}));
    // SIGKILL.
    process.kill().unwrap();
    assert_eq!(process.wait().unwrap().code(), None);
    assert_eq!(held["held"], true, "no call matched {call}");
}

/// Google's answer for something that does not exist.
fn missed(call: &str, times: u32) -> Value {
    json!({"kind": "refuse", "match": call, "status": 404, "reason": "notFound", "times": times,
        "message": "The resource 'projects/test-project/zones/us-central1-a/instances/i' was not \
        found"})
}

#[test]
fn destroy_waits_for_an_instance_whose_request_is_on_its_way() {
    let server = GceServer::start();
    let project = server.project("");
    killed_before(&server, &project, "POST .*/instances$", &["up"]);
    assert!(server.calls("instances.insert").is_empty());
    project.imgctl(&["status"]).succeeds().says("requested").never_says("gone");

    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.calls("instances.insert").len(), 1, "it has arrived");
    for kind in KINDS {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
    assert!(!project.has_state());
}

#[test]
fn up_and_the_request_on_its_way_make_one_instance() {
    let server = GceServer::start();
    let project = server.project("");
    killed_before(&server, &project, "POST .*/instances$", &["up"]);
    project.imgctl(&["up", "bootstrap"]).succeeds();
    assert_eq!((server.names("instances").len(), server.names("disks").len()), (1, 1));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn destroy_waits_for_an_image_whose_request_is_on_its_way() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    killed_before(&server, &project, "POST .*/images$", &["create_image"]);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.calls("images.insert").len(), 1, "it has arrived");
    for kind in KINDS {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
}

#[test]
fn destroy_interrupted_while_it_waits_keeps_the_state() {
    let server = GceServer::start();
    let project = server.project("");
    killed_before(&server, &project, "POST .*/instances$", &["up"]);
    let seen = server.calls("zoneOperations.list").len();
    let mut process =
        project.command(&["destroy"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while server.calls("zoneOperations.list").len() == seen {
        assert!(process.try_wait().unwrap().is_none(), "it has not looked");
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(project.has_state());
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("instances"), NOTHING);
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn an_instance_that_some_looks_miss_is_neither_forgotten_nor_made_again() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(missed("GET .*/instances/[^/]+$", 3));
    project.imgctl(&["up"]).succeeds();
    assert_eq!(server.calls("instances.insert").len(), 1);
    for words in [&["status"][..], &["up"], &["ssh:true"], &["down"], &["up"], &["create_image"]] {
        server.fault(missed("GET .*/instances/[^/]+$", 3));
        project.imgctl(words).succeeds().never_says("gone").never_says("no longer exists");
    }
    assert_eq!(server.calls("instances.insert").len(), 1);
    assert_eq!((server.names("disks").len(), server.names("images").len()), (1, 1));
    server.fault(missed("(GET|DELETE) .*/disks/[^/]+$", 3));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(server.names("disks"), NOTHING);
}

#[test]
fn destroy_does_not_take_a_miss_for_gone() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    server.fault(missed("(GET|DELETE) .*/instances/[^/]+$", 3));
    server.fault(missed("(GET|DELETE) .*/disks/[^/]+$", 3));
    project.imgctl(&["destroy"]).succeeds();
    for kind in KINDS {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
}

#[test]
fn a_deletion_that_was_reported_and_not_carried_out_is_asked_for_again() {
    for call in ["DELETE .*/instances/", "DELETE .*/disks/", "DELETE .*/images/"] {
        let server = GceServer::start();
        let project = server.project("    image_from: stopped\n");
        project.imgctl(&["up", "create_image:name=agent"]).succeeds();
        server.fault(json!({"kind": "ignore", "match": call}));
        project.imgctl(&["destroy", "delete_image:agent"]).succeeds();
        for kind in KINDS {
            assert_eq!(server.names(kind), NOTHING, "{kind}");
        }
    }
}

#[test]
fn a_lost_reply_at_a_deletion_leaves_nothing() {
    for call in ["DELETE .*/instances/", "DELETE .*/disks/", "DELETE .*/images/"] {
        let server = GceServer::start();
        let project = server.project("    image_from: stopped\n");
        project.imgctl(&["up", "create_image:name=agent"]).succeeds();
        server.fault(json!({"kind": "lose", "match": call}));
        project.imgctl(&["destroy", "delete_image:agent"]).succeeds();
        for kind in KINDS {
            assert_eq!(server.names(kind), NOTHING, "{kind}");
        }
    }
}

#[test]
fn a_refusal_after_a_lost_reply_is_not_the_last_word() {
    let server = GceServer::start();
    let project = server.project("");
    // The first request has no answer and arrives late; the next ones are refused meanwhile.
    server.fault(json!({"kind": "lost", "match": "POST .*/instances$", "seconds": 3}));
    server.fault(json!({"kind": "refuse", "match": "POST .*/instances$", "status": 403,
        "reason": "quotaExceeded", "message": "Quota 'CPUS' exceeded.  Limit: 8.0"}));
    project.imgctl(&["up"]).fails(3).says("Quota 'CPUS' exceeded");
    assert_eq!(server.calls("instances.insert").len(), 2);
    for kind in KINDS {
        assert_eq!(server.names(kind), NOTHING, "{kind}");
    }
    project.imgctl(&["destroy"]).succeeds();
}
