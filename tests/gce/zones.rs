//! Regions and zones, and what happens when a zone is full.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

fn full(zone: &str) -> Value {
    json!({"kind": "operation", "match": format!("POST .*/{zone}/instances$"), "status": 503,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED",
        "message": format!("The zone '{zone}' does not have enough resources available")})
}

#[test]
fn a_full_zone_gives_way_to_the_next() {
    let server = GceServer::start();
    let project = server.project("    zones: [us-central1-f, us-central1-b]\n");
    server.fault(full("us-central1-f"));
    let ran = project.imgctl(&["up"]);
    assert_eq!(ran.status, 0);
    let told = ran.stderr;
    assert!(told.contains("us-central1-f has no room") && told.contains("us-central1-b"), "{told}");
    let (instance, disk) = (server.only("instances"), server.only("disks"));
    for thing in [instance, disk] {
        assert!(thing["zone"].as_str().unwrap().ends_with("/us-central1-b"), "{thing}");
    }
    project.succeeds(&["down", "up", "destroy"]);
    assert!(server.names("disks").is_empty());
}

#[test]
fn when_all_zones_of_the_region_are_full_nothing_stays_and_up_can_be_tried_again() {
    let server = GceServer::start();
    let project = server.project("");
    for zone in ["us-central1-a", "us-central1-b", "us-central1-f"] {
        server.fault(full(zone));
    }
    let told = project.fails(3, &["up"]);
    assert!(told.contains("ZONE_RESOURCE_POOL_EXHAUSTED: The zone 'us-central1-f'"), "{told}");
    assert!(told.contains("list other zones"), "{told}");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
    let status = project.succeeds(&["status"]);
    assert!(!status.contains("holds"), "{status}");

    project.succeeds(&["up", "destroy"]);
    let asked = server.calls("instances.insert");
    assert_eq!(asked.len(), 4);
    let ids: std::collections::BTreeSet<_> =
        asked.iter().map(|call| call["query"]["requestId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "each zone is a request of its own");
}

#[test]
fn a_zone_without_the_machine_type_gives_way_to_the_next() {
    let server = GceServer::start();
    let project = server.project("");
    let ran = project.imgctl(&["--set", "machine_type=c4-standard-4", "up"]);
    assert_eq!(ran.status, 0);
    let told = ran.stderr;
    let warning = "us-central1-a has no machine type c4-standard-4; trying us-central1-b";
    assert!(told.contains(warning), "{told}");
    assert!(server.only("instances")["zone"].as_str().unwrap().ends_with("/us-central1-f"));
    project.succeeds(&["destroy"]);

    let told = project.fails(2, &["--set", "machine_type=e9-huge", "up"]);
    for zone in ["us-central1-a", "us-central1-b", "us-central1-f"] {
        assert!(told.contains(&format!("{zone} has no machine type e9-huge")), "{told}");
    }
    assert!(told.contains("gcloud compute machine-types list"), "{told}");
    // Where one has it and is full, that is what can be mended.
    server.fault(full("us-central1-f"));
    let told = project.fails(3, &["--set", "machine_type=c4-standard-4", "up"]);
    assert!(told.contains("ZONE_RESOURCE_POOL_EXHAUSTED"), "{told}");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn a_zone_that_cannot_be_reached_is_not_an_empty_one() {
    for told_by in ["warning", "unreachables"] {
        let server = GceServer::start();
        let project = server.project("");
        project.succeeds(&["up", "create_image:name=agent"]);
        let lose = |zones: &[&str]| {
            server.ask("set", json!({"unreachable": zones, "told_by": told_by}));
        };
        lose(&["zones/us-central1-b"]);
        for words in [
            &["destroy"][..],
            &["gc", "--older-than", "0s", "--yes"],
            // It may be in use there.
            &["delete_image:agent"],
        ] {
            let told = project.fails(3, words);
            assert!(told.contains("nothing is known of zones/us-central1-b"), "{told}");
        }
        assert!(project.has_state());
        assert_eq!(server.names("images"), ["agent"]);
        // A run has nothing in other regions; what lost runs left may be anywhere.
        lose(&["zones/europe-west4-a", "regions/europe-west4"]);
        project.succeeds(&["destroy"]);
        project.fails(3, &["gc", "--older-than", "0s", "--yes"]);
        project.fails(3, &["gc", "--older-than", "0s", "--yes", "--run", "another"]);
        lose(&[]);
        project.succeeds(&["delete_image:agent"]);
    }
}

#[test]
fn a_region_that_is_none_is_told_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    let told = project.fails(2, &["region:us-central1-a", "up"]);
    assert!(told.contains("region:us-central1 and --set zone=us-central1-a"), "{told}");
    let told = project.fails(2, &["region:mars-north1", "up"]);
    assert!(told.contains("gce has no region mars-north1"), "{told}");
    let told = project.fails(2, &["--set", "zone=europe-west1-b", "up"]);
    assert!(told.contains("europe-west1-b is not in the region us-central1"), "{told}");
    let told = project.fails(2, &["--set", "zone=us-central1-z", "up"]);
    assert!(told.contains("us-central1 has no zone us-central1-z"), "{told}");
    assert!(told.contains("it has us-central1-a, us-central1-b, us-central1-f"), "{told}");
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn a_project_that_is_none_is_told_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("").without("GCE_PROJECT");
    let told = project.fails(2, &["up"]);
    assert!(told.contains("no project is set") && told.contains("set GCE_PROJECT"), "{told}");
    let project = project.env("GCE_PROJECT", "other-project");
    for task in ["up", "list_images"] {
        let told = project.fails(2, &[task]);
        assert!(told.contains("'projects/other-project' was not found"), "{told}");
        assert!(told.contains("hint: is GCE_PROJECT"), "{told}");
    }
    assert!(server.calls("instances.insert").is_empty());
}
