//! Refusals, lost replies and unavailable servers.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

fn refuse(call: &str, status: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "refuse", "match": call, "status": status, "reason": reason, "message": message})
}

#[test]
fn a_refusal_is_shown_with_googles_words_and_a_hint() {
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
    // Some permissions are checked only when the operation is carried out.
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
        (quota, "QUOTA_EXCEEDED: Quota 'CPUS' exceeded", "request a higher quota"),
    ] {
        let server = GceServer::start();
        let project = server.project("");
        server.fault(fault);
        project.imgctl(&["up"]).fails(3).says(words).hints(hint);
        assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
        // With the cause removed, the same command succeeds.
        project.imgctl(&["up", "destroy"]).succeeds();
    }
}

#[test]
fn an_unavailable_server_and_a_lost_reply_make_no_second_instance() {
    let server = GceServer::start();
    let project = server.project("");
    let mut down = refuse("POST .*/instances$", 503, "backendError", "try again");
    down["times"] = json!(2);
    server.fault(down);
    server.fault(json!({"kind": "lose", "match": "POST .*/instances$", "times": 1}));
    server.fault(json!({"kind": "lose", "match": "POST .*/images$", "times": 1}));
    project.imgctl(&["up", "create_image"]).succeeds();
    assert_eq!(server.names("disks").len(), 1);
    assert_eq!(server.names("images").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_rate_limit_is_waited_for() {
    let server = GceServer::start();
    let project = server.project("");
    let mut rate = refuse("GET .*/images$", 403, "rateLimitExceeded", "Rate Limit Exceeded");
    rate["times"] = json!(2);
    server.fault(rate);
    project.imgctl(&["list_images"]).succeeds();
}

#[test]
fn calls_over_the_rate_limit_are_spaced_out() {
    let server = GceServer::start();
    let project = server.project("");
    server.fault(json!({"kind": "rate", "match": "GET .*/images$", "seconds": 4}));
    project.imgctl(&["list_images"]).succeeds();
    let refused = server.calls("images.list").iter().filter(|call| call["status"] == 403).count();
    assert!((1..=3).contains(&refused), "{refused} calls in 4 seconds");
}

#[test]
fn retry_after_is_respected() {
    let server = GceServer::start();
    let project = server.project("");
    let limit = json!({"kind": "rate", "match": "GET .*/images$", "seconds": 3, "status": 429});
    server.fault(limit);
    project.imgctl(&["list_images"]).succeeds();
    let refused = server.calls("images.list").iter().filter(|call| call["status"] == 429).count();
    assert_eq!(refused, 1);
}

#[test]
fn a_resource_that_is_not_ready_is_waited_for() {
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
    project.imgctl(&["up", "down", "destroy"]).succeeds();
}

#[test]
fn a_setting_that_google_rejects_is_reported_and_can_be_corrected() {
    let server = GceServer::start();
    let project = server.project("");
    let message = "Invalid value for field 'resource.disks[0].initializeParams.diskType': \
                   'zones/us-central1-a/diskTypes/pd-fast'. The URL is malformed.";
    server.fault(refuse("POST .*/instances$", 400, "invalid", message));
    project
        .imgctl(&["--set", "disk.type=pd-fast", "up"])
        .fails(2)
        .says("diskTypes/pd-fast")
        .hints("correct the setting");
    project.imgctl(&["up", "destroy"]).succeeds();
}

#[test]
fn wrong_settings_of_the_image_are_reported_before_the_instance_is_deleted() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    for (setting, told) in [
        ("image_family=CI Agents", "lower-case letters, digits and hyphens"),
        ("storage_location=us-central1-a", "a region such as europe-west4"),
    ] {
        project.imgctl(&["--set", setting, "create_image"]).fails(2).says(told);
    }
    assert!(server.calls("instances.delete").is_empty());
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn destroy_accepts_that_resources_no_longer_exist() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    server.ask("remove", json!({"kind": "instances"}));
    server.ask("remove", json!({"kind": "disks"}));
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.has_state());
}

#[test]
fn an_invalid_label_is_refused_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("    tags: {Team: Infrastructure}\n");
    project
        .imgctl(&["up"])
        .fails(2)
        .says("the tag `Team: Infrastructure` is not a valid label on gce");
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn no_secret_is_shown_when_the_api_refuses() {
    let server = GceServer::start();
    let project = server.project("");
    let mut refused = refuse(".", 401, "authError", "invalid authentication credentials");
    refused["times"] = json!(5);
    server.fault(refused);
    let mut ran = project
        .imgctl(&["-v", "list_images"])
        .fails(3)
        .hints("check the credentials: Google rejects the token of the service account");
    for secret in ["ya29", "PRIVATE KEY", "-secret"] {
        ran = ran.never_says(secret);
    }
}

#[test]
fn with_a_wrong_endpoint_nothing_is_taken_for_gone() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let wrong = format!("endpoint={}/", server.url);
    for task in ["destroy", "up", "list_images"] {
        project.imgctl(&["--set", &wrong, task]).fails(2).hints("check clouds.gce.endpoint");
    }
    assert!(project.has_state());
    project.imgctl(&["destroy"]).succeeds();
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn a_missing_permission_for_the_host_key_is_reported_at_once() {
    let server = GceServer::start();
    let project = server.project("");
    let permission = "compute.instances.getGuestAttributes";
    server.ask("set", json!({ "lacking": [permission] }));
    project.imgctl(&["up"]).fails(3).says(permission);
    server.ask("set", json!({ "lacking": [] }));
    // Where a policy disables guest attributes, the console shows the key, in whatever words Google says it.
    let mut refused = refuse("getGuestAttributes", 403, "forbidden", "Not here.");
    refused["times"] = json!(1000);
    server.fault(refused);
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
}
