//! The request for an instance, and its life.

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::user;

/// The body of the request for the first instance.
fn requested(server: &GceServer) -> Value {
    server.calls("instances.insert")[0]["body"].clone()
}

fn metadata(body: &Value, key: &str) -> String {
    let items = body["metadata"]["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["key"] == key);
    item.map(|item| item["value"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn an_instance_is_requested_with_the_settings() {
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
    project.imgctl(&["up"]).succeeds();
    let body = requested(&server);
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
    // Without an external address, the internal one is used.
    project.imgctl(&["status"]).succeeds().says("10.128.0.");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_preemptible_instance_is_requested_in_the_older_form() {
    let server = GceServer::start();
    let project = server.project("    provisioning: preemptible\n");
    project.imgctl(&["--set", "max_run_time=6h", "up"]).fails(2).says("`provisioning: spot`");
    project.imgctl(&["up"]).succeeds();
    let scheduling =
        json!({"preemptible": true, "automaticRestart": false, "onHostMaintenance": "TERMINATE"});
    assert_eq!(requested(&server)["scheduling"], scheduling);
    // The cloud preempts it.
    let link = server.only("instances")["selfLink"].as_str().unwrap().to_owned();
    let path = link.split_once("/compute/v1/").unwrap().1;
    server.ask("change", json!({"path": path, "fields": {"status": "TERMINATED"}}));
    project
        .imgctl(&["status"])
        .succeeds()
        .says("it is a spot instance: stopped by imgctl or preempted by the cloud");
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
}

#[test]
fn by_default_an_instance_has_an_external_address_and_no_credentials() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let body = requested(&server);
    assert_eq!(body["networkInterfaces"][0]["network"], "global/networks/default");
    assert_eq!(body["networkInterfaces"][0]["accessConfigs"][0]["type"], "ONE_TO_ONE_NAT");
    assert_eq!(body.get("serviceAccounts"), None);
    assert_eq!(body["scheduling"], json!({}));
    project.imgctl(&["status"]).succeeds().says("running, 198.51.100.1:22");

    // After a stop it has another address.
    project.imgctl(&["down", "up", "ssh:true"]).succeeds();
    project.imgctl(&["status"]).succeeds().says("running, 198.51.100.2:22");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_service_account_is_attached_if_set() {
    let server = GceServer::start();
    let project = server.project("    service_account: agent@example.com\n    scopes: [one]\n");
    project.imgctl(&["up"]).succeeds();
    let accounts = json!([{"email": "agent@example.com", "scopes": ["one"]}]);
    assert_eq!(requested(&server)["serviceAccounts"], accounts);
}

#[test]
fn a_stopped_instance_is_not_contacted_at_its_old_address() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up", "bootstrap", "down"]).succeeds();
    for task in ["tests", "create_image"] {
        project.imgctl(&[task]).fails(2).says("is stopped").hints("`imgctl up`");
    }
    project.imgctl(&["up", "tests", "destroy"]).succeeds();
}

#[test]
fn the_host_key_comes_from_guest_attributes_the_console_or_user_data() {
    for (agent, setup, call) in [
        (true, &[][..], "instances.getGuestAttributes"),
        (false, &[], "instances.getSerialPortOutput"),
        // As a policy of the organisation may require.
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
        project.imgctl(&[setup, &["up", "ssh:true"]].concat()).succeeds();
        assert!(!server.calls(call).is_empty(), "{call}");
        let has_key = metadata(&requested(&server), "user-data").contains("ed25519_private");
        assert_eq!(has_key, call == "instances.insert");
    }
}

/// After a clean the next start makes new host keys, which guest attributes may report late.
#[test]
fn an_older_host_key_is_not_taken_for_the_present_one() {
    let server = GceServer::start();
    let project = server.project("    image_from: stopped\n");
    project.imgctl(&["up", "create_image"]).succeeds();
    server.ask("set", json!({"stale": 1}));
    project.imgctl(&["up", "ssh:true"]).succeeds();
    // At the first start; then the older key and the present one.
    assert!(server.calls("instances.getGuestAttributes").len() >= 3);

    // If it is never reported, another machine may be answering.
    project.imgctl(&["create_image"]).succeeds();
    server.ask("set", json!({"stale": 100_000}));
    let ran = project.imgctl(&["--set", "ssh.ready_timeout=3s", "up"]).fails(3);
    ran.says("reports that key").says("presented").hints("possible man-in-the-middle");
    // Later commands do not trust the machine either.
    project.imgctl(&["ssh:true"]).fails(3);
    server.ask("set", json!({"stale": 0}));
    project.imgctl(&["down", "up", "ssh:true", "destroy"]).succeeds();
}

/// A suspended instance keeps its memory, and Google refuses to start it.
#[test]
fn a_suspended_instance_is_resumed_whatever_reason_google_gives() {
    for message in [None, Some("Suspended by its schedule.")] {
        let server = GceServer::start();
        let project = server.project("");
        project.imgctl(&["up"]).succeeds();
        let link = server.only("instances")["selfLink"].as_str().unwrap().to_owned();
        let path = link.split_once("/compute/v1/").unwrap().1;
        let mut fields = json!({"status": "SUSPENDED"});
        if let Some(message) = message {
            fields["statusMessage"] = json!(message);
        }
        server.ask("change", json!({"path": path, "fields": fields}));
        project.imgctl(&["status"]).succeeds().says(message.unwrap_or("it is suspended"));
        project.imgctl(&["up", "ssh:true"]).succeeds();
        assert_eq!(server.calls("instances.resume").len(), 1);
        assert!(server.calls("instances.start").is_empty());
    }
}

/// Somebody else has suspended it: it is not stopped, and its disk is not whole.
#[test]
fn a_suspended_instance_is_neither_called_stopped_nor_made_an_image_of() {
    for status in ["SUSPENDED", "SUSPENDING"] {
        let server = GceServer::start();
        let project = server.project("    image_from: stopped\n");
        project.imgctl(&["up"]).succeeds();
        // Suspended at last.
        turn_to(&server, &[status, status, "SUSPENDED"]);
        project.imgctl(&["down"]).succeeds().says("suspended, which keeps its memory, and costs");
        let code = "cloud::create_image(#{})";
        let ran = project.imgctl(&["run", "-e", code]).fails(3);
        ran.says("is suspended").says("not be whole").hints("`imgctl up create_image`");
        assert!(server.calls("instances.stop").is_empty());
        assert!(server.names("images").is_empty());
        project.imgctl(&["up", "create_image", "destroy"]).succeeds();
        assert_eq!(server.names("images").len(), 1);
    }
}

#[test]
fn what_is_being_started_or_repaired_is_stopped_after_that() {
    for status in ["PROVISIONING", "STAGING", "REPAIRING"] {
        let server = GceServer::start();
        let project = server.project("");
        project.imgctl(&["up"]).succeeds();
        change(&server, json!({"status": status}));
        let shown = if status == "REPAIRING" { "the cloud is repairing it" } else { "pending" };
        project.imgctl(&["status"]).succeeds().says(shown);
        turn_to(&server, &[status, status, status, "RUNNING"]);
        project.imgctl(&["up", "ssh:true"]).succeeds();
        assert!(server.calls("instances.start").is_empty(), "it starts by itself");
        turn_to(&server, &[status, status, status, "RUNNING"]);
        project.imgctl(&["down"]).succeeds().says("the instance is stopped");
        assert_eq!(server.only("instances")["status"], "TERMINATED");
        project.imgctl(&["destroy"]).succeeds();
    }
}

/// What is on local SSDs ends with a stop, and Google wants to be told that this is meant.
#[test]
fn an_instance_with_local_ssds_is_stopped_only_if_that_is_meant() {
    let server = GceServer::start();
    let project = server.project("    image_from: stopped\n");
    project.imgctl(&["up"]).succeeds();
    let mut disks = server.only("instances")["disks"].clone();
    disks.as_array_mut().unwrap().push(json!({"kind": "compute#attachedDisk", "index": 1,
        "type": "SCRATCH", "autoDelete": true, "boot": false, "mode": "READ_WRITE"}));
    change(&server, json!({ "disks": disks }));
    for words in [&["down"][..], &["run", "-e", "cloud::create_image(#{})"]] {
        let ran = project.imgctl(words).fails(3).says("has local SSDs, and a stop ends what is on");
        ran.hints("discard_local_ssd");
    }
    assert!(server.calls("instances.stop").is_empty());
    assert_eq!(server.only("instances")["status"], "RUNNING");
    project.imgctl(&["--set", "discard_local_ssd=true", "down"]).succeeds();
    assert_eq!(server.calls("instances.stop")[0]["query"]["discardLocalSsd"], "true");
    project.imgctl(&["up", "destroy"]).succeeds();
}

/// From look to look, the only instance has these statuses, and then the last one.
fn turn_to(server: &GceServer, statuses: &[&str]) {
    let name = server.only("instances")["name"].clone();
    server.ask("become", json!({"name": name, "statuses": statuses}));
}

/// Changes fields of the only instance.
fn change(server: &GceServer, fields: Value) {
    let link = server.only("instances")["selfLink"].as_str().unwrap().to_owned();
    let path = link.split_once("/compute/v1/").unwrap().1;
    server.ask("change", json!({"path": path, "fields": fields}));
}

#[test]
fn a_disk_that_is_set_to_be_deleted_with_its_instance_is_kept_for_the_image() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let instance = server.only("instances");
    let link = instance["selfLink"].as_str().unwrap();
    let path = link.split_once("/compute/v1/").unwrap().1;
    let mut disks = instance["disks"].clone();
    // Someone may have set it in the web console.
    disks[0]["autoDelete"] = json!(true);
    server.ask("change", json!({"path": path, "fields": {"disks": disks}}));
    project.imgctl(&["create_image", "destroy"]).succeeds();
    assert_eq!(server.names("images").len(), 1);
}

#[test]
fn an_instance_that_the_cloud_deleted_is_reported_and_its_disk_removed() {
    let server = GceServer::start();
    let project = server.project("    max_run_time: 6h\n");
    project.imgctl(&["up", "bootstrap"]).succeeds();
    let name = server.only("instances")["name"].as_str().unwrap().to_owned();
    // As the cloud does after that time.
    server.ask("remove", json!({"kind": "instances"}));
    for task in ["up", "tests", "create_image", "down"] {
        project
            .imgctl(&[task])
            .fails(1)
            .says(&name)
            .says("after its max_run_time")
            .says("its disk still exists")
            .hints("`imgctl destroy");
    }
    assert!(server.names("images").is_empty(), "the disk may be incomplete");
    project
        .imgctl(&["status"])
        .succeeds()
        .says("gone: deleted by the cloud after its max_run_time")
        .never_says("holds image");
    project.imgctl(&["destroy"]).succeeds();
    assert!(server.names("disks").is_empty());
}

#[test]
fn no_image_is_made_of_the_disk_of_an_instance_that_someone_else_deleted() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    server.ask("remove", json!({"kind": "instances"}));
    // A script that does not log in first.
    project
        .imgctl(&["run", "-e", "cloud::create_image(#{})"])
        .fails(1)
        .says("was not deleted by imgctl");
    project.imgctl(&["status"]).succeeds().never_says("holds image");
    project.imgctl(&["destroy"]).succeeds();
    assert!(server.names("disks").is_empty() && server.names("images").is_empty());
}

#[test]
fn a_stopped_instance_in_a_full_zone_is_kept_and_can_be_started_later() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up", "bootstrap", "down"]).succeeds();
    server.fault(json!({"kind": "operation", "match": "POST .*/start$", "status": 503,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "message": "no e2-standard-2 left"}));
    project
        .imgctl(&["up"])
        .fails(3)
        .says("no e2-standard-2 left")
        .hints("cannot be moved out of us-central1-a");
    assert_eq!(server.only("instances")["status"], "TERMINATED");
    project.imgctl(&["up", "tests", "destroy"]).succeeds();
}

#[test]
fn zonal_and_global_operations_are_waited_for_through_all_their_states() {
    let server = GceServer::start();
    server.project("").imgctl(&["up", "create_image", "destroy"]).succeeds();
    let history = server.ask("operations", json!({}));
    let states = json!(["PENDING", "RUNNING", "DONE"]);
    let histories: Vec<&Value> = history.as_object().unwrap().values().collect();
    assert!(histories.len() == 5 && histories.iter().all(|seen| **seen == states), "{history}");
    for kind in ["zoneOperations", "globalOperations"] {
        assert!(!server.calls(&format!("{kind}.wait")).is_empty());
        assert!(server.calls(&format!("{kind}.get")).is_empty());
    }
}

#[test]
fn with_the_credentials_of_another_project_nothing_is_taken_for_gone() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    for task in ["destroy", "status", "down", "up"] {
        project
            .imgctl(&["--set", "clouds.gce.project=other-project", task])
            .fails(2)
            .says("other-project");
    }
    assert!(project.has_state());
    project.imgctl(&["status", "destroy"]).succeeds();
}

/// Each call takes its time, and counts against the project's limit.
#[test]
fn an_instance_is_not_looked_for_before_it_is_requested() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let log = server.ask("log", json!({}));
    let calls: Vec<&str> =
        log["calls"].as_array().unwrap().iter().filter_map(|call| call["call"].as_str()).collect();
    let first = |name: &str| calls.iter().position(|call| *call == name).unwrap();
    assert!(first("instances.insert") < first("instances.get"), "{calls:?}");
    project.imgctl(&["destroy"]).succeeds();
}

/// The network of a project may have no rule that lets anybody in.
#[test]
fn what_may_keep_ssh_away_is_told() {
    let server = GceServer::start();
    let project = server.project("    network: builders\n");
    project
        .imgctl(&["--set", "ssh.proxy_command=exit 1", "--set", "ssh.ready_timeout=2s", "up"])
        .fails(1)
        .hints("firewall-rules create imgctl-ssh --network=builders")
        .hints("console");
    project.imgctl(&["destroy"]).succeeds();
}
