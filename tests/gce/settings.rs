//! Rarely used settings as they reach the API, and how the host key is looked for.

use std::time::Instant;

use serde_json::json;

use crate::gce_server::GceServer;

#[test]
fn disk_and_image_are_encrypted_with_the_configured_key() {
    let server = GceServer::start();
    let key = "projects/p/locations/us/keyRings/r/cryptoKeys/k";
    let project = server.project(&format!("    disk: {{encryption_key: {key}}}\n"));
    project.imgctl(&["up", "create_image", "destroy"]).succeeds();
    let told = json!({ "kmsKeyName": key });
    let instance = &server.calls("instances.insert")[0]["body"];
    assert_eq!(instance["disks"][0]["diskEncryptionKey"], told);
    assert_eq!(server.calls("images.insert")[0]["body"]["imageEncryptionKey"], told);
}

#[test]
fn a_shared_network_is_named_by_its_path() {
    let server = GceServer::start();
    let network = "projects/host/global/networks/shared";
    let subnet = "projects/host/regions/us-central1/subnetworks/builds";
    let settings = format!("    network: {network}\n    subnet: {subnet}\n");
    server.project(&settings).imgctl(&["up", "destroy"]).succeeds();
    let card = &server.calls("instances.insert")[0]["body"]["networkInterfaces"][0];
    assert_eq!((&card["network"], &card["subnetwork"]), (&json!(network), &json!(subnet)));
}

#[test]
fn machines_without_live_migration_may_be_terminated() {
    let server = GceServer::start();
    server.project("    machine_type: g2-standard-4\n").imgctl(&["up", "destroy"]).succeeds();
    let body = &server.calls("instances.insert")[0]["body"];
    assert_eq!(body["scheduling"], json!({"onHostMaintenance": "TERMINATE"}));
}

#[test]
fn the_disk_type_follows_the_family_of_the_machine_type() {
    let server = GceServer::start();
    let project = server.project("");
    let asked = |words: &[&str]| {
        project.imgctl(words).succeeds();
        let body = server.calls("instances.insert").pop().unwrap()["body"].clone();
        project.imgctl(&["destroy"]).succeeds();
        let given = body["disks"][0]["initializeParams"].clone();
        let last = |key: &str| {
            let text = given[key].as_str().unwrap();
            text.rsplit('/').next().unwrap().to_owned()
        };
        (last("diskType"), last("sourceImage"))
    };
    let (usual, image) = asked(&["up"]);
    assert_eq!((usual.as_str(), image.contains("arm64")), ("pd-balanced", false));
    assert_eq!(asked(&["--set", "machine_type=n4-standard-2", "up"]).0, "hyperdisk-balanced");
    // ARM processors need another image, too.
    let (disk, image) = asked(&["--set", "machine_type=c4a-standard-1", "up"]);
    assert_eq!((disk.as_str(), image.contains("arm64")), ("hyperdisk-balanced", true));
    let own = ["--set", "machine_type=n4-standard-2", "--set", "disk.type=hyperdisk-extreme", "up"];
    assert_eq!(asked(&own).0, "hyperdisk-extreme");
    let wrong = ["--set", "machine_type=n4-standard-2", "--set", "disk.type=pd-ssd", "up"];
    project.imgctl(&wrong).fails(2).hints("hyperdisk-balanced");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn the_settings_of_shielded_vm_reach_the_instance() {
    let server = GceServer::start();
    let project = server.project("    secure_boot: true\n    integrity_monitoring: true\n");
    project.imgctl(&["up", "destroy"]).succeeds();
    let asked = &server.calls("instances.insert")[0]["body"]["shieldedInstanceConfig"];
    assert_eq!(*asked, json!({"enableSecureBoot": true, "enableIntegrityMonitoring": true}));
    // Before anything is requested: images of 2015 have no such firmware.
    project
        .imgctl(&["distribution:ubuntu1404", "up"])
        .fails(2)
        .says("does not support Shielded VM")
        .hints("secure_boot");
    project.imgctl(&["--set", "vtpm=false", "up"]).fails(2).says("needs the virtual TPM");
    assert_eq!(server.calls("instances.insert").len(), 1);
}

#[test]
fn an_image_can_be_made_of_a_running_instance() {
    let server = GceServer::start();
    let project = server.project("");
    let script = "//! Makes an image while it runs.\ncloud::create_image(#{ no_stop: true });\n";
    project.write("scripts/snapshot.rhai", script);
    project.imgctl(&["up", "snapshot"]).succeeds();
    assert_eq!(server.calls("images.insert")[0]["query"]["forceCreate"], "true");
    assert_eq!(server.only("instances")["status"], "RUNNING");
    assert_eq!(server.only("images")["status"], "READY");
    project.imgctl(&["ssh:true", "destroy"]).succeeds();
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn an_instance_that_is_preempted_before_it_reports_its_host_key_is_not_waited_for() {
    let server = GceServer::start();
    let project = server.project("    provisioning: spot\n");
    server.fault(json!({"kind": "preempt", "match": "getGuestAttributes"}));
    project
        .imgctl(&["up"])
        .fails(1)
        .says("was stopped before it was ready")
        .says("it is a spot instance");
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
}

#[test]
fn guest_attributes_are_not_queried_more_often_than_google_allows() {
    let server = GceServer::start();
    let project = server.project("");
    server.ask("set", json!({"boots": 4}));
    let began = Instant::now();
    project.imgctl(&["up", "ssh:true"]).succeeds();
    // "A maximum of 10 queries per minute per VM instance."
    let most = 1 + began.elapsed().as_secs() / 6;
    let asked = server.calls("instances.getGuestAttributes").len();
    assert!(asked as u64 <= most, "{asked} times");
    project.imgctl(&["destroy"]).succeeds();
}

/// Nothing would tell, and the instance would be without it.
#[test]
fn user_data_that_nobody_reads_is_told() {
    let server = GceServer::start();
    let project = server.project("    user_data: \"#!/bin/sh\\ntrue\\n\"\n");
    project.imgctl(&["up", "destroy"]).succeeds().says("`user_data` will not be read");
    let without = server.project("");
    without.imgctl(&["up", "destroy"]).succeeds().never_says("user_data");
}
