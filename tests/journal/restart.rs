//! Instances that are off, or were cleaned for an image.

use std::collections::BTreeSet;

use super::project::{Project, Ran};

#[test]
fn a_cloud_that_cannot_stop_restarts_what_was_cleaned() {
    let project = Project::new();
    let lacks = ["--set", "clouds.fake.lacks=[stop]"];
    let run = |words: &[&str]| project.imgctl(&[&lacks[..], words].concat());
    let calls = |ran: &Ran| {
        let cloud = ran.calls.iter().filter(|call| call.starts_with("cloud "));
        cloud.cloned().collect::<Vec<_>>().join("\n")
    };
    run(&["up", "bootstrap"]);
    let ran = run(&["create_image:name=first"]);
    assert_eq!(
        calls(&ran),
        "cloud list images\ncloud describe i-2\ncloud create image name=first from=i-2"
    );
    // It is known without asking anybody.
    for task in ["bootstrap", "tests", "ssh:true"] {
        let ran = run(&[task]).fails(2).calls_nothing();
        ran.says("accepts no logins until it is restarted").hints("`imgctl up`");
    }
    run(&["down"]).fails(2).calls_nothing();
    let ran = run(&["up"]);
    assert_eq!(calls(&ran), "cloud describe i-2\ncloud reboot i-2\ncloud describe i-2");
    run(&["tests"]).succeeds();
    run(&["create_image:name=second"]).succeeds();
    assert_eq!(project.images().len(), 2);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
    // If that is killed, it is restarted once more, since the first restart may not have happened.
    run(&["--set", "clouds.fake.kill_after=2", "up"]).fails(137);
    // Whether it has keys again is not known.
    run(&["create_image:name=third"]).succeeds().says("the instance is started again");
    run(&["up", "tests", "destroy"]).succeeds();
    assert_eq!(project.images().len(), 3);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
    assert_eq!(project.debris(), BTreeSet::new());
}

#[test]
fn an_instance_that_is_off_or_cleaned_is_not_waited_for() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "down"]);
    let told = |what: &str| {
        for task in ["bootstrap", "tests", "ssh:true"] {
            project.imgctl(&[task]).fails(2).says(what).hints("`imgctl up`").calls_nothing();
        }
    };
    told("is stopped");
    project.imgctl(&["up", "tests", "create_image:name=first"]).succeeds();
    told("was cleaned for an image");
    project.imgctl(&["status"]).succeeds().says("cleaned for an image");
    project.imgctl(&["--dry-run", "create_image"]).succeeds();
    project.imgctl(&["up", "tests", "destroy"]).succeeds();
}
