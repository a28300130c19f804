//! Killed at the worst moment, and lost replies: one server, and none at the end.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

const START: &str = "POST /compute/v2.1/servers";

#[test]
fn killed_right_after_nova_took_the_request_there_is_one_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let first = cloud.world(|world| world.server()["id"].clone());

    project.succeeds(&["up"]);
    assert_eq!(cloud.world(|world| world.server()["id"].clone()), first, "the same one");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn killed_there_destroy_finds_it_all_the_same() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    let (told, hears) = channel();
    cloud.rule("POST /network/v2.0/floatingips", 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(cloud.world(|world| world.debris().len()), 4, "server, key pair, group, address");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    cloud.rule(START, 1, Then::HangUp);
    project.succeeds(&words(&["up", "destroy"]));
    assert_eq!(cloud.requests(START).iter().filter(|it| it.line() == START).count(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Nova takes seconds to answer, and lists a server only then.
#[test]
fn a_server_that_comes_to_light_late_is_waited_for() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    cloud.rule(START, 1, Then::HangUp);
    // The one that is asked for at once, and two more.
    cloud.world(|world| world.late = 4);
    assert_ne!(project.imgctl(&words(&["up"])).status, 0, "it is not listed yet");
    let first = cloud.world(|world| world.server()["id"].clone());
    project.succeeds(&["up"]);
    assert_eq!(cloud.world(|world| world.server()["id"].clone()), first, "the same one");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_that_comes_to_light_late_is_destroyed() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    cloud.rule(START, 1, Then::HangUp);
    cloud.world(|world| world.late = 4);
    assert_ne!(project.imgctl(&words(&["up"])).status, 0, "it is not listed yet");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_second_server_that_comes_to_light_too_late_is_removed() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    // For longer than it is waited for.
    let first = cloud.world(|world| {
        world.late = usize::MAX;
        world.server()["id"].clone()
    });
    project.succeeds(&["up"]);
    assert_ne!(cloud.world(|world| world.server()["id"].clone()), first, "the second is kept");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_image() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up", "down"]));
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    project.write(
        "scripts/snapshot.rhai",
        "//! Makes an image. Of what there is.\ncloud::create_image();\n",
    );
    cloud.rule(&format!("POST /compute/v2.1/servers/{id}/action"), 1, Then::HangUp);
    project.imgctl(&["snapshot"]);
    let image = created_image(&project.succeeds(&["snapshot"]));
    let own = cloud.world(|world| world.own_images().len());
    assert_eq!(own, 1, "and it is {image}");
    project.succeeds(&["destroy"]);
}

#[test]
fn without_its_state_file_a_run_is_found_by_gc() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    project.succeeds(&words(&["up"]));
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    // As for any command beside the tasks, the cloud is the one of the configuration.
    let chosen = ["--set", "defaults.cloud=openstack", "--yes", "gc", "--older-than", "0s"];
    let said = project.succeeds(&chosen);
    assert!(said.contains("keypair") && said.contains("imgctl-run-"), "{said}");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}
