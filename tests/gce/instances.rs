//! What an instance is asked for with, and its life.

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::user;

/// The document that the first instance was asked for with.
fn asked(server: &GceServer) -> Value {
    server.calls("instances.insert")[0]["body"].clone()
}

fn metadata(body: &Value, key: &str) -> String {
    let items = body["metadata"]["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["key"] == key);
    item.map(|item| item["value"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn an_instance_is_asked_for_as_the_settings_say() {
    let server = GceServer::start();
    let settings = "    machine_type: n2-standard-4
    disk: {size: 48GiB, type: pd-ssd}
    subnet: builds
    external_address: false
    network_tags: [ci]
    zone: us-central1-b
    max_run_time: 6h
    provisioning: spot
    metadata: {serial-port-enable: 'TRUE'}
    tags: {team: infra}
    name: CI_Agent {distribution}
";
    let project = server.project(settings);
    project.succeeds(&["up"]);
    let body = asked(&server);
    let name = body["name"].as_str().unwrap();
    assert!(name.starts_with("ci-agent-debian12-") && name.len() <= 63, "{name}");
    assert_eq!(body["machineType"], "zones/us-central1-b/machineTypes/n2-standard-4");
    let disk = &body["disks"][0];
    assert_eq!(disk["autoDelete"], false);
    assert_eq!(disk["initializeParams"]["diskSizeGb"], "48");
    assert_eq!(disk["initializeParams"]["diskType"], "zones/us-central1-b/diskTypes/pd-ssd");
    let subnet = "regions/us-central1/subnetworks/builds";
    assert_eq!(body["networkInterfaces"], json!([{ "subnetwork": subnet }]));
    assert_eq!(body["tags"]["items"], json!(["ci"]));
    assert_eq!(body.get("serviceAccounts"), None);
    let scheduling = json!({
        "provisioningModel": "SPOT", "automaticRestart": false, "onHostMaintenance": "TERMINATE",
        "maxRunDuration": {"seconds": "21600"}, "instanceTerminationAction": "DELETE",
    });
    assert_eq!(body["scheduling"], scheduling);
    for labels in [&body["labels"], &disk["initializeParams"]["labels"]] {
        assert_eq!(labels["team"], "infra");
        assert!(labels["imgctl-run"].is_string());
    }
    assert!(metadata(&body, "ssh-keys").starts_with(&format!("{}:ssh-ed25519 ", user())));
    assert_eq!(metadata(&body, "enable-oslogin"), "FALSE");
    assert_eq!(metadata(&body, "serial-port-enable"), "TRUE");
    // Without an address outside, the one inside is used.
    let status = project.succeeds(&["status"]);
    assert!(status.contains("10.128.0."), "{status}");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_preemptible_instance_is_asked_for_in_the_older_way() {
    let server = GceServer::start();
    let project = server.project("    provisioning: preemptible\n");
    let told = project.fails(2, &["--set", "max_run_time=6h", "up"]);
    assert!(told.contains("`provisioning: spot`"), "{told}");
    project.succeeds(&["up"]);
    let scheduling =
        json!({"preemptible": true, "automaticRestart": false, "onHostMaintenance": "TERMINATE"});
    assert_eq!(asked(&server)["scheduling"], scheduling);
    // The cloud takes it back.
    let link = server.only("instances")["selfLink"].as_str().unwrap().to_owned();
    let path = link.split_once("/compute/v1/").unwrap().1;
    server.ask("change", json!({"path": path, "fields": {"status": "TERMINATED"}}));
    let status = project.succeeds(&["status"]);
    assert!(status.contains("it is a spot instance: stopped by us, or by the cloud"), "{status}");
    project.succeeds(&["up", "ssh:true", "destroy"]);
}

#[test]
fn without_settings_an_instance_is_reached_from_outside_and_has_no_credentials() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    let body = asked(&server);
    assert_eq!(body["networkInterfaces"][0]["network"], "global/networks/default");
    assert_eq!(body["networkInterfaces"][0]["accessConfigs"][0]["type"], "ONE_TO_ONE_NAT");
    assert_eq!(body.get("serviceAccounts"), None);
    assert_eq!(body["scheduling"], json!({}));
    let status = project.succeeds(&["status"]);
    assert!(status.contains("running, 198.51.100.1:22"), "{status}");

    // After a stop it has another address.
    project.succeeds(&["down", "up", "ssh:true"]);
    let status = project.succeeds(&["status"]);
    assert!(status.contains("running, 198.51.100.2:22"), "{status}");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_service_account_is_given_where_asked_for() {
    let server = GceServer::start();
    let project = server.project("    service_account: agent@example.com\n    scopes: [one]\n");
    project.succeeds(&["up"]);
    let accounts = json!([{"email": "agent@example.com", "scopes": ["one"]}]);
    assert_eq!(asked(&server)["serviceAccounts"], accounts);
}

#[test]
fn the_key_pair_of_the_old_variables_may_log_in() {
    let server = GceServer::start();
    let project = server.project("");
    let (key, public) = (project.path().join("key"), project.path().join("other.pub"));
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::write(&public, "ssh-ed25519 AAAAother somebody@else\n").unwrap();
    let project = project
        .env("GCE_PRIVATE_KEY", &key.display().to_string())
        .env("GCE_PUBLIC_KEY", &public.display().to_string());
    project.succeeds(&["up", "ssh:true"]);
    let keys = metadata(&asked(&server), "ssh-keys");
    assert!(keys.contains("AAAAother") && keys.lines().count() == 2, "{keys}");
}

#[test]
fn a_key_that_cannot_be_used_is_told_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    let locked = project.path().join("locked");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "passphrase", "-f"])
        .arg(&locked)
        .status()
        .unwrap();
    assert!(made.success());
    project.write("garbage", "nothing\n");
    let mut project = project;
    for (name, status, words) in [
        ("missing", 2, "there is no key file"),
        ("garbage", 2, "ssh-keygen -y -f"),
        ("locked", 2, "has a passphrase"),
    ] {
        let path = project.path().join(name).display().to_string();
        project = project.without("GCE_PRIVATE_KEY").env("GCE_PRIVATE_KEY", &path);
        let told = project.fails(status, &["up"]);
        assert!(told.contains(words) && told.contains("hint: "), "{told}");
    }
    project = project.without("GCE_PRIVATE_KEY");
    for (name, words) in [("missing", "cannot read"), ("garbage", "holds no public key")] {
        let path = project.path().join(name).display().to_string();
        project = project.without("GCE_PUBLIC_KEY").env("GCE_PUBLIC_KEY", &path);
        let told = project.fails(2, &["up"]);
        assert!(told.contains(words) && told.contains("GCE_PUBLIC_KEY"), "{told}");
    }
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn a_stopped_instance_is_not_looked_for_at_its_old_address() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up", "bootstrap", "down"]);
    for task in ["tests", "create_image"] {
        let told = project.fails(2, &[task]);
        assert!(told.contains("is stopped") && told.contains("`imgctl up`"), "{told}");
    }
    project.succeeds(&["up", "tests", "destroy"]);
}

#[test]
fn the_host_key_is_told_by_guest_attributes_the_console_or_handed_in() {
    for (agent, setup, call) in [
        (true, &[][..], "instances.getGuestAttributes"),
        (false, &[], "instances.getSerialPortOutput"),
        // As a policy of the organisation may demand.
        (
            true,
            &["--set", "metadata.enable-guest-attributes='FALSE'"],
            "instances.getSerialPortOutput",
        ),
        (false, &["--set", "ssh.host_key=handed_in"], "instances.insert"),
    ] {
        let server = GceServer::start();
        server.ask("set", json!({ "agent": agent }));
        let project = server.project("");
        project.succeeds(&[setup, &["up", "ssh:true"]].concat());
        assert!(!server.calls(call).is_empty(), "{call}");
        let handed_in = metadata(&asked(&server), "user-data").contains("ed25519_private");
        assert_eq!(handed_in, call == "instances.insert");
    }
}

/// After a clean the next start makes new host keys, which guest attributes may tell late.
#[test]
fn a_host_key_of_before_is_not_taken_for_the_machines_own() {
    let server = GceServer::start();
    let project = server.project("    image_from: stopped\n");
    project.succeeds(&["up", "create_image"]);
    server.ask("set", json!({"stale": 1}));
    project.succeeds(&["up", "ssh:true"]);
    // Of the first start; of before; of this one.
    assert!(server.calls("instances.getGuestAttributes").len() >= 3);

    // It is never told: somebody else may be answering.
    project.succeeds(&["create_image"]);
    server.ask("set", json!({"stale": 100_000}));
    let told = project.fails(3, &["--set", "ssh.ready_timeout=3s", "up"]);
    assert!(told.contains("does not tell that key") && told.contains("it shows"), "{told}");
    assert!(told.split("hint: ").nth(1).unwrap().contains("possible man-in-the-middle"), "{told}");
    // Nor is the machine trusted by what comes after.
    project.fails(3, &["ssh:true"]);
    server.ask("set", json!({"stale": 0}));
    project.succeeds(&["down", "up", "ssh:true", "destroy"]);
}

#[test]
fn a_disk_that_would_be_deleted_with_its_instance_is_kept_for_the_image() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    let instance = server.only("instances");
    let link = instance["selfLink"].as_str().unwrap();
    let path = link.split_once("/compute/v1/").unwrap().1;
    let mut disks = instance["disks"].clone();
    // As somebody may have set it in the web console.
    disks[0]["autoDelete"] = json!(true);
    server.ask("change", json!({"path": path, "fields": {"disks": disks}}));
    project.succeeds(&["create_image", "destroy"]);
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn an_instance_that_the_cloud_deleted_is_told_and_its_disk_removed() {
    let server = GceServer::start();
    let project = server.project("    max_run_time: 6h\n");
    project.succeeds(&["up", "bootstrap"]);
    let name = server.only("instances")["name"].as_str().unwrap().to_owned();
    // As it is after that time.
    server.ask("remove", json!({"kind": "instances"}));
    for task in ["up", "tests", "create_image", "down"] {
        let told = project.fails(1, &[task]);
        assert!(told.contains(&name) && told.contains("after its max_run_time"), "{told}");
        assert!(told.contains("its disk is still there"), "{told}");
        assert!(told.contains("hint: `imgctl destroy` removes what is left"), "{told}");
    }
    assert!(server.names("images").is_empty(), "nobody knows what is on that disk");
    let status = project.succeeds(&["status"]);
    assert!(status.contains("gone: the cloud has deleted it after its max_run_time"), "{status}");
    assert!(!status.contains("holds image"), "{status}");
    project.succeeds(&["destroy"]);
    assert!(server.names("disks").is_empty());
}

#[test]
fn no_image_is_made_of_the_disk_of_an_instance_that_others_deleted() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    server.ask("remove", json!({"kind": "instances"}));
    // As a task of one's own may, that does not log in before.
    let told = project.fails(1, &["run", "-e", "cloud::create_image(#{})"]);
    assert!(told.contains("was not deleted by imgctl"), "{told}");
    let status = project.succeeds(&["status"]);
    assert!(!status.contains("holds image"), "{status}");
    project.succeeds(&["destroy"]);
    assert!(server.names("disks").is_empty() && server.names("images").is_empty());
}

#[test]
fn a_stopped_instance_without_room_in_its_zone_stays_and_can_be_started_later() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up", "bootstrap", "down"]);
    server.fault(json!({"kind": "operation", "match": "POST .*/start$", "status": 503,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "message": "no e2-standard-2 left"}));
    let told = project.fails(3, &["up"]);
    assert!(told.contains("no e2-standard-2 left"), "{told}");
    assert!(told.contains("cannot move out of us-central1-a"), "{told}");
    assert_eq!(server.only("instances")["status"], "TERMINATED");
    project.succeeds(&["up", "tests", "destroy"]);
}

#[test]
fn operations_of_zones_and_of_the_project_are_waited_for_through_all_their_states() {
    let server = GceServer::start();
    server.project("").succeeds(&["up", "create_image", "destroy"]);
    let history = server.ask("operations", json!({}));
    let states = json!(["PENDING", "RUNNING", "DONE"]);
    let histories: Vec<&Value> = history.as_object().unwrap().values().collect();
    assert!(histories.len() == 4 && histories.iter().all(|seen| **seen == states), "{history}");
    for kind in ["zoneOperations", "globalOperations"] {
        assert!(!server.calls(&format!("{kind}.wait")).is_empty());
        assert!(server.calls(&format!("{kind}.get")).is_empty());
    }
}

#[test]
fn with_the_credentials_of_another_project_nothing_is_taken_for_gone() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    for task in ["destroy", "status", "down", "up"] {
        let told = project.fails(2, &["--set", "clouds.gce.project=other-project", task]);
        assert!(told.contains("is of project `") && told.contains("`other-project`"), "{told}");
    }
    assert!(project.has_state());
    project.succeeds(&["status", "destroy"]);
}
