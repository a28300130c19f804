//! Waiting: for what EC2 does not show yet, with the state as it goes, and no longer than it helps.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::crashes::{left_behind, own_images};
use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, events, project, words};

/// Every status that was shown of activities whose name has this in it.
fn statuses(printed: &str, activity: &str) -> Vec<String> {
    let events = events(printed);
    let about = events.iter().filter(|event| {
        event["event"] == "progress" && event["activity"].as_str().unwrap().contains(activity)
    });
    about.map(|event| event["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_just_made_and_is_not_found_yet_is_waited_for() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.misses = 4);
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up", "bootstrap", "create_image"]));
    project.succeeds(&["copy_image:newest,regions=eu-west-1 eu-west-2", "destroy"]);
    assert_eq!(server.requests_of("RunInstances").len(), 1);
    assert_eq!(server.requests_of("CreateImage").len(), 1);
    assert_eq!(server.requests_of("CopyImage").len(), 2);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

// Without a terminal, a line is shown of what takes ten seconds and more.
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
    let started = project.succeeds(&[&["--output", "json"][..], &words(&["up"])].concat());
    let shown = statuses(&started, "i-");
    assert!(shown.iter().any(|status| status.contains("pending")), "{shown:?}\n{started}");

    let made = project.succeeds(&["--output", "json", "create_image"]);
    let image = own_images(&server, REGION)[0].1.clone();
    let shown = statuses(&made, &image);
    assert!(shown.iter().any(|status| status.contains('%')), "{shown:?}\n{made}");

    let task = "copy_image:newest,regions=eu-west-1 eu-west-2";
    let copied = project.succeeds(&["--output", "json", task]);
    for region in ["eu-west-1", "eu-west-2"] {
        let shown = statuses(&copied, region);
        assert!(!shown.is_empty(), "a progress line of {region}:\n{copied}");
    }
    project.succeeds(&["destroy"]);
}

#[test]
fn an_instance_that_dies_at_its_start_ends_the_wait_with_ec2s_reason() {
    let server = Ec2Server::start(Delays::short());
    let reason =
        ("Client.InvalidKMSKey.InvalidState", "The KMS key provided is in an incorrect state");
    server.world(|world| world.instances_die = Some((reason.0.into(), reason.1.into())));
    let project = project(&server.endpoint(), "start_timeout: 1h");
    let said = project.fails(1, &words(&["up"]));
    assert!(said.contains(reason.1), "{said}");
    assert!(said.contains("hint:"), "{said}");

    server.world(|world| world.instances_die = None);
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
    project.succeeds(&words(&["up"]));
    project.succeeds(&["destroy"]);
}

#[test]
fn an_image_that_fails_is_reported_with_its_reason() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "image_timeout: 1h");
    project.succeeds(&words(&["up"]));
    server.world(|world| world.images_fail = Some("Snapshot of the root volume failed".into()));
    let said = project.fails(1, &["create_image"]);
    assert!(said.contains("Snapshot of the root volume failed"), "{said}");

    server.world(|world| world.images_fail = None);
    project.succeeds(&["up", "create_image", "destroy"]);
    let available = own_images(&server, REGION);
    assert_eq!(available.len(), 1, "the failed one is no image: {available:?}");
}

#[test]
fn a_wait_has_an_end_that_tells_the_last_state() {
    let server = Ec2Server::start(Delays { run: Duration::from_secs(3600), ..Delays::short() });
    let project = project(&server.endpoint(), "start_timeout: 2s");
    let said = project.fails(1, &words(&["up"]));
    assert!(said.contains("pending"), "{said}");
    project.succeeds(&["destroy"]);
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
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_stopped_instance_is_started_again_and_its_new_address_is_known() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    let address = || server.world(|world| world.region(REGION).instances[0].address.clone());
    let first = address();
    assert!(project.succeeds(&["status"]).contains(&first));
    project.succeeds(&["down"]);
    let shown = project.succeeds(&["status"]);
    assert!(shown.contains("stopped") && !shown.contains(&first), "{shown}");
    project.succeeds(&["up"]);
    assert_ne!(address(), first);
    assert!(project.succeeds(&["status"]).contains(&address()));
    project.succeeds(&["ssh:true", "destroy"]);
}
