//! Settings that few use as they reach the API, and how the host key is looked for.

use std::time::Instant;

use serde_json::json;

use crate::gce_server::GceServer;

#[test]
fn disk_and_image_are_encrypted_with_the_key_that_is_set() {
    let server = GceServer::start();
    let key = "projects/p/locations/us/keyRings/r/cryptoKeys/k";
    let project = server.project(&format!("    disk: {{encryption_key: {key}}}\n"));
    project.succeeds(&["up", "create_image", "destroy"]);
    let told = json!({ "kmsKeyName": key });
    let instance = &server.calls("instances.insert")[0]["body"];
    assert_eq!(instance["disks"][0]["diskEncryptionKey"], told);
    assert_eq!(server.calls("images.insert")[0]["body"]["imageEncryptionKey"], told);
}

#[test]
fn a_network_that_another_project_shares_is_named_by_its_path() {
    let server = GceServer::start();
    let network = "projects/host/global/networks/shared";
    let subnet = "projects/host/regions/us-central1/subnetworks/builds";
    let settings = format!("    network: {network}\n    subnet: {subnet}\n");
    server.project(&settings).succeeds(&["up", "destroy"]);
    let card = &server.calls("instances.insert")[0]["body"]["networkInterfaces"][0];
    assert_eq!((&card["network"], &card["subnetwork"]), (&json!(network), &json!(subnet)));
}

#[test]
fn machines_that_cannot_be_moved_may_be_ended() {
    let server = GceServer::start();
    server.project("    machine_type: g2-standard-4\n").succeeds(&["up", "destroy"]);
    let body = &server.calls("instances.insert")[0]["body"];
    assert_eq!(body["scheduling"], json!({"onHostMaintenance": "TERMINATE"}));
}

#[test]
fn an_image_can_be_made_of_a_running_instance() {
    let server = GceServer::start();
    let project = server.project("");
    let script = "//! Makes an image while it runs.\ncloud::create_image(#{ no_stop: true });\n";
    project.write("scripts/snapshot.rhai", script);
    project.succeeds(&["up", "snapshot"]);
    assert_eq!(server.calls("images.insert")[0]["query"]["forceCreate"], "true");
    assert_eq!(server.only("instances")["status"], "RUNNING");
    assert_eq!(server.only("images")["status"], "READY");
    project.succeeds(&["ssh:true", "destroy"]);
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn an_instance_that_is_taken_back_before_it_tells_its_host_key_is_not_waited_for() {
    let server = GceServer::start();
    let project = server.project("    provisioning: spot\n");
    server.fault(json!({"kind": "preempt", "match": "getGuestAttributes"}));
    let told = project.fails(1, &["up"]);
    assert!(told.contains("was stopped before it could be used"), "{told}");
    assert!(told.contains("it is a spot instance"), "{told}");
    project.succeeds(&["up", "ssh:true", "destroy"]);
}

#[test]
fn guest_attributes_are_asked_for_as_seldom_as_google_demands() {
    let server = GceServer::start();
    let project = server.project("");
    server.ask("set", json!({"boots": 4}));
    let began = Instant::now();
    project.succeeds(&["up", "ssh:true"]);
    // "A maximum of 10 queries per minute per VM instance."
    let most = 1 + began.elapsed().as_secs() / 6;
    let asked = server.calls("instances.getGuestAttributes").len();
    assert!(asked as u64 <= most, "{asked} times");
    project.succeeds(&["destroy"]);
}
