//! Killed in the middle and run again: there is one server, and none at the end.

use std::time::{Duration, Instant};

use super::administrator::{Person, admin};
use super::world::{nothing_is_left, project, words};

/// Kills `up` as soon as `what` is true, then runs it again.
fn killed_when(what: fn(&Person) -> bool) {
    let project = project("{floating_ip: true}");
    let admin = admin();
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(300);
    while !what(&admin) {
        assert!(Instant::now() < until, "it was never seen");
        assert!(killed.try_wait().unwrap().is_none(), "`up` ended before it was killed");
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let first: Vec<_> = admin.servers("ci").iter().map(|it| it["id"].clone()).collect();

    project.imgctl(&["up", "bootstrap"]).succeeds();
    let servers = admin.servers("ci");
    assert_eq!(servers.len(), 1, "{servers:#?}");
    assert!(first.is_empty() || first[0] == servers[0]["id"], "the same one: {first:?}");
    assert_eq!(admin.floating("ci").len(), 1);
    assert_eq!(admin.groups("ci").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_when_the_security_group_exists() {
    killed_when(|admin| !admin.groups("ci").is_empty());
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_when_the_server_exists() {
    killed_when(|admin| !admin.servers("ci").is_empty());
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn killed_when_the_floating_address_exists() {
    killed_when(|admin| !admin.floating("ci").is_empty());
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn gc_finds_a_run_without_its_state_file() {
    let project = project("{floating_ip: true}");
    project.imgctl(&words(&["up"])).succeeds();
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    let chosen = [
        "--set",
        "defaults.cloud=openstack",
        "--set",
        "defaults.region=RegionOne",
        "--yes",
        "gc",
        "--older-than",
        "0s",
    ];
    project.imgctl(&chosen).succeeds().says("key_pair").says("imgctl-run-");
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_server_that_someone_else_deletes_is_missed() {
    let project = project("{}");
    project.imgctl(&words(&["up"])).succeeds();
    let admin = admin();
    let id = admin.servers("ci")[0]["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("{}/servers/{id}", super::administrator::NOVA));
    let until = Instant::now() + Duration::from_secs(120);
    while !admin.servers("ci").is_empty() {
        assert!(Instant::now() < until, "nova does not delete it");
        std::thread::sleep(Duration::from_millis(100));
    }
    project.imgctl(&["up"]).fails(1).says("no longer exists");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
