//! Files that cannot be used, and processes that end in between.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{images, state};
use crate::project::Project;

#[test]
fn a_manifest_that_cannot_be_used_is_told_before_anything_is_made() {
    let project = Project::new();
    for (text, told) in [
        ("{\"version\": 1, \"images\": [", "is broken"),
        ("{\"version\": 1, \"images\": [{\"id\": 7}]}", "is broken"),
        ("{\"version\": 2, \"images\": []}", "written by a newer imgctl"),
        ("{\"images\": []}", "is not a manifest of imgctl"),
    ] {
        project.write("images.json", text);
        let ran = project.imgctl(&["up"]).fails(2).says("images.json").says(told);
        assert_eq!(ran.calls, Vec::<String>::new());
        assert_eq!(std::fs::read_to_string(project.path().join("images.json")).unwrap(), text);
    }
    std::fs::remove_file(project.path().join("images.json")).unwrap();
    project.imgctl(&["up"]).succeeds();
    project.write("images.json", "{");
    for words in ["create_image", "copy_image:img-9,regions=north", "delete_image:img-9"] {
        let ran = project.imgctl(&[words]).fails(2).says("images.json");
        let changes = ran.calls.iter().filter(|call| call.starts_with("cloud ")).count();
        assert_eq!(changes, 0, "{words}: {ran}");
    }
    // What is not about images needs no list of them, and nothing is lost with the state.
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_image_that_could_not_be_listed_is_listed_later() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let in_the_way = project.path().join("images.json.tmp");
    project.write("images.json.tmp/file", "");
    let ran = project.imgctl(&["create_image:name=agent-1"]).succeeds().says("images.json");
    assert_eq!(ran.announced().len(), 1);
    assert_eq!(state(&project)["unlisted"][0]["name"], "agent-1");
    // The instance costs money: it goes, and what is to be listed stays.
    project.imgctl(&["destroy"]).fails(1).says("images.json").hints("imgctl destroy");
    assert!(project.debris().is_empty());
    assert_eq!(state(&project)["unlisted"][0]["name"], "agent-1");
    std::fs::remove_dir_all(in_the_way).unwrap();
    // Also by work for another cloud or distribution.
    project.imgctl(&["distribution:centos7", "up"]).succeeds();
    assert_eq!(images(&project)[0]["name"], "agent-1");
    assert_eq!(state(&project).get("unlisted"), None);
}

/// The words are killed while they wait for another writer of the manifest: the image is in the state, and the
/// task that made it has not ended.
fn killed_behind_the_image(project: &Project, words: &[&str]) {
    let lock = File::create(project.path().join("images.json.lock")).unwrap();
    lock.lock().unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(words)
        .current_dir(project.path())
        .env_clear()
        .env("HOME", project.path())
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let path = project.path().join(".state.json");
    while !(path.exists() && state(project).get("unlisted").is_some()) {
        assert!(begun.elapsed() < Duration::from_secs(120), "the image is never recorded");
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!project.path().join("images.json").exists());
}

#[test]
fn an_image_that_a_killed_process_did_not_list_is_listed_by_the_next() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    killed_behind_the_image(&project, &["create_image:name=agent-1"]);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(images(&project).len(), 1);
    assert_eq!(images(&project)[0]["name"], "agent-1");
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn a_task_that_was_killed_behind_its_image_makes_no_second_one() {
    for words in [&["bake"][..], &["up", "bootstrap", "create_image", "destroy"]] {
        let project = Project::new();
        killed_behind_the_image(&project, words);
        project.imgctl(words).succeeds().says("continuing the chain");
        assert_eq!(project.images().len(), 1, "{words:?}");
        assert_eq!(images(&project).len(), 1, "{words:?}");
        // What comes later makes images of its own.
        project.imgctl(words).succeeds().never_says("continuing the chain");
        assert_eq!(project.images().len(), 2, "{words:?}");
    }
}
