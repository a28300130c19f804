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
    let with_detail = |mut fault: Value, detail: &str| {
        fault["detail"] = json!(detail);
        fault
    };
    let scopes = "Request had insufficient authentication scopes.";
    let narrow = refuse(insert, 403, "insufficientPermissions", scopes);
    let narrow = with_detail(narrow, "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    let billing = "This API method requires billing to be enabled.";
    let unpaid = with_detail(refuse(insert, 403, "forbidden", billing), "BILLING_DISABLED");
    let of =
        |policy: &str| format!("Constraint constraints/compute.{policy} violated for project p");
    let address = of("vmExternalIpAccess");
    let login = of("requireOsLogin");
    // Some permissions are looked at only when the operation is carried out.
    let actor = "Required 'compute.subnetworks.use' permission for 'projects/p/s'";
    let later = json!({"kind": "operation", "match": insert, "status": 403,
        "code": "PERMISSION_DENIED", "message": actor});
    for (fault, words, hint) in [
        (narrow, scopes, "--scopes=cloud-platform"),
        (unpaid, billing, "link a billing account"),
        (refuse(insert, 412, "conditionNotMet", &address), &address, "external_address: false"),
        (refuse(insert, 412, "conditionNotMet", &login), &login, "OS Login"),
        (later, actor, "the identity of the service account baker@"),
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
fn a_limit_on_the_calls_of_a_minute_is_not_hammered() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(json!({"kind": "rate", "match": "GET .*/images$", "seconds": 4}));
    project.succeeds(&["list_images"]);
    let refused = server.calls("images.list").iter().filter(|call| call["status"] == 403).count();
    assert!((1..=3).contains(&refused), "{refused} calls in 4 seconds");
}

#[test]
fn a_limit_that_says_how_long_it_lasts_is_kept() {
    let server = GceServer::start();
    let project = server.project("");
    let limit = json!({"kind": "rate", "match": "GET .*/images$", "seconds": 3, "status": 429});
    server.fault(limit);
    project.succeeds(&["list_images"]);
    let refused = server.calls("images.list").iter().filter(|call| call["status"] == 429).count();
    assert_eq!(refused, 1);
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
    let message = "Invalid value for field 'resource.disks[0].initializeParams.diskType': \
                   'zones/us-central1-a/diskTypes/pd-fast'. The URL is malformed.";
    server.fault(refuse("POST .*/instances$", 400, "invalid", message));
    let told = project.fails(2, &["--set", "disk.type=pd-fast", "up"]);
    assert!(told.contains("diskTypes/pd-fast") && told.contains("a setting of"), "{told}");
    project.succeeds(&["up", "destroy"]);
}

#[test]
fn what_the_image_would_be_refused_for_is_told_before_the_instance_is_deleted() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    for (setting, told) in [
        ("image_family=CI Agents", "lower-case letters, digits and hyphens"),
        ("storage_location=us-central1-a", "a region such as europe-west4"),
    ] {
        let ran = project.fails(2, &["--set", setting, "create_image"]);
        assert!(ran.contains(told), "{ran}");
    }
    assert!(server.calls("instances.delete").is_empty());
    project.succeeds(&["destroy"]);
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

#[test]
fn where_the_api_is_not_nothing_is_taken_for_gone() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    let wrong = format!("endpoint={}/", server.url);
    for task in ["destroy", "up", "list_images"] {
        let told = project.fails(2, &["--set", &wrong, task]);
        assert!(told.contains("is clouds.gce.endpoint the address"), "{told}");
    }
    assert!(project.has_state());
    project.succeeds(&["destroy"]);
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn a_permission_that_is_missing_for_the_host_key_is_told_at_once() {
    let server = GceServer::start();
    let project = server.project("");
    let permission = "Required 'compute.instances.getGuestAttributes' permission for 'i'";
    server.fault(refuse("getGuestAttributes", 403, "forbidden", permission));
    let told = project.fails(3, &["up"]);
    assert!(told.contains(permission), "{told}");
    // A policy against guest attributes is another matter: the console tells the key.
    let disabled = "Guest attributes endpoint access is disabled.";
    let mut refused = refuse("getGuestAttributes", 403, "forbidden", disabled);
    refused["times"] = json!(1000);
    server.fault(refused);
    project.succeeds(&["up", "ssh:true", "destroy"]);
}
