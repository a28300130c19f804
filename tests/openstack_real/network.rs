//! Networks and addresses.

use super::administrator::admin;
use super::world::{nothing_is_left, project, project_in, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn of_several_networks_one_has_to_be_named() {
    project_in("wide", "{}")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("several networks")
        .hints("blue");
    nothing_is_left("wide");

    let project = project_in("wide", "{networks: [green, blue]}");
    project.imgctl(&words(&["up"])).succeeds();
    let server = admin().servers("wide")[0].clone();
    let mut networks: Vec<_> = server["addresses"].as_object().unwrap().keys().collect();
    networks.sort();
    assert_eq!(networks, ["blue", "green"]);
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("wide");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_project_without_networks_is_an_error_at_once() {
    let project = project_in("partner", "{}");
    project.imgctl(&words(&["up"])).fails(2).says("the project has no network");
    nothing_is_left("partner");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn named_security_groups_are_used_and_kept() {
    let project = project("{security_groups: [default], ssh_from: auto}");
    project.imgctl(&words(&["up"])).succeeds();
    assert!(admin().groups("ci").is_empty());
    assert_eq!(admin().servers("ci")[0]["security_groups"][0]["name"], "default");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
