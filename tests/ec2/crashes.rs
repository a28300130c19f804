//! Killed, or cut off, right after EC2 took a request: nothing is made twice and nothing stays.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::ec2_server::rules::Rule;
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server};
use super::guest::CloudProject;
use super::world::{REGION, created_image, project, words};

/// Kills imgctl with SIGKILL when EC2 has carried out `action` and before it replied.
pub fn killed_after(server: &Ec2Server, project: &CloudProject, action: &str, words: &[&str]) {
    let (told, accepted) = channel();
    server.rule(Rule::hold(action, told));
    let mut process = project.command(words).spawn().unwrap();
    let accepted = accepted.recv_timeout(Duration::from_secs(120));
    process.kill().unwrap();
    process.wait().unwrap();
    accepted.unwrap_or_else(|_| panic!("imgctl {words:?} never asked for {action}"));
}

/// How many instances there are or have been, the key pairs, the groups besides the default one.
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

/// Name and id of this account's images.
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
fn killed_right_after_run_instances_was_accepted_up_finds_the_same_instance() {
    let server = Ec2Server::start(Delays::short());
    // EC2 does not show at once what it has just accepted.
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    killed_after(&server, &project, "RunInstances", &words(&["up"]));
    assert_eq!(counts(&server), (1, 1, 1));
    let id = server.world(|world| world.region(REGION).instances[0].id.clone());

    project.succeeds(&["up", "bootstrap"]);
    assert_eq!(counts(&server), (1, 1, 1), "one instance, one key pair, one group");
    let shown = project.succeeds(&["status"]);
    assert!(shown.contains(&id), "the same one: {shown}");

    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert!(!project.has_state());
}

#[test]
fn killed_right_after_run_instances_was_accepted_destroy_removes_it() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.misses = 3);
    let project = project(&server.endpoint(), "{}");
    killed_after(&server, &project, "RunInstances", &words(&["up"]));
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert!(!project.has_state());
}

#[test]
fn killed_anywhere_on_the_way_up_it_goes_on_where_it_was() {
    for action in ["ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        killed_after(&server, &project, action, &words(&["up"]));
        project.succeeds(&["up"]);
        assert_eq!(counts(&server), (1, 1, 1), "{action}");
        project.succeeds(&["destroy"]);
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");

        killed_after(&server, &project, action, &words(&["up"]));
        project.succeeds(&["destroy"]);
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}, then destroy");
    }
}

#[test]
fn killed_while_it_is_removed_destroy_finishes() {
    for action in ["TerminateInstances", "DeleteKeyPair", "DeleteSecurityGroup"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        project.succeeds(&words(&["up"]));
        killed_after(&server, &project, action, &["destroy"]);
        assert!(project.has_state(), "it goes last");
        project.succeeds(&["destroy"]);
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
        assert!(!project.has_state());
    }
}

#[test]
fn killed_while_an_image_is_made_there_is_one_image() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    for action in ["StopInstances", "CreateImage"] {
        let before = own_images(&server, REGION).len();
        killed_after(&server, &project, action, &["create_image"]);
        let image = created_image(&project.succeeds(&["create_image"]));
        let images = own_images(&server, REGION);
        assert_eq!(images.len(), before + 1, "{action}: {images:?}");
        assert_eq!(images[before].1, image);
        assert_eq!(snapshots(&server, REGION), before + 1);
        project.succeeds(&["up"]);
    }
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!(own_images(&server, REGION).len(), 2, "finished images stay");
}

#[test]
fn killed_while_an_image_is_made_destroy_removes_the_unfinished_one() {
    let delays = Delays { image: Duration::from_secs(3600), ..Delays::short() };
    let server = Ec2Server::start(delays);
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    killed_after(&server, &project, "CreateImage", &["create_image"]);
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server, REGION)), (0, 0));
}

#[test]
fn killed_while_an_image_is_copied_there_is_one_copy() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up", "create_image"]));
    let copy = ["copy_image:newest,regions=eu-west-1"];
    killed_after(&server, &project, "CopyImage", &copy);
    project.succeeds(&copy);
    assert_eq!(own_images(&server, "eu-west-1").len(), 1);
    project.succeeds(&["destroy"]);
}

#[test]
fn a_reply_that_is_lost_is_asked_for_again_and_nothing_is_made_twice() {
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
    project.succeeds(&words(&["up", "bootstrap"]));
    assert_eq!(counts(&server), (1, 1, 1));
    project.succeeds(&["create_image", "copy_image:newest,regions=eu-west-1"]);
    assert_eq!(own_images(&server, REGION).len(), 1);
    assert_eq!(own_images(&server, "eu-west-1").len(), 1);
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}
