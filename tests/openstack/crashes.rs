//! Killed at the worst moment, and lost replies: there is one server, and none at the end.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

const START: &str = "POST /compute/v2.1/servers";

#[test]
fn killed_right_after_the_request_there_is_one_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let first = cloud.world(|world| world.server()["id"].clone());

    project.imgctl(&["up"]).succeeds();
    assert_eq!(cloud.world(|world| world.server()["id"].clone()), first, "the same one");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn killed_right_after_the_request_destroy_finds_everything() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    let (told, hears) = channel();
    cloud.rule("POST /network/v2.0/floatingips", 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(cloud.world(|world| world.debris().len()), 4, "server, key pair, group, address");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    cloud.rule(START, 1, Then::HangUp);
    project.imgctl(&words(&["up", "destroy"])).succeeds();
    assert_eq!(cloud.requests(START).iter().filter(|it| it.line() == START).count(), 1);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Nova takes seconds to answer, and lists a server only then.
#[test]
fn a_server_that_is_listed_late_is_waited_for() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    cloud.rule(START, 1, Then::HangUp);
    // Lists without the server: the one before the request, the one right after it, and two more.
    cloud.world(|world| world.late = 4);
    project.imgctl(&words(&["up"])).succeeds().says("the reply was lost");
    assert_eq!(cloud.requests(START).iter().filter(|it| it.line() == START).count(), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_that_is_listed_late_is_destroyed() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    cloud.world(|world| world.late = 4);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_that_is_listed_too_late_is_removed() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut killed = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    // Longer than `up` waits for it.
    let first = cloud.world(|world| {
        world.late = usize::MAX;
        world.server()["id"].clone()
    });
    project.imgctl(&["up"]).succeeds();
    assert_ne!(cloud.world(|world| world.server()["id"].clone()), first, "the second is kept");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_lost_reply_makes_no_second_image() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up", "down"])).succeeds();
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    project.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    cloud.rule(&format!("POST /compute/v2.1/servers/{id}/action"), 1, Then::HangUp);
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds().says("the reply was lost"));
    let own = cloud.world(|world| world.own_images().len());
    assert_eq!(own, 1, "and it is {image}");
    project.imgctl(&["destroy"]).succeeds();
}

/// The request was on its way when its sender was killed, or reaches the other servers late: `destroy` has
/// looked several times before the thing is listed.
#[test]
fn what_is_listed_only_after_destroy_has_looked_is_removed() {
    let images = ("GET /image/v2/images", json!({"images": []}));
    let addresses = ("GET /network/v2.0/floatingips", json!({"floatingips": []}));
    for (creation, (list, nothing)) in [("action", images), ("floatingips", addresses)] {
        let cloud = OpenStackServer::start();
        let project = project(&cloud, "{floating_ip: true}");
        let (told, hears) = channel();
        let words = match creation {
            "action" => {
                project.imgctl(&words(&["up", "down"])).succeeds();
                let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
                cloud.rule(&format!("POST /compute/v2.1/servers/{id}/action"), 1, Then::Hold(told));
                vec!["-e", "cloud::create_image();"]
            }
            _ => {
                cloud.rule("POST /network/v2.0/floatingips", 1, Then::Hold(told));
                words(&["up"])
            }
        };
        let words = if words[0] == "-e" { [vec!["run"], words].concat() } else { words };
        let mut killed = project.command(&words).spawn().unwrap();
        hears.recv_timeout(Duration::from_secs(60)).unwrap();
        killed.kill().unwrap();
        killed.wait().unwrap();
        // More than the looks that tell a server that lags behind from one that knows.
        cloud.rule(list, 16, Then::Refuse(200, nothing));
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
        assert_eq!(cloud.world(|world| world.own_images().len()), 0, "nobody was told of it");
    }
}

#[test]
fn gc_finds_a_run_without_its_state_file() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{floating_ip: true}");
    project.imgctl(&words(&["up"])).succeeds();
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    // Commands that are no tasks use the cloud of the configuration.
    let chosen = ["--set", "defaults.cloud=openstack", "--yes", "gc", "--older-than", "0s"];
    project.imgctl(&chosen).succeeds().says("key_pair").says("imgctl-run-");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Another command may be about to write it down.
#[test]
fn gc_leaves_what_the_run_of_this_project_has_asked_for() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let (told, hears) = channel();
    cloud.rule(START, 1, Then::Hold(told));
    let mut running = project.command(&words(&["up"])).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    let gc = ["--set", "defaults.cloud=openstack", "--yes", "gc", "--older-than", "0s"];
    project.imgctl(&gc).succeeds().says("nothing was left behind");
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(cloud.world(|world| (world.servers.len(), world.key_pairs.len())), (1, 1));
    // Of another project, it is somebody else's.
    let other = self::project(&cloud, "{}");
    other.imgctl(&gc).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    project.imgctl(&["destroy"]).succeeds();
}
