//! A chain that is killed after it made its image, or while it removes what it made, continues there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::project::{Project, Ran};

const CHAIN: [&str; 5] = ["up", "bootstrap", "create_image", "verify_image", "destroy"];
const MATRIX: [&str; 5] = ["bake", "--distribution", "debian12,centos7", "--jobs", "1"];

/// The numbers of the calls of the cloud, from the first that makes an image on.
fn from_image_on(whole: &Ran) -> Vec<usize> {
    let of_cloud = whole.calls.iter().enumerate().filter(|(_, call)| call.starts_with("cloud "));
    let from = of_cloud.skip_while(|(_, call)| !call.starts_with("cloud create image"));
    from.map(|(at, _)| at + 1).collect()
}

#[test]
fn the_same_command_makes_no_second_image_and_leaves_nothing() {
    for (words, fault) in [(&CHAIN[..], "kill_after"), (&["bake"], "kill_at")] {
        let whole = Project::new().imgctl(words).succeeds();
        for number in from_image_on(&whole) {
            let project = Project::new();
            let killed = project.imgctl_with(fault, number, words).fails(128 + 9);
            let ran = project.imgctl(words);
            let context = format!("{fault} {number} {}\n{killed}{ran}", whole.calls[number - 1]);
            assert_eq!(ran.status, 0, "{context}");
            assert_eq!(project.images().len(), 1, "{context}");
            assert_eq!(ran.announced(), project.images(), "{context}");
            assert_eq!(project.debris(), BTreeSet::new(), "{context}");
            assert!(!project.path().join(".state.json").exists(), "{context}");
            assert_eq!(project.secrets_in_images(), BTreeSet::new(), "{context}");
        }
    }
}

#[test]
fn the_same_matrix_makes_each_image_once() {
    let whole = Project::new().imgctl(&MATRIX).succeeds();
    // Those of the first combination; the second begins as any chain does.
    let second = whole.calls.iter().rposition(|call| call.starts_with("cloud find image")).unwrap();
    for number in from_image_on(&whole).into_iter().filter(|number| *number <= second) {
        let project = Project::new();
        let killed = project.imgctl_with("kill_after", number, &MATRIX).fails(128 + 9);
        let ran = project.imgctl(&MATRIX);
        let context = format!("{number} {}\n{killed}{ran}", whole.calls[number - 1]);
        assert_eq!(ran.status, 0, "{context}");
        assert_eq!(project.debris(), BTreeSet::new(), "{context}");
        let results = std::fs::read_dir(project.path().join(".imgctl")).unwrap();
        let results = results
            .filter_map(|entry| std::fs::read(entry.unwrap().path().join("result.json")).ok());
        let results = results.map(|text| serde_json::from_slice::<Value>(&text).unwrap());
        let images: BTreeSet<String> =
            results.filter_map(|result| Some(result["image"].as_str()?.to_owned())).collect();
        assert_eq!(images.len(), 2, "{context}");
        assert_eq!(images, project.images(), "{context}");
    }
}

#[test]
fn another_chain_finishes_the_removal_and_begins_anew() {
    let before = Project::calls_before(&["up"], &["destroy"], "cloud delete instance");
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    project.imgctl_with("kill_after", before + 1, &["destroy"]).fails(128 + 9);
    let ran = project.imgctl(&["up"]).succeeds();
    ran.says("finishing the removal that was interrupted");
    assert_eq!(project.debris().len(), 2, "an instance and its key pair");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(project.debris(), BTreeSet::new());
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn what_failed_or_was_changed_is_done_anew() {
    let words = ["up", "create_image", "verify_image", "tests", "destroy"];
    let whole = Project::new().imgctl(&words).fails(2);
    let at = whole.calls.iter().position(|call| call.starts_with("cloud create image")).unwrap();
    let killed = || {
        let project = Project::new();
        // Behind the image.
        project.imgctl_with("kill_at", at + 2, &words).fails(128 + 9);
        assert_eq!(project.images().len(), 1);
        project
    };
    // The tests cannot log in to what was cleaned for the image: a failure, which begins the chain anew.
    let project = killed();
    project.imgctl(&words).fails(2).says("continuing the chain").says("was cleaned for an image");
    let ran = project.imgctl(&words);
    ran.never_says("continuing the chain");
    assert_eq!(project.images().len(), 2);

    // Edited scripts are to be run, and `--fresh` says so itself.
    let project = killed();
    project.imgctl(&[&["--fresh"], &words[..]].concat()).never_says("continuing the chain");
    let project = killed();
    project.write("scripts/bootstrap.rhai", "//! Another one.\n");
    project.imgctl(&words).never_says("continuing the chain");
    let project = killed();
    project.imgctl(&["status"]).succeeds();
    project.imgctl(&words).says("continuing the chain");
    let project = killed();
    project.imgctl(&["up"]).succeeds();
    project.imgctl(&words).never_says("continuing the chain");
}
