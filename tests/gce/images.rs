//! Images: listing, sharing, deprecating, pruning, deleting.

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const IMAGES: &str = "projects/test-project/global/images";

/// Puts an image into the project; ours when it has a run.
fn put(server: &GceServer, name: &str, created: &str, run: Option<&str>) {
    let labels = run.map_or(json!({}), |run| json!({ "imgctl-run": run }));
    let fields = json!({"status": "READY", "labels": labels, "creationTimestamp": created});
    server
        .ask("add", json!({"path": format!("{IMAGES}/{name}"), "kind": "image", "fields": fields}));
}

fn old(server: &GceServer) -> CloudProject {
    put(server, "imgctl-debian12-2", "2020-02-01T00:00:00.000-08:00", Some("run-2"));
    put(server, "imgctl-debian12-1", "2020-01-01T00:00:00.000-08:00", Some("run-1"));
    put(server, "imgctl-debian12-3", "2020-03-01T00:00:00.000-08:00", Some("run-3"));
    put(server, "somebody-elses", "2020-04-01T00:00:00.000-08:00", None);
    server.project("")
}

fn listed(project: &CloudProject, words: &str) -> Vec<String> {
    let lines = project.succeeds(&[words]);
    let names = lines.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn images_are_listed_over_all_pages_oldest_first() {
    let server = GceServer::start();
    let project = old(&server);
    let ours = ["imgctl-debian12-1", "imgctl-debian12-2", "imgctl-debian12-3"];
    assert_eq!(listed(&project, "list_images"), ours);
    assert_eq!(listed(&project, "list_images:all=true").len(), 4);
}

#[test]
fn an_image_is_shared_once_beside_what_its_policy_says() {
    let server = GceServer::start();
    let project = old(&server);
    let share = "share_image:imgctl-debian12-1,accounts='a@example.com 1234',organizations=b.org";
    // Somebody else writes at the same time.
    server.fault(json!({"kind": "refuse", "match": "setIamPolicy", "status": 409,
        "reason": "conflict", "message": "There were concurrent policy changes."}));
    project.succeeds(&[&share.replace('\'', "")]);
    let policies = server.ask("policies", json!({}));
    let policy: &Value = &policies[&format!("{IMAGES}/imgctl-debian12-1")];
    let members = json!([
        "user:a@example.com",
        "serviceAccount:1234@cloudservices.gserviceaccount.com",
        "domain:b.org",
    ]);
    let binding = json!([{"role": "roles/compute.imageUser", "members": members}]);
    assert_eq!(policy["bindings"], binding);
    let ran = project.imgctl(&[&share.replace('\'', "")]);
    assert!(ran.status == 0 && ran.stderr.contains("was shared already"));
    let told = project.fails(2, &["share_image:imgctl-debian12-1,accounts=my-project"]);
    assert!(told.contains("the number of a project"), "{told}");
}

#[test]
fn a_deprecated_image_is_no_longer_offered_and_a_date_to_come_is_only_written_down() {
    let server = GceServer::start();
    let project = old(&server);
    project.succeeds(&["deprecate_image:imgctl-debian12-1,at=2026-01-31"]);
    let ran = project.imgctl(&["deprecate_image:imgctl-debian12-1,at=2026-01-31"]);
    assert!(ran.stderr.contains("was deprecated already"));
    let ran = project.imgctl(&["deprecate_image:imgctl-debian12-2,at=2099-01-31"]);
    assert!(ran.status == 0 && ran.stderr.contains("give the same command again"));
    let images = server.ask("things", json!({"kind": "images"}));
    let state = |name: &str| images[&format!("{IMAGES}/{name}")]["deprecated"].clone();
    assert_eq!(state("imgctl-debian12-1")["state"], "DEPRECATED");
    let told = json!({"state": "ACTIVE", "deprecated": "2099-01-31T00:00:00Z"});
    assert_eq!(state("imgctl-debian12-2"), told);
}

#[test]
fn an_image_on_its_way_out_is_never_offered_again() {
    let server = GceServer::start();
    let project = old(&server);
    let path = format!("{IMAGES}/imgctl-debian12-1");
    let status = |state: &str| {
        let next = "https://www.googleapis.com/compute/v1/projects/test-project/global/images/next";
        json!({"state": state, "replacement": next, "obsolete": "2099-02-01T00:00:00Z"})
    };
    let set = |state: &str| {
        server.ask("change", json!({"path": path, "fields": {"deprecated": status(state)}}));
    };
    let known = || server.ask("things", json!({"kind": "images"}))[&path]["deprecated"].clone();
    for state in ["DEPRECATED", "OBSOLETE", "DELETED"] {
        set(state);
        let ran = project.imgctl(&["deprecate_image:imgctl-debian12-1,at=2026-01-31"]);
        assert!(ran.status == 0 && ran.stderr.contains("was deprecated already"));
        let told = project.fails(3, &["deprecate_image:imgctl-debian12-1,at=2099-01-31"]);
        let already = format!("imgctl-debian12-1 is {} already", state.to_lowercase());
        assert!(told.contains(&already), "{told}");
        assert_eq!(known(), status(state));
    }
    // What else is written down stays.
    set("ACTIVE");
    project.succeeds(&["deprecate_image:imgctl-debian12-1,at=2026-01-31"]);
    let mut expected = status("DEPRECATED");
    expected["deprecated"] = json!("2026-01-31T00:00:00Z");
    assert_eq!(known(), expected);
}

#[test]
fn old_images_are_pruned_and_those_in_use_stay() {
    let server = GceServer::start();
    let project = old(&server);
    project.succeeds(&["up:base=imgctl-debian12-1"]);
    let told = project.fails(3, &["delete_image:imgctl-debian12-1"]);
    assert!(told.contains("instance imgctl-debian12-"), "{told}");
    project.succeeds(&["prune_images:keep=1"]);
    let left = ["imgctl-debian12-1", "imgctl-debian12-3"];
    assert_eq!(listed(&project, "list_images"), left);
    // Templates name images, too, those of a region as well.
    for place in ["global", "regions/us-central1"] {
        let path = format!("projects/test-project/{place}/instanceTemplates/agents");
        let disk =
            json!({"initializeParams": {"sourceImage": format!("{IMAGES}/imgctl-debian12-3")}});
        let fields = json!({"properties": {"disks": [disk]}});
        server.ask("add", json!({"path": path, "kind": "instanceTemplate", "fields": fields}));
        let told = project.fails(3, &["delete_image:imgctl-debian12-3"]);
        assert!(told.contains("instance template agents"), "{told}");
        server.ask("remove", json!({"kind": "instanceTemplates"}));
    }
    let address = format!("https://www.googleapis.com/compute/v1/{IMAGES}/imgctl-debian12-1");
    project.succeeds(&["destroy", &format!("delete_image:{address}")]);
    let told = project.fails(1, &["delete_image:imgctl-debian12-1"]);
    assert!(told.contains("there is no image imgctl-debian12-1"), "{told}");
}

/// Upper case and blanks are not for names there: what is pruned is what `create_image` calls so.
#[test]
fn images_are_pruned_under_the_name_that_the_cloud_gave_them() {
    let server = GceServer::start();
    let project = server.project("");
    let named = |words: &[&str]| {
        let name = ["--set", "name=CI_Agent {distribution} of the fleet that builds it all"];
        project.succeeds(&[&name, words].concat())
    };
    named(&["up", "create_image", "destroy"]);
    let new = listed(&project, "list_images").remove(0);
    let base = new.strip_suffix(&new[new.len() - "20200101-000000".len()..]).unwrap();
    assert!(new.len() <= 63 && base.starts_with("ci-agent-debian12-of-the-"), "{new}");
    let old = format!("{base}20200101-000000");
    put(&server, &old, "2020-01-01T00:00:00.000-08:00", Some("run-1"));
    assert_eq!(listed(&project, "list_images"), [old, new.clone()]);
    named(&["prune_images:keep=1"]);
    assert_eq!(listed(&project, "list_images"), [new]);
}

#[test]
fn an_image_is_not_copied_because_it_is_everywhere() {
    let server = GceServer::start();
    let told = old(&server).fails(2, &["copy_image:imgctl-debian12-1,regions=europe-west1"]);
    assert!(told.contains("can be used in every region"), "{told}");
}

#[test]
fn a_name_that_is_taken_is_told_and_the_next_try_may_choose_another() {
    let server = GceServer::start();
    let project = old(&server);
    project.succeeds(&["up"]);
    let told = project.fails(3, &["create_image:name=somebody-elses"]);
    assert!(told.contains("there is an image named somebody-elses already"), "{told}");
    // Found before the instance was deleted.
    assert_eq!(server.names("instances").len(), 1);
    let told = project.succeeds(&["create_image:name=My_Agent", "destroy"]);
    assert!(told.contains("created server image: my-agent"), "{told}");
}

#[test]
fn an_image_that_fails_can_be_made_again_of_the_same_disk() {
    let server = GceServer::start();
    let project = server.project("");
    project.succeeds(&["up"]);
    server.fault(json!({"kind": "operation", "match": "POST .*/images$", "status": 403,
        "code": "QUOTA_EXCEEDED", "message": "Quota 'IMAGES' exceeded.  Limit: 1.0 globally."}));
    let told = project.fails(3, &["create_image"]);
    assert!(told.contains("QUOTA_EXCEEDED: Quota 'IMAGES' exceeded"), "{told}");
    assert!(server.names("images").is_empty() && server.names("instances").is_empty());
    // What was built is on the disk alone: no new instance shall take its place.
    let told = project.fails(2, &["up"]);
    assert!(told.contains("`imgctl create_image` makes the image of it"), "{told}");
    assert_eq!(server.names("disks").len(), 1);
    project.succeeds(&["create_image", "verify_image", "destroy"]);
    assert_eq!(server.names("images").len(), 1);
    assert!(server.names("disks").is_empty());
}
