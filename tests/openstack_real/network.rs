//! Networks and addresses.

use super::administrator::admin;
use super::world::{nothing_is_left, project, project_in, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn of_several_networks_one_must_be_named() {
    let said = project_in("wide", "{}").fails(2, &words(&["up"]));
    assert!(said.contains("several networks") && said.contains("blue"), "{said}");
    nothing_is_left("wide");

    let project = project_in("wide", "{networks: [green, blue]}");
    project.succeeds(&words(&["up"]));
    let server = admin().servers("wide")[0].clone();
    let mut networks: Vec<_> = server["addresses"].as_object().unwrap().keys().collect();
    networks.sort();
    assert_eq!(networks, ["blue", "green"]);
    project.succeeds(&["destroy"]);
    nothing_is_left("wide");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_project_without_networks_is_told_so_at_once() {
    let project = project_in("partner", "{}");
    let said = project.fails(2, &words(&["up"]));
    assert!(said.contains("the project has no network"), "{said}");
    nothing_is_left("partner");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn groups_that_are_named_are_used_and_kept() {
    let project = project("{security_groups: [default], ssh_from: auto}");
    project.succeeds(&words(&["up"]));
    assert!(admin().groups("ci").is_empty());
    assert_eq!(admin().servers("ci")[0]["security_groups"][0]["name"], "default");
    project.succeeds(&["destroy"]);
    nothing_is_left("ci");
}
