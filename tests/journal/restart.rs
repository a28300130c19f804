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
    assert_eq!(calls(&ran), "cloud describe i-2\ncloud create image name=first from=i-2");
    // It is known without asking anybody.
    for task in ["bootstrap", "tests", "ssh:true"] {
        let ran = run(&[task]);
        assert_eq!((ran.status, ran.calls.len()), (2, 0), "{}", ran.stderr);
        assert!(ran.error().contains("accepts no logins until it is restarted"), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: run `imgctl up`"), "{}", ran.stderr);
    }
    let ran = run(&["down"]);
    assert_eq!((ran.status, ran.calls.len()), (2, 0), "{}", ran.stderr);
    let ran = run(&["up"]);
    assert_eq!(calls(&ran), "cloud describe i-2\ncloud reboot i-2\ncloud describe i-2");
    assert_eq!(run(&["tests"]).status, 0);
    assert_eq!(run(&["create_image:name=second"]).status, 0);
    assert_eq!(project.images().len(), 2);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
    // Killed on the way, it is restarted once more; what was not told may not have happened.
    assert_eq!(
        project.imgctl(&[&lacks[..], &["--set", "clouds.fake.kill_after=2", "up"]].concat()).status,
        137
    );
    assert_eq!(run(&["create_image:name=third"]).status, 2, "nobody knows whether keys are in it");
    let ran = run(&["up", "tests", "create_image:name=third", "destroy"]);
    assert_eq!((ran.status, project.images().len()), (0, 3), "{}", ran.stderr);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
    assert_eq!(project.debris(), BTreeSet::new());
}

#[test]
fn an_instance_that_is_off_or_cleaned_is_not_waited_for() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap", "down"]);
    let told = |what: &str| {
        for task in ["bootstrap", "tests", "ssh:true"] {
            let ran = project.imgctl(&[task]);
            assert_eq!((ran.status, ran.calls.len()), (2, 0), "{}", ran.stderr);
            assert!(ran.error().contains(what), "{}", ran.stderr);
            assert!(ran.stderr.contains("hint: run `imgctl up` to "), "{}", ran.stderr);
        }
    };
    told("is stopped");
    assert_eq!(project.imgctl(&["up", "tests", "create_image:name=first"]).status, 0);
    told("was cleaned for an image");
    assert!(project.imgctl(&["status"]).stdout.contains("cleaned for an image"));
    let ran = project.imgctl(&["--dry-run", "create_image"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(project.imgctl(&["up", "tests", "destroy"]).status, 0);
}
