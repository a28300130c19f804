//! Images: listing, sharing, deprecating, pruning, deleting.

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const IMAGES: &str = "projects/test-project/global/images";

/// Puts an image into the project; one of imgctl's if it has a run.
fn put(server: &GceServer, name: &str, created: &str, run: Option<&str>) {
    let labels = run.map_or(json!({}), |run| json!({ "imgctl-run": run }));
    let fields = json!({"status": "READY", "labels": labels, "creationTimestamp": created});
    server
        .ask("add", json!({"path": format!("{IMAGES}/{name}"), "kind": "image", "fields": fields}));
}

fn old(server: &GceServer) -> CloudProject {
    put(server, "imgctl-debian12-20200201-000000", "2020-02-01T00:00:00.000-08:00", Some("run-2"));
    put(server, "imgctl-debian12-20200101-000000", "2020-01-01T00:00:00.000-08:00", Some("run-1"));
    put(server, "imgctl-debian12-20200301-000000", "2020-03-01T00:00:00.000-08:00", Some("run-3"));
    put(server, "somebody-elses", "2020-04-01T00:00:00.000-08:00", None);
    server.project("")
}

fn listed(project: &CloudProject, words: &str) -> Vec<String> {
    let ran = project.imgctl(&[words]).succeeds();
    let names = ran.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn images_are_listed_over_all_pages_oldest_first() {
    let server = GceServer::start();
    let project = old(&server);
    let ours = [
        "imgctl-debian12-20200101-000000",
        "imgctl-debian12-20200201-000000",
        "imgctl-debian12-20200301-000000",
    ];
    assert_eq!(listed(&project, "list_images"), ours);
    assert_eq!(listed(&project, "list_images:all=true").len(), 4);
}

#[test]
fn sharing_keeps_the_rest_of_the_policy_and_is_done_once() {
    let server = GceServer::start();
    let project = old(&server);
    let share = "share_image:imgctl-debian12-20200101-000000,accounts='a@example.com 1234',organizations=b.org";
    // Another change of the policy comes between.
    server.fault(json!({"kind": "refuse", "match": "setIamPolicy", "status": 409,
        "reason": "conflict", "message": "There were concurrent policy changes."}));
    project.imgctl(&[&share.replace('\'', "")]).succeeds();
    let policies = server.ask("policies", json!({}));
    let policy: &Value = &policies[&format!("{IMAGES}/imgctl-debian12-20200101-000000")];
    let members = json!([
        "user:a@example.com",
        "serviceAccount:1234@cloudservices.gserviceaccount.com",
        "domain:b.org",
    ]);
    let binding = json!([{"role": "roles/compute.imageUser", "members": members}]);
    assert_eq!(policy["bindings"], binding);
    project.imgctl(&[&share.replace('\'', "")]).succeeds().says("was shared already");
    project
        .imgctl(&["share_image:imgctl-debian12-20200101-000000,accounts=my-project"])
        .fails(2)
        .says("the number of a project");
}

#[test]
fn an_image_is_deprecated_at_once_and_a_date_to_come_is_only_recorded() {
    let server = GceServer::start();
    let project = old(&server);
    project.imgctl(&["deprecate_image:imgctl-debian12-20200101-000000,at=2026-01-31"]).succeeds();
    project
        .imgctl(&["deprecate_image:imgctl-debian12-20200101-000000,at=2026-01-31"])
        .succeeds()
        .says("was deprecated already");
    project
        .imgctl(&["deprecate_image:imgctl-debian12-20200201-000000,at=2099-01-31"])
        .succeeds()
        .says("run the same command again after 2099-01-31");
    let images = server.ask("things", json!({"kind": "images"}));
    let state = |name: &str| images[&format!("{IMAGES}/{name}")]["deprecated"].clone();
    assert_eq!(state("imgctl-debian12-20200101-000000")["state"], "DEPRECATED");
    let told = json!({"state": "ACTIVE", "deprecated": "2099-01-31T00:00:00Z"});
    assert_eq!(state("imgctl-debian12-20200201-000000"), told);
}

#[test]
fn a_deprecated_or_withdrawn_image_is_never_offered_again() {
    let server = GceServer::start();
    let project = old(&server);
    let path = format!("{IMAGES}/imgctl-debian12-20200101-000000");
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
        project
            .imgctl(&["deprecate_image:imgctl-debian12-20200101-000000,at=2026-01-31"])
            .succeeds()
            .says("was deprecated already");
        project
            .imgctl(&["deprecate_image:imgctl-debian12-20200101-000000,at=2099-01-31"])
            .fails(3)
            .says(&format!("imgctl-debian12-20200101-000000 is already {}", state.to_lowercase()));
        assert_eq!(known(), status(state));
    }
    // The rest of the status is kept.
    set("ACTIVE");
    project.imgctl(&["deprecate_image:imgctl-debian12-20200101-000000,at=2026-01-31"]).succeeds();
    let mut expected = status("DEPRECATED");
    expected["deprecated"] = json!("2026-01-31T00:00:00Z");
    assert_eq!(known(), expected);
}

#[test]
fn old_images_are_pruned_and_those_in_use_stay() {
    let server = GceServer::start();
    let project = old(&server);
    project.imgctl(&["up:base=imgctl-debian12-20200101-000000"]).succeeds();
    project
        .imgctl(&["delete_image:imgctl-debian12-20200101-000000"])
        .fails(3)
        .says("instance imgctl-debian12-");
    project.imgctl(&["prune_images:keep=1"]).succeeds();
    let left = ["imgctl-debian12-20200101-000000", "imgctl-debian12-20200301-000000"];
    assert_eq!(listed(&project, "list_images"), left);
    // Templates use images, too: global and regional ones.
    for place in ["global", "regions/us-central1"] {
        let path = format!("projects/test-project/{place}/instanceTemplates/agents");
        let disk = json!({"initializeParams": {"sourceImage": format!("{IMAGES}/imgctl-debian12-20200301-000000")}});
        let fields = json!({"properties": {"disks": [disk]}});
        server.ask("add", json!({"path": path, "kind": "instanceTemplate", "fields": fields}));
        project
            .imgctl(&["delete_image:imgctl-debian12-20200301-000000"])
            .fails(3)
            .says("instance template agents");
        server.ask("remove", json!({"kind": "instanceTemplates"}));
    }
    let address =
        format!("https://www.googleapis.com/compute/v1/{IMAGES}/imgctl-debian12-20200101-000000");
    project.imgctl(&["destroy", &format!("delete_image:{address}")]).succeeds();
    project
        .imgctl(&["delete_image:imgctl-debian12-20200101-000000"])
        .fails(1)
        .says("there is no image imgctl-debian12-20200101-000000");
}

/// Google's names have no upper case and no blanks: pruning looks for the name that `create_image`
/// gave.
#[test]
fn images_are_pruned_under_the_name_that_the_cloud_gave_them() {
    let server = GceServer::start();
    let project = server.project("");
    let named = |words: &[&str]| {
        let name = ["--set", "name=CI_Agent {distribution} of the fleet that builds it all"];
        project.imgctl(&[&name, words].concat()).succeeds()
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
fn an_image_is_not_copied_because_it_is_available_everywhere() {
    let server = GceServer::start();
    old(&server)
        .imgctl(&["copy_image:imgctl-debian12-20200101-000000,regions=europe-west1"])
        .fails(2)
        .hints("available in every region");
}

#[test]
fn a_name_that_is_taken_is_refused_and_the_next_try_may_choose_another() {
    let server = GceServer::start();
    let project = old(&server);
    project.imgctl(&["up"]).succeeds();
    project
        .imgctl(&["create_image:name=somebody-elses"])
        .fails(3)
        .says("another image is already named `somebody-elses`");
    // The instance was not deleted.
    assert_eq!(server.names("instances").len(), 1);
    project
        .imgctl(&["create_image:name=My_Agent", "destroy"])
        .succeeds()
        .says("created server image: my-agent");
}

#[test]
fn a_failed_image_can_be_made_again_of_the_same_disk() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    server.fault(json!({"kind": "operation", "match": "POST .*/images$", "status": 403,
        "code": "QUOTA_EXCEEDED", "message": "Quota 'IMAGES' exceeded.  Limit: 1.0 globally."}));
    project.imgctl(&["create_image"]).fails(3).says("QUOTA_EXCEEDED: Quota 'IMAGES' exceeded");
    assert!(server.names("images").is_empty());
    // What was built is still there, and is not cleaned a second time.
    assert_eq!(server.only("instances")["status"], "TERMINATED");
    let again = project.imgctl(&["create_image"]).succeeds();
    again.never_says("is stopped");
    assert!(server.names("instances").is_empty());
    project.imgctl(&["verify_image", "destroy"]).succeeds();
    assert_eq!(server.names("images").len(), 1);
    assert!(server.names("disks").is_empty());
}

#[test]
fn a_channel_is_a_family_that_leads_to_one_image() {
    let server = GceServer::start();
    let project = old(&server);
    let names = ["20200101", "20200201"].map(|day| format!("imgctl-debian12-{day}-000000"));
    let family = || {
        let things = server.ask("things", json!({ "kind": "images" }));
        let images = things.as_object().unwrap().values();
        let members = images.filter(|image| image["family"] == "debian12-stable");
        members.map(|image| image["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut before = "none";
    for name in [&names[0], &names[1], &names[0]] {
        let promote = format!("promote:id={name},force=true");
        let said = format!("family debian12-stable in us-central1: {before} -> {name}");
        project.imgctl(&[&promote]).succeeds().says(&said);
        assert_eq!(
            family(),
            std::slice::from_ref(name),
            "an older one is the newest of the family only alone"
        );
        project.imgctl(&[&promote]).succeeds().says("already");
        before = name;
    }
    // By the family, and by the channel's name.
    let base = "--set=base={family: debian12-stable, project: test-project}";
    for words in [&[base, "up"][..], &["up:base=channel:stable"]] {
        project.imgctl(words).succeeds().says(&format!("base image: {}", names[0]));
        project.imgctl(&["destroy"]).succeeds();
    }
    project.imgctl(&[&format!("deprecate_image:{}", names[1])]).succeeds();
    let promote = format!("promote:id={},force=true", names[1]);
    project.imgctl(&[&promote]).fails(3).says("no family offers it").hints("--state ACTIVE");
    let other = "--set=publish.channel_names.gce=other";
    let promote = format!("promote:id={},force=true", names[0]);
    project
        .imgctl(&[other, &promote])
        .fails(3)
        .says("family debian12-stable, which it would leave");
    // Images are global.
    let far = "--set=publish.regions={gce: [europe-west1]}";
    let ran = project.imgctl(&[far, &promote]).fails(2);
    ran.hints("leave gce out of publish.regions").hints("available in every region");
    assert_eq!(family(), std::slice::from_ref(&names[0]));
}

/// Whoever asks for a family starts from its newest image, whatever the settings call channels.
#[test]
fn the_newest_image_of_any_family_is_neither_pruned_nor_deleted() {
    let server = GceServer::start();
    let project = old(&server);
    let names = ["20200101", "20200201"].map(|day| format!("imgctl-debian12-{day}-000000"));
    let elsewhere = "--set=publish.channel_names.gce=agents-{channel}";
    let promote = |name| format!("promote:id={name},channel=beta,force=true");
    project.imgctl(&[elsewhere, &promote(&names[0])]).succeeds();
    let delete = format!("delete_image:{}", names[0]);
    project.imgctl(&[&delete]).fails(3).says("family agents-beta").hints("force=true");
    let ran = project.imgctl(&["prune_images:keep=1"]).succeeds();
    ran.says(&format!("kept {} (", names[0])).says("family agents-beta uses it");
    assert!(listed(&project, "list_images").contains(&names[0]));
    project.imgctl(&[&format!("{delete},force=true")]).succeeds();
}
