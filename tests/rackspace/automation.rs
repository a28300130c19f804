//! What Rackspace does to new servers of some accounts is waited for, as their metadata announces it.

use serde_json::{Value, json};

use super::guest::CloudProject;
use super::openstack_server::OpenStackServer;
use super::world::{project, words};

/// A cloud whose new servers take on these metadata after they run, one after the other.
fn cloud(role: &str, key: &str, statuses: &[&str], last: Value) -> OpenStackServer {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| {
        world.roles = vec![role.to_owned()];
        let status = |status: &&str| json!({ "metadata": { key: status } });
        world.server_steps.extend(statuses.iter().map(status));
        world.server_steps.push(last);
    });
    cloud
}

fn starting(cloud: &OpenStackServer) -> CloudProject {
    let project = project(cloud);
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project
}

fn is_stepped(cloud: &OpenStackServer) -> bool {
    cloud.world(|world| world.steps.values().all(|steps| steps.is_empty()))
}

const MANAGED: &str = "rax_service_level_automation";
const RACKCONNECT: &str = "rackconnect_automation_status";

#[test]
fn managed_automation_is_waited_for() {
    let cloud =
        cloud("rax_managed", MANAGED, &["In Progress", "In Progress", "Complete"], json!({}));
    let project = starting(&cloud);
    project.imgctl(&words(&["start"])).succeeds();
    assert!(cloud.world(|world| world.server()["metadata"][MANAGED] == "Complete"));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_whose_automation_failed_is_not_used() {
    let cloud = cloud("rax_managed", MANAGED, &["In Progress", "Build Error"], json!({}));
    let project = starting(&cloud);
    project
        .imgctl(&words(&["start"]))
        .fails(1)
        .says("managed automation failed")
        .says("Build Error")
        .hints("destroy");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn without_the_role_or_with_false_nothing_is_waited_for() {
    let unmanaged = OpenStackServer::rackspace();
    starting(&unmanaged).imgctl(&words(&["start", "destroy"])).succeeds();
    let cloud = cloud("rax_managed", MANAGED, &["In Progress"], json!({}));
    let project = starting(&cloud);
    let switched_off = ["--set", "clouds.rackspace.automation_wait=false"];
    project.imgctl(&[&switched_off[..], &words(&["start", "destroy"])].concat()).succeeds();
}

#[test]
fn with_rackconnect_ssh_goes_to_the_address_that_it_assigns() {
    let moved = json!({"accessIPv4": "198.51.100.9"});
    for (last, is_good) in [("DEPLOYED", true), ("UNPROCESSABLE", true), ("FAILED", false)] {
        let cloud = cloud("rack_connect", RACKCONNECT, &["DEPLOYING"], moved.clone());
        cloud.world(|world| {
            world.server_steps.push(json!({"metadata": {RACKCONNECT: last}}));
        });
        let project = starting(&cloud);
        let ran = project.imgctl(&words(&["start"]));
        match is_good {
            true => drop(ran.succeeds()),
            false => drop(ran.fails(1).says("RackConnect automation failed")),
        }
        if is_good {
            project.imgctl(&["status"]).succeeds().says("198.51.100.9");
        }
        assert!(is_stepped(&cloud));
        project.imgctl(&["destroy"]).succeeds();
    }
}

/// Whatever a server reports without RackConnect, the address is one of its own.
#[test]
fn an_address_of_nobody_is_not_used() {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| world.server_steps.push(json!({"accessIPv4": "198.51.100.9"})));
    let project = starting(&cloud);
    project.imgctl(&words(&["start"])).succeeds();
    project.imgctl(&["status"]).succeeds().says("203.0.113.7");
    project.imgctl(&["destroy"]).succeeds();
}
