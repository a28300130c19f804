//! imgctl killed, or a reply lost, right after EC2 accepted a request: nothing is made twice or left
//! behind.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::ec2_server::rules::Rule;
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server};
use super::guest::CloudProject;
use super::world::{REGION, created_image, project, words};

/// Kills imgctl with SIGKILL after EC2 has carried out `action` and before it replies.
pub fn killed_after(server: &Ec2Server, project: &CloudProject, action: &str, words: &[&str]) {
    let (told, accepted) = channel();
    server.rule(Rule::hold(action, told));
    let mut process = project.command(words).spawn().unwrap();
    let accepted = accepted.recv_timeout(Duration::from_secs(120));
    process.kill().unwrap();
    process.wait().unwrap();
    accepted.unwrap_or_else(|_| panic!("imgctl {words:?} never asked for {action}"));
}

/// The numbers of instances, also terminated ones, of key pairs, and of groups besides the default one.
fn counts(server: &Ec2Server) -> (usize, usize, usize) {
    server.world(|world| {
        let region = world.region(REGION);
        (region.instances.len(), region.key_pairs.len(), region.groups.len() - 1)
    })
}

pub fn left_behind(server: &Ec2Server) -> Vec<String> {
    server.world(|world| {
        world.settle();
        world.region(REGION).left_behind()
    })
}

/// The names and ids of this account's images.
pub fn own_images(server: &Ec2Server, region: &str) -> Vec<(String, String)> {
    server.world(|world| {
        let own = world.region(region).images.iter().filter(|image| image.owner == ACCOUNT);
        own.map(|image| (image.name.clone(), image.id.clone())).collect()
    })
}

fn snapshots(server: &Ec2Server, region: &str) -> usize {
    server.world(|world| world.region(region).snapshots.len())
}

#[test]
fn up_finds_the_instance_that_was_accepted_before_it_was_killed() {
    let server = Ec2Server::start(Delays::short());
    // EC2 does not show at once what it has just accepted.
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    killed_after(&server, &project, "RunInstances", &words(&["up"]));
    assert_eq!(counts(&server), (1, 1, 1));
    let id = server.world(|world| world.region(REGION).instances[0].id.clone());

    project.imgctl(&["up", "bootstrap"]).succeeds();
    assert_eq!(counts(&server), (1, 1, 1), "one instance, one key pair, one group");
    project.imgctl(&["status"]).succeeds().says(&id);

    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert!(!project.has_state());
}

#[test]
fn a_deletion_that_was_killed_between_image_and_snapshot_is_finished_by_the_same_command() {
    let server = Ec2Server::start(Delays::short());
    // Its snapshot was not looked at before.
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let kept = created_image(&project.imgctl(&["create_image"]).succeeds());
    let task = format!("delete_image:{image}");
    killed_after(&server, &project, "DeregisterImage", &[&task]);
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server, REGION)), (1, 2));
    project.imgctl(&[&task]).succeeds().says("deregistered already");
    assert_eq!(snapshots(&server, REGION), 1);
    project.imgctl(&[&task]).fails(1).says("no image");
    assert_eq!(own_images(&server, REGION)[0].1, kept);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_deletion_that_was_killed_between_image_and_snapshot_is_finished_by_destroy() {
    let server = Ec2Server::start(Delays::short());
    // Its snapshot was not looked at before.
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let kept = created_image(&project.imgctl(&["create_image"]).succeeds());
    killed_after(&server, &project, "DeregisterImage", &[&format!("delete_image:{image}")]);
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server, REGION)), (1, 2));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!((own_images(&server, REGION)[0].1.clone(), snapshots(&server, REGION)), (kept, 1));
    assert!(!project.has_state());
}

#[test]
fn destroy_removes_the_instance_that_was_accepted_before_up_was_killed() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    killed_after(&server, &project, "RunInstances", &words(&["up"]));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert!(!project.has_state());
}

#[test]
fn up_continues_after_it_was_killed_at_any_request() {
    for action in ["ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        killed_after(&server, &project, action, &words(&["up"]));
        project.imgctl(&["up"]).succeeds();
        assert_eq!(counts(&server), (1, 1, 1), "{action}");
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");

        killed_after(&server, &project, action, &words(&["up"]));
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}, then destroy");
    }
}

#[test]
fn destroy_finishes_after_it_was_killed() {
    for action in ["TerminateInstances", "DeleteKeyPair", "DeleteSecurityGroup"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        project.imgctl(&words(&["up"])).succeeds();
        killed_after(&server, &project, action, &["destroy"]);
        assert!(project.has_state(), "it is removed last");
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
        assert!(!project.has_state());
    }
}

#[test]
fn create_image_makes_one_image_after_it_was_killed() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    for action in ["StopInstances", "CreateImage"] {
        let before = own_images(&server, REGION).len();
        killed_after(&server, &project, action, &["create_image"]);
        let image = created_image(&project.imgctl(&["create_image"]).succeeds());
        let images = own_images(&server, REGION);
        assert_eq!(images.len(), before + 1, "{action}: {images:?}");
        assert_eq!(images[before].1, image);
        assert_eq!(snapshots(&server, REGION), before + 1);
        project.imgctl(&["up"]).succeeds();
    }
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!(own_images(&server, REGION).len(), 2, "finished images stay");
}

#[test]
fn destroy_removes_an_unfinished_image() {
    let delays = Delays { image: Duration::from_secs(3600), ..Delays::short() };
    let server = Ec2Server::start(delays);
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    killed_after(&server, &project, "CreateImage", &["create_image"]);
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server, REGION)), (0, 0));
}

#[test]
fn copy_image_makes_one_copy_after_it_was_killed() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up", "create_image"])).succeeds();
    let copy = ["copy_image:newest,regions=eu-west-1"];
    killed_after(&server, &project, "CopyImage", &copy);
    project.imgctl(&copy).succeeds();
    assert_eq!(own_images(&server, "eu-west-1").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn after_a_lost_reply_nothing_is_made_twice() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    for action in [
        "ImportKeyPair",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "RunInstances",
        "StopInstances",
        "CreateImage",
        "CopyImage",
        "TerminateInstances",
        "DeleteKeyPair",
        "DeleteSecurityGroup",
    ] {
        server.rule(Rule::lose_reply(action));
    }
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    assert_eq!(counts(&server), (1, 1, 1));
    project.imgctl(&["create_image", "copy_image:newest,regions=eu-west-1"]).succeeds();
    assert_eq!(own_images(&server, REGION).len(), 1);
    assert_eq!(own_images(&server, "eu-west-1").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}
