//! Regions and zones, and zones without capacity.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

fn full(zone: &str) -> Value {
    json!({"kind": "operation", "match": format!("POST .*/{zone}/instances$"), "status": 503,
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED",
        "message": format!("The zone '{zone}' does not have enough resources available")})
}

#[test]
fn after_a_full_zone_the_next_one_is_tried() {
    let server = GceServer::start();
    let project = server.project("    zones: [us-central1-f, us-central1-b]\n");
    server.fault(full("us-central1-f"));
    project
        .imgctl(&["up"])
        .succeeds()
        .says("us-central1-f has no capacity for e2-standard-2; trying us-central1-b");
    let (instance, disk) = (server.only("instances"), server.only("disks"));
    for thing in [instance, disk] {
        assert!(thing["zone"].as_str().unwrap().ends_with("/us-central1-b"), "{thing}");
    }
    project.imgctl(&["down", "up", "destroy"]).succeeds();
    assert!(server.names("disks").is_empty());
}

#[test]
fn when_all_zones_are_full_nothing_is_left_and_up_can_be_repeated() {
    let server = GceServer::start();
    let project = server.project("");
    for zone in ["us-central1-a", "us-central1-b", "us-central1-f"] {
        server.fault(full(zone));
    }
    project
        .imgctl(&["up"])
        .fails(3)
        .says("ZONE_RESOURCE_POOL_EXHAUSTED: The zone 'us-central1-f'")
        .hints("list other zones");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
    project.imgctl(&["status"]).succeeds().never_says("holds");

    project.imgctl(&["up", "destroy"]).succeeds();
    let asked = server.calls("instances.insert");
    assert_eq!(asked.len(), 4);
    let ids: std::collections::BTreeSet<_> =
        asked.iter().map(|call| call["query"]["requestId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "each zone is a request of its own");
}

#[test]
fn a_lack_of_capacity_is_found_among_several_errors_with_the_zones_that_have_some() {
    let server = GceServer::start();
    let project = server.project("    zone: us-central1-a\n");
    let mut fault = full("us-central1-a");
    fault["first"] = json!([{"code": "INTERNAL_ERROR", "message": "it failed"}]);
    fault["zones"] = json!("us-central1-b,us-central1-f");
    server.fault(fault);
    project
        .imgctl(&["up"])
        .fails(3)
        .says("zones with capacity: us-central1-b,us-central1-f")
        .hints("list other zones");
    assert!(server.names("disks").is_empty());
}

#[test]
fn after_a_zone_without_the_machine_type_the_next_one_is_tried() {
    let server = GceServer::start();
    let project = server.project("");
    project
        .imgctl(&["--set", "machine_type=c4-standard-4", "up"])
        .succeeds()
        .says("us-central1-a does not offer c4-standard-4; trying us-central1-b");
    assert!(server.only("instances")["zone"].as_str().unwrap().ends_with("/us-central1-f"));
    project.imgctl(&["destroy"]).succeeds();

    let mut ran = project
        .imgctl(&["--set", "machine_type=e9-huge", "up"])
        .fails(2)
        .hints("gcloud compute machine-types list");
    for zone in ["us-central1-a", "us-central1-b", "us-central1-f"] {
        ran = ran.says(&format!("{zone} does not offer e9-huge"));
    }
    // Where one zone offers it and is full, the lack of capacity is reported: it passes.
    server.fault(full("us-central1-f"));
    project
        .imgctl(&["--set", "machine_type=c4-standard-4", "up"])
        .fails(3)
        .says("ZONE_RESOURCE_POOL_EXHAUSTED");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn an_unreachable_zone_is_not_taken_for_an_empty_one() {
    for told_by in ["warning", "unreachables"] {
        let server = GceServer::start();
        let project = server.project("");
        project.imgctl(&["up", "create_image:name=agent"]).succeeds();
        let lose = |zones: &[&str]| {
            server.ask("set", json!({"unreachable": zones, "told_by": told_by}));
        };
        lose(&["zones/us-central1-b"]);
        for words in [
            &["destroy"][..],
            &["gc", "--older-than", "0s", "--yes"],
            // The image may be in use there.
            &["delete_image:agent"],
        ] {
            project.imgctl(words).fails(3).says("no answer for zones/us-central1-b");
        }
        assert!(project.has_state());
        assert_eq!(server.names("images"), ["agent"]);
        // A run has nothing in other regions; the leftovers of lost runs may be anywhere.
        lose(&["zones/europe-west4-a", "regions/europe-west4"]);
        project.imgctl(&["destroy"]).succeeds();
        project.imgctl(&["gc", "--older-than", "0s", "--yes"]).fails(3);
        project.imgctl(&["gc", "--older-than", "0s", "--yes", "--run", "another"]).fails(3);
        lose(&[]);
        project.imgctl(&["delete_image:agent"]).succeeds();
    }
}

#[test]
fn a_wrong_region_is_reported_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("");
    project
        .imgctl(&["region:us-central1-a", "up"])
        .fails(2)
        .hints("region:us-central1 and --set zone=us-central1-a");
    project.imgctl(&["region:mars-north1", "up"]).fails(2).says("gce has no region mars-north1");
    project
        .imgctl(&["--set", "zone=europe-west1-b", "up"])
        .fails(2)
        .says("europe-west1-b is not in the region us-central1");
    project
        .imgctl(&["--set", "zone=us-central1-z", "up"])
        .fails(2)
        .says("us-central1 has no zone us-central1-z")
        .hints("choose one of us-central1-a, us-central1-b, us-central1-f");
    assert!(server.calls("instances.insert").is_empty());
}

#[test]
fn a_missing_or_wrong_project_is_reported_before_anything_is_made() {
    let server = GceServer::start();
    let project = server.project("").without("GCE_PROJECT");
    project.imgctl(&["up"]).fails(2).says("no project is set").hints("set GCE_PROJECT");
    let project = project.env("GCE_PROJECT", "other-project");
    for task in ["up", "list_images"] {
        project
            .imgctl(&[task])
            .fails(2)
            .says("'projects/other-project' was not found")
            .hints("check GCE_PROJECT");
    }
    assert!(server.calls("instances.insert").is_empty());
}

/// A part of a list would be taken for the whole, and the rest for gone.
#[test]
fn a_list_whose_pages_lead_to_each_other_is_an_error() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    for list in ["/aggregated/instances$", "/aggregated/disks$", "/global/images$"] {
        server.fault(json!({"kind": "endless", "match": list, "times": 3}));
        project
            .imgctl(&["gc", "--older-than", "0s", "--yes"])
            .fails(3)
            .says("the list has no end")
            .hints("the endpoint");
    }
    project.imgctl(&["destroy"]).succeeds();
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}
