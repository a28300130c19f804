//! EC2's servers disagree for a while, and carry out late what a killed process has asked for: nothing is
//! made twice, left behind or taken for gone.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::crashes::{killed_after, left_behind, own_images};
use super::ec2_server::images::Image;
use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server};
use super::guest::CloudProject;
use super::world::{REGION, created_image, project, words};

/// How long a request takes that its process did not live to see answered.
const LATE: Duration = Duration::from_millis(1500);

/// Kills imgctl with SIGKILL while this request is on its way: EC2 carries it out later.
fn killed_before(server: &Ec2Server, project: &CloudProject, action: &str, words: &[&str]) {
    let (told, sent) = channel();
    server.rule(Rule::late(action, LATE, told));
    let mut process = project.command(words).spawn().unwrap();
    let sent = sent.recv_timeout(Duration::from_secs(120));
    process.kill().unwrap();
    process.wait().unwrap();
    sent.unwrap_or_else(|_| panic!("imgctl {words:?} never asked for {action}"));
}

fn snapshots(server: &Ec2Server) -> usize {
    server.world(|world| world.region(REGION).snapshots.len())
}

/// The next looks do not find it, though it was shown before.
fn hide(server: &Ec2Server, action: &str, code: &str, after: usize) {
    let unknown = Rule::refuse(action, 400, code, "The ID does not exist");
    server.rule(unknown.after(after).times(2));
}

#[test]
fn destroy_removes_what_ec2_carries_out_after_the_kill() {
    for action in ["ImportKeyPair", "CreateSecurityGroup", "RunInstances"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        killed_before(&server, &project, action, &words(&["up"]));
        project.imgctl(&["destroy"]).succeeds();
        assert!(!project.has_state());
        // Whatever is still on its way has arrived by then.
        std::thread::sleep(LATE);
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn destroy_removes_an_image_that_ec2_makes_after_the_kill() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    killed_before(&server, &project, "CreateImage", &["create_image"]);
    project.imgctl(&["destroy"]).succeeds();
    std::thread::sleep(LATE);
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server)), (0, 0));
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn what_was_made_and_is_not_shown_yet_is_removed_too() {
    for action in ["ImportKeyPair", "CreateSecurityGroup", "RunInstances"] {
        let server = Ec2Server::start(Delays::short());
        server.world(|world| world.misses = 3);
        let project = project(&server.endpoint(), "settle_timeout: 20s");
        killed_after(&server, &project, action, &words(&["up"]));
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn create_image_killed_at_any_request_makes_one_image() {
    for action in ["CreateImage", "DescribeImages", "DescribeSnapshots"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        project.imgctl(&words(&["up"])).succeeds();
        server.world(|world| world.misses = if action == "DescribeSnapshots" { 0 } else { 4 });
        killed_after(&server, &project, action, &["create_image"]);
        let image = created_image(&project.imgctl(&["create_image"]).succeeds());
        let images = own_images(&server, REGION);
        assert_eq!(images.len(), 1, "{action}: {images:?}");
        assert_eq!(images[0].1, image);
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!((own_images(&server, REGION).len(), snapshots(&server)), (1, 1));
    }
}

#[test]
fn create_image_again_while_the_first_request_is_on_its_way_makes_one_image() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    killed_before(&server, &project, "CreateImage", &["create_image"]);
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    std::thread::sleep(LATE);
    let images = own_images(&server, REGION);
    assert_eq!(images.len(), 1, "{images:?}");
    assert_eq!(images[0].1, image);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn destroy_right_after_a_killed_create_image_leaves_no_image() {
    for action in ["CreateImage", "DescribeImages"] {
        let server = Ec2Server::start(Delays::short());
        // The emulator counts looks; a slow computer needs longer for as many.
        let project = project(&server.endpoint(), "{settle_timeout: 20s}");
        project.imgctl(&words(&["up"])).succeeds();
        server.world(|world| world.misses = 4);
        killed_after(&server, &project, action, &["create_image"]);
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(own_images(&server, REGION), Vec::new(), "{action}");
        assert_eq!(snapshots(&server), 0, "{action}");
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn a_refusal_after_a_lost_reply_does_not_forget_the_image() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    server.rule(Rule::lose_reply("CreateImage"));
    let message = "You are not authorized to perform this operation.";
    server.rule(Rule::refuse("CreateImage", 403, "UnauthorizedOperation", message));
    project.imgctl(&["create_image"]).fails(3);
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let images = own_images(&server, REGION);
    assert_eq!(images.len(), 1, "{images:?}");
    assert_eq!(images[0].1, image);
    project.imgctl(&["destroy"]).succeeds();
}

/// EC2 forgets nothing because one of its servers lags behind.
#[test]
fn a_refusal_that_passes_does_not_make_a_lost_reply_certain() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    server.rule(Rule::lose_reply("CreateImage"));
    let message = "Instance is not in state 'running' or 'stopped'.";
    server.rule(Rule::refuse("CreateImage", 400, "IncorrectInstanceState", message));
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let images: Vec<String> = own_images(&server, REGION).into_iter().map(|it| it.1).collect();
    assert_eq!(images, [image]);
    project.imgctl(&["destroy"]).succeeds();
}

/// EC2 does not take a token with other parameters; the instance that it made is shown late.
#[test]
fn an_instance_that_was_requested_with_other_settings_is_found() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "settle_timeout: 20s");
    server.world(|world| world.misses = 3);
    killed_after(&server, &project, "RunInstances", &words(&["up"]));
    project.imgctl(&["--set", "disk.size=30GiB", "up"]).succeeds();
    let alive = server.world(|world| world.region(REGION).instances.len());
    assert_eq!(alive, 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_copy_that_is_shown_late_is_not_made_again() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "settle_timeout: 20s");
    project.imgctl(&words(&["up", "create_image"])).succeeds();
    server.world(|world| world.misses = 3);
    let copy = words(&["copy_image:newest,regions=eu-west-1"]);
    killed_after(&server, &project, "CopyImage", &copy);
    project.imgctl(&copy).succeeds();
    assert_eq!(own_images(&server, "eu-west-1").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
}

/// Another image of that name is told at once.
#[test]
fn a_copy_whose_name_is_taken_is_told() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up", "create_image:name=agent"])).succeeds();
    server.world(|world| {
        let other = Image { id: "ami-other".into(), name: "agent".into(), ..Image::default() };
        world.region("eu-west-1").images.push(other);
    });
    project
        .imgctl(&["copy_image:newest,regions=eu-west-1"])
        .fails(3)
        .says("already named `agent`")
        .hints("eu-west-1");
    project.imgctl(&["destroy"]).succeeds();
}

/// A request whose answer was lost was carried out after the image of its repetition had failed and was removed.
#[test]
fn an_image_that_came_after_it_was_given_up_is_replaced() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    server.world(|world| {
        let region = world.region(REGION);
        let mut tags = region.instances[0].tags.clone();
        tags.insert("imgctl-unfinished".into(), "agent".into());
        let late = Image { id: "ami-late".into(), name: "agent".into(), tags, ..Image::default() };
        region.images.push(late);
    });
    let image = created_image(&project.imgctl(&["create_image:name=agent"]).succeeds());
    let images: Vec<String> = own_images(&server, REGION).into_iter().map(|it| it.1).collect();
    assert_eq!(images, [image]);
    project.imgctl(&["destroy"]).succeeds();
}

/// EC2 then says that the name is taken: by this run's own image.
#[test]
fn a_reply_of_which_only_the_beginning_arrives_makes_no_second_image() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    server.rule(Rule::truncate_reply("CreateImage"));
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let images: Vec<String> = own_images(&server, REGION).into_iter().map(|it| it.1).collect();
    assert_eq!(images, [image]);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_refusal_after_a_killed_request_does_not_forget_the_instance() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    killed_before(&server, &project, "RunInstances", &words(&["up"]));
    let message = "You have requested more vCPU capacity than your current limit.";
    server.rule(Rule::refuse("RunInstances", 400, "VcpuLimitExceeded", message));
    // A slow computer finds the instance of the killed request before it asks for another.
    let ran = project.imgctl(&["up"]);
    assert!([0, 3].contains(&ran.status), "{ran}");
    project.imgctl(&["destroy"]).succeeds();
    std::thread::sleep(LATE);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn an_instance_that_is_missed_now_and_then_is_not_gone() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    hide(&server, "DescribeInstances", "InvalidInstanceID.NotFound", 2);
    project.imgctl(&words(&["up"])).succeeds();
    for task in ["up", "down", "up", "create_image", "destroy"] {
        hide(&server, "DescribeInstances", "InvalidInstanceID.NotFound", 0);
        project.imgctl(&[task]).succeeds();
    }
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn an_image_that_is_missed_now_and_then_is_not_gone() {
    let server = Ec2Server::start(Delays { image: Duration::from_secs(3), ..Delays::short() });
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    hide(&server, "DescribeImages", "InvalidAMIID.NotFound", 2);
    project.imgctl(&["create_image"]).succeeds();
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_instance_that_is_gone_is_told_after_several_looks() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    server.world(|world| {
        let region = world.region(REGION);
        region.instances.clear();
        region.volumes.clear();
    });
    let looks = || server.requests_of("DescribeInstances").len();
    let before = looks();
    project.imgctl(&["down"]).fails(1).says("no longer exists");
    assert!(looks() - before >= 3, "{} looks", looks() - before);
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.has_state());
}

#[test]
fn gc_tells_of_images_that_no_command_has_finished() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let finished = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    project.imgctl(&["up"]).succeeds();
    killed_after(&server, &project, "CreateImage", &["create_image"]);
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    let cloud = ["--cloud", "ec2", "--region", REGION, "--distribution", "ubuntu2404"];
    let gc = [&cloud[..], &["--yes", "gc", "--older-than", "0s"]].concat();
    let unfinished = own_images(&server, REGION).pop().unwrap().1;
    project
        .imgctl(&gc)
        .succeeds()
        .says(&format!("delete_image:{unfinished}"))
        .never_says(&finished);
    assert_eq!(own_images(&server, REGION).len(), 2, "it deletes no image by itself");
    assert_eq!(left_behind(&server), Vec::<String>::new());
    let delete = format!("delete_image:{unfinished}");
    project.imgctl(&words(&[&delete])).succeeds();
    project.imgctl(&gc).succeeds().never_says("was never finished");
}

#[test]
fn a_deletion_that_is_acknowledged_and_not_carried_out_is_asked_for_again() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    for action in [
        "DeregisterImage",
        "DeleteSnapshot",
        "TerminateInstances",
        "DeleteSecurityGroup",
        "DeleteKeyPair",
    ] {
        server.rule(Rule::ignore(action));
    }
    project.imgctl(&[&format!("delete_image:{image}"), "destroy"]).succeeds();
    assert_eq!((own_images(&server, REGION).len(), snapshots(&server)), (0, 0));
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// IAM tells EC2 of a new instance profile after some seconds.
#[test]
fn an_instance_profile_that_is_not_known_yet_is_waited_for() {
    let server = Ec2Server::start(Delays::short());
    let settings = "{instance_profile: ci, settle_timeout: 20s}";
    server.world(|world| world.unknown_profile = 2);
    project(&server.endpoint(), settings).imgctl(&words(&["up", "destroy"])).succeeds();
    // One that stays unknown does not exist.
    server.world(|world| world.unknown_profile = 1000);
    let mistyped = project(&server.endpoint(), "{instance_profile: ci}");
    mistyped.imgctl(&words(&["up"])).fails(2).says("Invalid IAM Instance Profile name");
    mistyped.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// Whatever EC2 says about it: it is told apart by asking once more, without the profile.
#[test]
fn another_wrong_value_beside_an_instance_profile_is_not_waited_for() {
    let server = Ec2Server::start(Delays::short());
    let settings = "{instance_profile: ci, instance_type: no.such, settle_timeout: 20s}";
    let project = project(&server.endpoint(), settings);
    project.imgctl(&words(&["up"])).fails(2).says("Invalid value 'no.such'");
    let requests = server.requests_of("RunInstances");
    let dry: Vec<bool> = requests.iter().map(|request| request.form.is_true("DryRun")).collect();
    assert_eq!(dry, [false, true]);
    assert_eq!(requests[1].form.get("IamInstanceProfile.Name"), "");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_state_that_not_every_server_knows_is_waited_for() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    for (action, task) in [("StopInstances", "down"), ("StartInstances", "up")] {
        let message = "The instance is not in a state from which it can be changed.";
        server.rule(Rule::refuse(action, 400, "IncorrectInstanceState", message));
        project.imgctl(&[task]).succeeds();
    }
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}
