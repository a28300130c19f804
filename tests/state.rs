//! The state file survives crashes, two imgctl at once, and is never mistaken for another file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "state/processes.rs"]
mod processes;
#[path = "state/refused.rs"]
mod refused;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use imgctl::state::{Document, InstanceRecord, KeyRecord, Kind, ResourceRecord, StepRecord, Store};
use imgctl::{Code, Error};

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        Project(tempfile::tempdir().unwrap())
    }
    fn path(&self) -> PathBuf {
        self.0.path().join(".state.json")
    }
    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
    fn begun(&self) -> Store {
        let store = self.open();
        store.begin("local", "", "debian12").unwrap();
        store
    }
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn step(number: usize) -> StepRecord {
    StepRecord { script: "test".into(), name: number.to_string(), ..StepRecord::default() }
}

fn push(store: &Store, number: usize) -> Result<(), Error> {
    store.update(|document| {
        document.steps.push(step(number));
        Ok(())
    })
}

fn resource() -> ResourceRecord {
    ResourceRecord {
        kind: Kind::Instance,
        role: "build".into(),
        token: "t".into(),
        id: None,
        region: String::new(),
        at: "2026-01-31T12:00:00Z".into(),
        attributes: Default::default(),
    }
}

fn push_resource(store: &Store) {
    let push = |document: &mut Document| {
        document.resources.push(resource());
        Ok(())
    };
    store.update(push).unwrap();
}

fn assert_state_error(error: Error, words: &[&str]) {
    assert_eq!(error.code(), Code::State, "{error}");
    let text = format!("{error} | {}", error.hint_text().unwrap_or("no hint"));
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

#[test]
fn no_file_exists_until_a_run_begins() {
    let project = Project::new();
    let store = project.open();
    assert_eq!(store.document(), None);
    assert!(project.files().is_empty(), "opening writes nothing");
    assert_state_error(
        store.update(|_| Ok(())).unwrap_err(),
        &["nothing is recorded", "imgctl up"],
    );
}

#[test]
fn everything_written_is_read_again() {
    let project = Project::new();
    let store = project.begun();
    store
        .update(|document| {
            let instance = InstanceRecord {
                id: Some("vm-1".into()),
                launch: serde_json::json!({"z": 1, "a": [true, null]}),
                ssh_port: 2222,
                ..InstanceRecord::default()
            };
            document.instances.insert("build".into(), instance);
            document.resources.push(resource());
            document.host_keys.insert("127.0.0.1:22".into(), "ssh-ed25519 AAAA".into());
            let key = KeyRecord { private: "PEM".into(), public: "ssh-ed25519 B".into() };
            document.keys.insert("login".into(), key);
            document.steps.push(step(1));
            Ok(())
        })
        .unwrap();
    let written = store.document();
    drop(store);
    let again = project.open().document();
    assert_eq!(again, written);
    let document = again.unwrap();
    assert_eq!((document.cloud.as_str(), document.distribution.as_str()), ("local", "debian12"));
    assert!(!format!("{document:?}").contains("PEM"), "private keys stay out of debug output");
}

/// Existing projects have files like this one.
#[test]
fn the_format_of_the_file_does_not_change() {
    let project = Project::new();
    let text = r#"{
  "version": 1,
  "run": "20260131-1200-ab12cd",
  "cloud": "local",
  "region": "",
  "distribution": "debian12",
  "created": "2026-01-31T12:00:00Z",
  "instances": {},
  "resources": [
    {
      "kind": "key_pair",
      "role": "build",
      "token": "t",
      "id": null,
      "region": "",
      "at": "2026-01-31T12:00:00Z",
      "attributes": {}
    }
  ],
  "images": [],
  "host_keys": {},
  "keys": {},
  "journal": [
    {
      "script": "bootstrap",
      "scope": "vm-1",
      "name": "packages",
      "fingerprint": "f",
      "finished_at": "2026-01-31T12:00:00Z",
      "seconds": 1.5
    }
  ]
}
"#;
    std::fs::write(project.path(), text).unwrap();
    let store = project.begun();
    assert_eq!(store.document().unwrap().steps[0].name, "packages");
    let touch = |document: &mut Document| {
        document.run.push('x');
        Ok(())
    };
    store.update(touch).unwrap();
    let written = std::fs::read_to_string(project.path()).unwrap();
    assert_eq!(written, text.replace("ab12cd", "ab12cdx"));
}

#[test]
fn run_ids_are_unique_and_valid_tags_on_every_cloud() {
    let ids: Vec<String> = (0..2).map(|_| Project::new().begun().document().unwrap().run).collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert!(id.len() <= 24, "{id}");
        assert!(
            id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{id}"
        );
    }
}

#[test]
fn beginning_again_continues_the_run_and_another_cloud_is_refused() {
    let project = Project::new();
    let run = project.begun().document().unwrap().run;
    let store = project.begun();
    assert_eq!(store.document().unwrap().run, run);
    push_resource(&store);
    let words = ["belongs to cloud `local`, not to `ec2`", "imgctl destroy", "--state"];
    assert_state_error(store.begin("ec2", "", "debian12").unwrap_err(), &words);
    assert_state_error(
        store.begin("local", "", "debian13").unwrap_err(),
        &["distribution `debian12`"],
    );
    assert_eq!(store.document().unwrap().run, run);
}

#[test]
fn an_empty_run_is_replaced_by_one_on_another_cloud() {
    let project = Project::new();
    let store = project.begun();
    let run = store.document().unwrap().run;
    store.begin("ec2", "", "debian12").unwrap();
    let document = store.document().unwrap();
    assert_eq!(document.cloud, "ec2");
    assert_ne!(document.run, run);
}

#[test]
fn pinned_host_keys_outlive_the_run() {
    let project = Project::new();
    let store = project.begun();
    let pin = |document: &mut Document| Ok(document.host_keys.insert("a:22".into(), "key".into()));
    store.update(pin).unwrap();
    store.remove(None).unwrap();
    assert_eq!(project.open().document().unwrap().host_keys["a:22"], "key");
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let project = Project::new();
    let store = project.begun();
    let before = std::fs::read(project.path()).unwrap();
    let error = store
        .update(|document| {
            document.steps.push(step(1));
            Err::<(), _>(Error::failed("no"))
        })
        .unwrap_err();
    assert_eq!(error.message(), "no");
    assert!(store.document().unwrap().steps.is_empty());
    assert_eq!(std::fs::read(project.path()).unwrap(), before);
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_document() {
    let project = Project::new();
    let store = project.begun();
    let before = std::fs::read(project.path()).unwrap();
    // A folder in the place of the temporary file cannot be replaced.
    std::fs::create_dir(project.0.path().join(".state.json.tmp")).unwrap();
    let error = push(&store, 1).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    assert!(store.document().unwrap().steps.is_empty());
    assert_eq!(std::fs::read(project.path()).unwrap(), before);

    std::fs::remove_dir(project.0.path().join(".state.json.tmp")).unwrap();
    push(&store, 1).unwrap();
    assert_eq!(project.open().document().unwrap().steps.len(), 1);
}

#[test]
fn a_half_written_file_of_a_killed_process_is_removed_by_the_next_one() {
    let project = Project::new();
    std::fs::write(project.0.path().join(".state.json.tmp"), "{").unwrap();
    let store = project.open();
    store.lock().unwrap();
    drop(store);
    assert_eq!(project.files(), Vec::<String>::new());
}

#[test]
fn only_the_owner_can_read_the_file_even_if_others_could_before() {
    let project = Project::new();
    let store = project.begun();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&project.path()), 0o600);
    std::fs::set_permissions(project.path(), PermissionsExt::from_mode(0o644)).unwrap();
    push(&store, 1).unwrap();
    assert_eq!(mode(&project.path()), 0o600);
}

#[test]
fn removing_deletes_the_file_and_keeps_the_lock_for_what_comes_next() {
    let project = Project::new();
    let store = project.begun();
    assert!(project.files().contains(&".state.json.lock".to_owned()));
    store.remove(None).unwrap();
    assert_eq!(store.document(), None);
    assert_eq!(project.files(), [".state.json.lock"]);
    assert_state_error(project.open().lock().unwrap_err(), &["is using the state file"]);
    store.begin("local", "", "debian12").unwrap();
    store.remove(None).unwrap();
    drop(store);
    assert!(project.files().is_empty(), "{:?}", project.files());
}

#[test]
fn a_link_to_the_state_is_followed_and_shares_the_lock() {
    let project = Project::new();
    let link = project.0.path().join("link");
    let store = project.begun();
    symlink(".state.json", &link).unwrap();
    let linked = Store::open(&link).unwrap();
    assert_state_error(linked.lock().unwrap_err(), &["is using the state file"]);
    drop(store);
    push(&linked, 1).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(project.open().document().unwrap().steps.len(), 1);
}

#[test]
fn reading_needs_no_lock_and_the_next_process_sees_the_last_change() {
    let project = Project::new();
    let first = project.begun();
    let second = project.open();
    assert_state_error(second.update(|_| Ok(())).unwrap_err(), &["is using the state file"]);
    push(&first, 1).unwrap();
    drop(first);
    push(&second, 2).unwrap();
    let names: Vec<_> =
        project.open().document().unwrap().steps.into_iter().map(|step| step.name).collect();
    assert_eq!(names, ["1", "2"]);
}

#[test]
fn threads_of_one_imgctl_share_the_state() {
    let project = Project::new();
    let store = Arc::new(project.begun());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for number in 0..5 {
                    push(&store, thread * 10 + number).unwrap();
                }
            });
        }
    });
    let mut names: Vec<_> =
        project.open().document().unwrap().steps.into_iter().map(|step| step.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 40);
}
