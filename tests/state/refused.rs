//! State files that are broken or another program's, and paths where no file can be.

use std::os::unix::fs::symlink;
use std::path::Path;

use imgctl::state::Store;

use super::{Project, assert_state_error};

#[test]
fn broken_and_foreign_files_are_refused_and_not_changed() {
    let cases: [(&str, &[&str]); 7] = [
        ("", &["is broken", "imgctl gc"]),
        ("{\"version\": 1, \"run\"", &["is broken", "line 1", "mv "]),
        ("{\"version\": 1, \"run\": \"r\"}", &["is broken", "missing field `cloud`"]),
        ("{\"name\": \"package.json\"}", &["is not a state file of imgctl", "--state"]),
        ("[]", &["is not a state file of imgctl"]),
        ("{\"version\": 2, \"run\": 5}", &["newer imgctl", "has version 2", "reads up to 1"]),
        ("{\"version\": -1}", &["is not a state file"]),
    ];
    for (text, words) in cases {
        let project = Project::new();
        std::fs::write(project.path(), text).unwrap();
        assert_state_error(Store::open(&project.path()).unwrap_err(), words);
        assert_eq!(std::fs::read_to_string(project.path()).unwrap(), text);
        assert_eq!(project.files(), [".state.json"]);
    }
}

#[test]
fn an_unknown_field_is_refused_because_it_would_be_lost() {
    let project = Project::new();
    drop(project.begun());
    let text = std::fs::read_to_string(project.path()).unwrap();
    let text = text.replacen('{', "{\"note\": \"by hand\",", 1);
    std::fs::write(project.path(), &text).unwrap();
    assert_state_error(Store::open(&project.path()).unwrap_err(), &["is broken", "`note`"]);
    assert_eq!(std::fs::read_to_string(project.path()).unwrap(), text);
}

#[test]
fn a_file_broken_after_opening_is_not_overwritten() {
    let project = Project::new();
    drop(project.begun());
    let store = project.open();
    std::fs::write(project.path(), "broken").unwrap();
    assert_state_error(store.update(|_| Ok(())).unwrap_err(), &["is broken"]);
    assert_state_error(store.begin("local", "", "debian12").unwrap_err(), &["is broken"]);
    assert_state_error(store.remove(None).unwrap_err(), &["is broken"]);
    assert_eq!(std::fs::read_to_string(project.path()).unwrap(), "broken");
    assert_eq!(project.files(), [".state.json"], "the lock is released");
}

#[test]
fn invalid_paths_are_refused_with_the_reason() {
    let project = Project::new();
    let at = |name: &str| project.0.path().join(name);
    assert_state_error(
        Store::open(&at("missing/state")).unwrap_err(),
        &["its folder", "No such file"],
    );
    assert_state_error(Store::open(project.0.path()).unwrap_err(), &["it is a folder"]);
    symlink("nowhere/at/all", at("dangling")).unwrap();
    assert_state_error(Store::open(&at("dangling")).unwrap_err(), &["a broken link"]);
    assert_state_error(Store::open(Path::new("/dev/null")).unwrap_err(), &["not a regular file"]);
    // A folder in which not even root can create files.
    let store = Store::open(Path::new("/proc/state.json")).unwrap();
    let error = store.begin("local", "", "debian12").unwrap_err();
    assert_state_error(error, &["cannot lock the state file /proc/state.json", "--state"]);
}
