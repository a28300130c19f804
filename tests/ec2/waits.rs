//! Waiting: for what EC2 does not show yet, with progress, up to a deadline or a failure.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::crashes::{left_behind, own_images};
use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, events, project, words};

/// The statuses that were shown of the activities whose names contain this text.
fn statuses(printed: &str, activity: &str) -> Vec<String> {
    let events = events(printed);
    let matching = events.iter().filter(|event| {
        event["event"] == "progress" && event["activity"].as_str().unwrap().contains(activity)
    });
    matching.map(|event| event["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_just_made_and_is_not_found_yet_is_waited_for() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.misses = 4);
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up", "bootstrap", "create_image"])).succeeds();
    project.imgctl(&["copy_image:newest,regions=eu-west-1 eu-west-2", "destroy"]).succeeds();
    assert_eq!(server.requests_of("RunInstances").len(), 1);
    assert_eq!(server.requests_of("CreateImage").len(), 1);
    assert_eq!(server.requests_of("CopyImage").len(), 2);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

// Without a terminal, activities show a line after ten seconds.
#[test]
fn a_wait_shows_the_state_and_an_images_percent() {
    let delays = Delays {
        run: Duration::from_secs(12),
        image: Duration::from_secs(12),
        copy: Duration::from_secs(12),
        ..Delays::short()
    };
    let server = Ec2Server::start(delays);
    let project = project(&server.endpoint(), "{}");
    let started =
        project.imgctl(&[&["--output", "json"][..], &words(&["up"])].concat()).succeeds().stdout;
    let shown = statuses(&started, "i-");
    assert!(shown.iter().any(|status| status.contains("pending")), "{shown:?}\n{started}");

    let made = project.imgctl(&["--output", "json", "create_image"]).succeeds().stdout;
    let image = own_images(&server, REGION)[0].1.clone();
    let shown = statuses(&made, &image);
    assert!(shown.iter().any(|status| status.contains('%')), "{shown:?}\n{made}");

    let task = "copy_image:newest,regions=eu-west-1 eu-west-2";
    let copied = project.imgctl(&["--output", "json", task]).succeeds().stdout;
    for region in ["eu-west-1", "eu-west-2"] {
        let shown = statuses(&copied, region);
        assert!(!shown.is_empty(), "a progress line of {region}:\n{copied}");
    }
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_instance_that_fails_to_start_ends_the_wait_with_ec2s_reason() {
    let server = Ec2Server::start(Delays::short());
    let reason =
        ("Client.InvalidKMSKey.InvalidState", "The KMS key provided is in an incorrect state");
    server.world(|world| world.instances_die = Some((reason.0.into(), reason.1.into())));
    let project = project(&server.endpoint(), "start_timeout: 1h");
    project
        .imgctl(&words(&["up"]))
        .fails(1)
        .says(reason.1)
        .hints("run `imgctl destroy`")
        .hints("kms:CreateGrant");

    server.world(|world| world.instances_die = None);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_image_that_fails_is_reported_with_its_reason() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "image_timeout: 1h");
    project.imgctl(&words(&["up"])).succeeds();
    server.world(|world| world.images_fail = Some("Snapshot of the root volume failed".into()));
    project.imgctl(&["create_image"]).fails(1).says("Snapshot of the root volume failed");

    server.world(|world| world.images_fail = None);
    project.imgctl(&["up", "create_image", "destroy"]).succeeds();
    let available = own_images(&server, REGION);
    assert_eq!(available.len(), 1, "the failed one is removed: {available:?}");
}

#[test]
fn a_timeout_reports_the_last_state() {
    let server = Ec2Server::start(Delays { run: Duration::from_secs(3600), ..Delays::short() });
    let project = project(&server.endpoint(), "start_timeout: 2s");
    project.imgctl(&words(&["up"])).fails(1).says("pending");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_a_wait_at_once() {
    let server = Ec2Server::start(Delays { run: Duration::from_secs(3600), ..Delays::short() });
    let project = project(&server.endpoint(), "start_timeout: 1h");
    let (told, waiting) = channel();
    server.rule(Rule::before("RunInstances", move || told.send(()).unwrap()));
    let mut process = project.command(&words(&["up"])).spawn().unwrap();
    waiting.recv_timeout(Duration::from_secs(120)).unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_restarted_instance_has_its_new_address() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let address = || server.world(|world| world.region(REGION).instances[0].address.clone());
    let first = address();
    project.imgctl(&["status"]).succeeds().says(&first);
    project.imgctl(&["down"]).succeeds();
    project.imgctl(&["status"]).succeeds().says("stopped").never_says(&first);
    project.imgctl(&["up"]).succeeds();
    assert_ne!(address(), first);
    project.imgctl(&["status"]).succeeds().says(&address());
    project.imgctl(&["ssh:true", "destroy"]).succeeds();
}
