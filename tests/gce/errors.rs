//! Refusals, lost replies and servers that are down.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

fn refuse(call: &str, status: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "refuse", "match": call, "status": status, "reason": reason, "message": message})
}

#[test]
fn a_refusal_is_told_with_the_clouds_words_and_a_way_out() {
    let insert = "POST .*/instances$";
    let mut disabled =
        refuse(insert, 403, "accessNotConfigured", "Compute Engine API is disabled.");
    disabled["detail"] = json!("SERVICE_DISABLED");
    let permission = "Required 'compute.instances.create' permission for 'projects/test-project'";
    let quota = json!({"kind": "operation", "match": insert, "status": 403,
        "code": "QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded.  Limit: 8.0"});
    for (fault, words, hint) in [
        (disabled, "API is disabled", "gcloud services enable compute.googleapis.com"),
        (refuse(insert, 403, "forbidden", permission), permission, "docs/gce.md"),
        (quota, "QUOTA_EXCEEDED: Quota 'CPUS' exceeded", "ask for a higher quota"),
    ] {
        let server = GceServer::start();
        let project = server.project("");
        server.fault(fault);
        let told = project.fails(3, &["up"]);
        assert!(told.contains(words), "{told}");
        assert!(told.split("hint: ").nth(1).unwrap().contains(hint), "{told}");
        assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
        // The cause removed, the same command goes on.
        project.succeeds(&["up", "destroy"]);
    }
}

#[test]
fn a_server_that_is_down_for_a_moment_and_a_lost_reply_make_no_second_instance() {
    let server = GceServer::start();
    let project = server.project("");
    let mut down = refuse("POST .*/instances$", 503, "backendError", "try again");
    down["times"] = json!(2);
    server.fault(down);
    server.fault(json!({"kind": "lose", "match": "POST .*/instances$", "times": 1}));
    server.fault(json!({"kind": "lose", "match": "POST .*/images$", "times": 1}));
    project.succeeds(&["up", "create_image"]);
    assert_eq!(server.names("disks").len(), 1);
    assert_eq!(server.names("images").len(), 1);
    project.succeeds(&["destroy"]);
}

#[test]
fn too_many_calls_are_waited_for() {
    let server = GceServer::start();
    let project = server.project("");
    let mut rate = refuse("GET .*/images$", 403, "rateLimitExceeded", "Rate Limit Exceeded");
    rate["times"] = json!(2);
    server.fault(rate);
    project.succeeds(&["list_images"]);
}

#[test]
fn what_is_busy_for_a_moment_is_waited_for() {
    let server = GceServer::start();
    let project = server.project("");
    let mut busy = refuse(
        "POST .*/stop$",
        400,
        "resourceNotReady",
        "The resource 'projects/p/zones/z/instances/i' is not ready",
    );
    busy["times"] = json!(2);
    server.fault(busy);
    project.succeeds(&["up", "down", "destroy"]);
}

#[test]
fn a_setting_that_the_cloud_does_not_take_is_told_and_can_be_put_right() {
    let server = GceServer::start();
    let project = server.project("");
    let message = "Invalid value for field 'resource.machineType': 'zones/us-central1-a/\
                   machineTypes/e9-huge'. Machine type with name 'e9-huge' does not exist";
    server.fault(refuse("POST .*/instances$", 400, "invalid", message));
    let told = project.fails(2, &["--set", "machine_type=e9-huge", "up"]);
    assert!(told.contains("resource.machineType") && told.contains("a setting of"), "{told}");
    project.succeeds(&["up", "destroy"]);
}

#[test]
fn what_is_gone_already_is_no_error_for_destroy() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    server.ask("remove", json!({"kind": "instances"}));
    server.ask("remove", json!({"kind": "disks"}));
    project.succeeds(&["destroy"]);
    assert!(!project.has_state());
}

#[test]
fn a_tag_that_cannot_be_a_label_is_refused_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("    tags: {Team: Infrastructure}\n");
    let told = project.fails(2, &["up"]);
    assert!(told.contains("the tag `Team: Infrastructure` cannot be a label"), "{told}");
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn no_secret_is_shown_when_the_api_refuses() {
    let server = GceServer::start();
    let project = server.project("");
    let mut refused = refuse(".", 401, "authError", "invalid authentication credentials");
    refused["times"] = json!(5);
    server.fault(refused);
    let ran = project.imgctl(&["-v", "list_images"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("the token of the service account"), "{}", ran.stderr);
    for secret in ["ya29", "PRIVATE KEY", "-secret"] {
        assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
    }
}
