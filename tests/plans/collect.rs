//! `imgctl matrix collect`: results from elsewhere, of which none is lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project;
use crate::project::Project;

const MATRIX: &str = "matrix: {region: [north-1, south-1]}\n";
const SOUTH: &str = "fake_south-1_debian12";

/// Fails in the south, until it is mended.
const BAKE: &str = "//! Bake.
cloud::up();
step(\"special\", || {
    if cloud::region() == \"south-1\" && !fs::exists(\"mended\") { throw \"broken\"; }
});
cloud::destroy();
";

/// A project whose results have gone elsewhere; the path is relative to it.
fn elsewhere() -> Project {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", BAKE);
    project.imgctl(&["bake"]).fails(1);
    fs::rename(project.path().join(".imgctl"), project.path().join("from")).unwrap();
    project
}

fn own(project: &Project, name: &str) -> PathBuf {
    project.path().join(".imgctl").join(SOUTH).join(name)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn results_are_told_and_the_same_command_continues() {
    let project = elsewhere();
    let ran = project.imgctl(&["matrix", "collect", "from", "--dry-run"]).fails(1);
    assert!(!project.path().join(".imgctl").exists(), "{ran}");
    let ran = project.imgctl(&["matrix", "collect", "from"]).fails(1);
    let row = ran.stdout.lines().find(|line| line.starts_with("fake/south-1/debian12")).unwrap();
    assert!(row.contains("failed") && row.contains("bake: special"), "{ran}");
    ran.says("fake/north-1/debian12  done").says(".imgctl/fake_south-1_debian12/log");
    // Again changes nothing.
    let before = fs::read(own(&project, "state.json")).unwrap();
    project.imgctl(&["matrix", "collect", "from"]).fails(1);
    assert_eq!(before, fs::read(own(&project, "state.json")).unwrap());

    project.write("mended", "");
    let ran = project.imgctl(&["bake"]).succeeds().says("fake/north-1/debian12: done before");
    assert!(project.debris().is_empty(), "{ran}");
    // What was collected is older now.
    project.imgctl(&["matrix", "collect", "from"]).succeeds().says("is older than the result here");
    assert_eq!(json(&own(&project, "result.json"))["outcome"], "done");
    assert!(!own(&project, "state.json").exists());
    let rows = project.imgctl(&["matrix", "collect", "from", "--output", "json"]).succeeds();
    let mut rows = rows.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(rows.any(|row| row.to_string().contains("\"combination\":\"fake/south-1/debian12\"")));
}

#[test]
fn what_is_missing_or_broken_is_told_by_name() {
    let project = elsewhere();
    let expect = "fake/north-1/debian12,fake/south-1/debian12,fake/east-1/debian12";
    project.write(&format!("from/{SOUTH}/result.json"), "{");
    let ran = project.imgctl(&["matrix", "collect", "from", "--expect", expect]).fails(1);
    let ran = ran.says("there is no result of fake/east-1/debian12").says("is broken");
    assert!(ran.stdout.contains("fake/south-1/debian12  unreadable"), "{ran}");
    assert!(ran.stdout.contains("fake/east-1/debian12   missing"), "{ran}");
    assert!(ran.stdout.contains("fake/north-1/debian12  done"), "{ran}");
    fs::remove_file(project.path().join(format!("from/{SOUTH}/result.json"))).unwrap();
    project
        .imgctl(&["matrix", "collect", "from"])
        .fails(1)
        .says("has no result.json")
        .hints("destroy");
    project.imgctl(&["matrix", "collect", "nowhere"]).fails(1).says("nowhere");
    project.imgctl(&["matrix", "collect"]).fails(2);
    project.imgctl(&["matrix", "collect", "scripts"]).fails(1).says("no result is in scripts");
    project.imgctl(&["matrix", "collect", "from", "--expect", "x"]).fails(2).hints("CLOUD/REGION");
    project.imgctl(&["matrix", "collect", "nowhere", "--expect", expect]).fails(1).says("missing");
}

#[test]
fn no_state_is_lost() {
    let project = elsewhere();
    // An earlier run here has left an instance.
    project.imgctl(&["bake", "--combination", "fake/south-1/debian12"]).fails(1);
    let earlier = json(&own(&project, "state.json"))["run"].as_str().unwrap().to_owned();
    // It is newer than what comes from elsewhere.
    project.imgctl(&["matrix", "collect", "from"]).fails(1).says("is older than the result here");
    assert_eq!(json(&own(&project, "state.json"))["run"], earlier.as_str());

    // A newer one of another run takes its place, and it stays beside.
    let path = project.path().join("from").join(SOUTH).join("result.json");
    let mut newer = json(&path);
    newer["ended"] = "2999-01-01T00:00:00Z".into();
    fs::write(&path, newer.to_string()).unwrap();
    let ran = project.imgctl(&["matrix", "collect", "from"]).fails(1);
    let aside = format!(".imgctl/{SOUTH}/state-{earlier}.json");
    let ran = ran.says(&format!("imgctl --state {aside} destroy"));
    assert_ne!(json(&own(&project, "state.json"))["run"], earlier.as_str(), "{ran}");
    project.imgctl(&["--state", &aside, "destroy"]).succeeds();
    let state = format!(".imgctl/{SOUTH}/state.json");
    project.imgctl(&["--state", &state, "destroy"]).succeeds();
    assert!(project.debris().is_empty());
}
