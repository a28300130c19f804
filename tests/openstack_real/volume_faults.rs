//! Volumes that fail, and commands that are killed while cinder works.

use std::process::Child;

use serde_json::{Value, json};

use super::administrator::admin;
use super::guest::CloudProject;
use super::refusals::refused;
use super::volumes::GC;
use super::world::{eventually, nothing_is_left, project, words};

/// The file for which the back end waits with `volume: waits`.
fn go(yes: bool) {
    let root = std::env::var("OPENSTACK_REAL").expect("set by make test-openstack");
    let file = format!("{root}/var/lib/volumes/go");
    if yes {
        std::fs::write(file, "").unwrap();
    } else {
        let _ = std::fs::remove_file(file);
    }
}

fn statuses(list: &[Value]) -> Vec<&str> {
    list.iter().map(|it| it["status"].as_str().unwrap()).collect()
}

/// Kills the command as soon as `is_so`.
fn killed_when(project: &CloudProject, command: &[&str], what: &str, is_so: impl Fn() -> bool) {
    let mut running: Child = project.command(command).spawn().unwrap();
    eventually(what, || {
        let so = is_so();
        assert!(so || running.try_wait().unwrap().is_none(), "it ended before {what}");
        so
    });
    running.kill().unwrap();
    running.wait().unwrap();
}

/// A project whose `up` was killed while cinder was creating the volume.
fn killed_between_volume_and_server() -> CloudProject {
    go(false);
    let project = project("{boot_volume: {size: 5GiB}, tags: {volume: waits}}");
    killed_when(&project, &words(&["up"]), "cinder creates the volume", || {
        statuses(&admin().volumes("ci")) == ["creating"]
    });
    assert!(admin().servers("ci").is_empty());
    project
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_between_volume_and_server_destroy_leaves_nothing() {
    let project = killed_between_volume_and_server();
    // Cinder deletes no volume that it is creating.
    let mut destroying = project.command(&["destroy"]).spawn().unwrap();
    go(true);
    assert!(destroying.wait().unwrap().success());
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_between_volume_and_server_the_next_run_continues_with_the_volume() {
    let project = killed_between_volume_and_server();
    let first = admin().volumes("ci")[0]["id"].clone();
    go(true);
    project.imgctl(&["up", "bootstrap"]).succeeds();
    let volumes = admin().volumes("ci");
    assert_eq!((volumes.len(), &volumes[0]["id"]), (1, &first));
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn gc_finds_a_volume_without_a_server_and_without_a_state_file() {
    let project = killed_between_volume_and_server();
    go(true);
    let volume = admin().volumes("ci")[0]["id"].as_str().unwrap().to_owned();
    eventually("the volume is ready", || statuses(&admin().volumes("ci")) == ["available"]);
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    project.imgctl(&GC).succeeds().says(&volume);
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_while_the_server_boots_or_is_deleted_nothing_is_left() {
    let project = project("{boot_volume: {size: 5GiB}}");
    killed_when(&project, &words(&["up"]), "the server exists", || {
        !admin().servers("ci").is_empty()
    });
    project.imgctl(&["up", "bootstrap"]).succeeds();
    assert_eq!((admin().servers("ci").len(), admin().volumes("ci").len()), (1, 1));
    killed_when(&project, &["destroy"], "the server is gone", || admin().servers("ci").is_empty());
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_while_an_image_is_made_it_is_found_or_removed() {
    for again in [true, false] {
        let project = project("{boot_volume: {size: 5GiB}}");
        project.imgctl(&words(&["up", "down"])).succeeds();
        killed_when(&project, &["snapshot"], "the snapshot exists", || {
            !admin().snapshots("ci").is_empty()
        });
        if again {
            let ran = project.imgctl(&["snapshot"]).succeeds();
            let image = super::world::created_image(&ran);
            assert_eq!((admin().snapshots("ci").len(), admin().images("ci").len()), (1, 1));
            project.imgctl(&[&format!("delete_image:{image}"), "destroy"]).succeeds();
        } else {
            project.imgctl(&["destroy"]).succeeds();
        }
        nothing_is_left("ci");
    }
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_volume_that_fails_is_told_in_cinders_words_and_removed() {
    let no_back_end = "Could not find any available weighted backend";
    for (settings, why) in [
        ("{boot_volume: {size: 5GiB, type: gold}}", no_back_end),
        ("{boot_volume: {size: 5GiB}, tags: {volume: fails}}", ""),
    ] {
        let project = project(settings);
        let ran = project.imgctl(&words(&["up"])).fails(1);
        ran.says("went into error").says(why).hints("`boot_volume`");
        assert_eq!(admin().volumes("ci"), Vec::<Value>::new(), "{settings}");
        assert!(admin().servers("ci").is_empty());
        project.imgctl(&["destroy"]).succeeds();
        nothing_is_left("ci");
    }
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_used_up_quota_of_volumes_is_reported() {
    let of_cinder = |quota: (&str, i64)| {
        let url = format!("{}/os-quota-sets", admin().cinder());
        refused(&url, "quota_set", quota, "{boot_volume: {size: 5GiB}}")
    };
    of_cinder(("volumes", 0)).says("Maximum number of volumes allowed (0) exceeded");
    of_cinder(("gigabytes", 4))
        .says("Requested volume or snapshot exceeds allowed gigabytes quota");
    of_cinder(("gigabytes___DEFAULT__", 4)).says("gigabytes");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_used_up_quota_of_snapshots_is_reported_and_nothing_is_left_of_the_image() {
    let admin = admin();
    let url = format!("{}/os-quota-sets/{}", admin.cinder(), admin.project_id("ci"));
    let set = |count: i64| admin.put(&url, json!({"quota_set": {"snapshots": count}}));
    let project = project("{boot_volume: {size: 5GiB}}");
    project.imgctl(&words(&["up"])).succeeds();
    set(0);
    let ran = project.imgctl(&["snapshot"]);
    set(10);
    ran.fails(3).says("snapshot").hints("the project's quota is used up");
    assert_eq!((admin.snapshots("ci").len(), admin.images("ci").len()), (0, 0));
    let ran = project.imgctl(&["snapshot"]).succeeds();
    let image = super::world::created_image(&ran);
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_snapshot_that_fails_is_told_and_removed_with_its_image() {
    let project = project("{boot_volume: {size: 5GiB}, tags: {volume-snapshot: fails}}");
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["snapshot"]).fails(1).says("the snapshot failed").says("error");
    assert_eq!((admin().snapshots("ci").len(), admin().images("ci").len()), (0, 0));
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_volume_that_cinder_cannot_delete_is_told_at_once_and_remembered() {
    let project = project("{boot_volume: {size: 5GiB}, tags: {volume-end: fails}}");
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["destroy"]).fails(3).says("error_deleting").hints("administrator");
    let admin = admin();
    let volume = admin.volumes("ci").remove(0);
    let url = format!("{}/volumes/{}/action", admin.cinder(), volume["id"].as_str().unwrap());
    admin.post(&url, json!({"os-reset_status": {"status": "error"}}));
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
