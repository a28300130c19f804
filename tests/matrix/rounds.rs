//! One fails, the others go on; the same command continues; a finished round is followed by a new one.

use crate::{ALL, MATRIX, outcome, project, read};

/// Bakes, unless this is the south and nobody has mended it.
const SOUTH_FAILS: &str = "//! Bake.
cloud::up();
step(\"special\", || {
    if cloud::region() == \"south-1\" && !fs::exists(\"mended\") { throw \"the south is broken\"; }
});
fs::write(`done-${cloud::region()}-${cloud::distribution()}`, state::run_id());
cloud::destroy();
";

#[test]
fn one_that_fails_stops_no_other_and_the_same_command_continues_with_it() {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", SOUTH_FAILS);
    let ran = project.imgctl(&["bake"]).fails(1);
    let row = ran.stdout.lines().find(|line| line.starts_with(ALL[2])).unwrap();
    assert!(row.contains("failed") && row.contains("bake: special"), "{ran}");
    ran.says("its log is .imgctl/fake_south-1_debian12/log")
        .says("--state .imgctl/fake_south-1_debian12/state.json")
        .says("the same command continues")
        .says("`imgctl --state .imgctl/fake_south-1_debian12/state.json ssh` to look at it")
        .says("`imgctl --state .imgctl/fake_south-1_debian12/state.json destroy` to remove it");
    assert_eq!(ALL.map(|combination| outcome(&project, combination)), ["done", "done", "failed"]);
    assert!(read(&project, ALL[2], "log").contains("the south is broken"));
    assert!(read(&project, ALL[2], "result.json").contains("the south is broken"));
    // The instance is kept, and can be looked at.
    assert_eq!(project.debris().len(), 2);
    project
        .imgctl(&["--state", ".imgctl/fake_south-1_debian12/state.json", "status"])
        .succeeds()
        .says("south-1");

    let before = std::fs::read_to_string(project.path().join("done-north-1-debian12")).unwrap();
    project.write("mended", "");
    let ran = project.imgctl(&["bake"]).succeeds();
    let after = std::fs::read_to_string(project.path().join("done-north-1-debian12")).unwrap();
    assert_eq!(before, after, "what was done is not done again:\n{ran}");
    assert!(ran.stderr.contains("fake/north-1/debian12: done before"), "{ran}");
    assert!(project.debris().is_empty(), "{ran}");
    assert_eq!(ALL.map(|combination| outcome(&project, combination)), ["done", "done", "done"]);

    // The round is finished: the next one does everything.
    let ran = project.imgctl(&["bake"]).succeeds().never_says("done before");
    let next = std::fs::read_to_string(project.path().join("done-north-1-debian12")).unwrap();
    assert_ne!(after, next, "{ran}");
}

#[test]
fn fail_fast_stops_the_others_and_begins_no_further_one() {
    let project = project(MATRIX);
    let script = "//! Bake.\nif cloud::distribution() == \"debian12\" { throw \"broken\"; }\n";
    project.write("scripts/bake.rhai", script);
    let ran = project.imgctl(&["bake", "--jobs", "1", "--fail-fast"]).fails(1);
    assert_eq!(outcome(&project, ALL[0]), "failed");
    assert!(ran.stdout.matches("not begun").count() == 2, "{ran}");
    // Without it, all are tried.
    project.imgctl(&["bake", "--jobs", "1"]).fails(1);
    assert_eq!(ALL.map(|combination| outcome(&project, combination)), ["failed", "done", "failed"]);
}

#[test]
fn other_words_and_fresh_begin_a_new_round() {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", SOUTH_FAILS);
    project.imgctl(&["bake"]).fails(1);
    project.imgctl(&["bake", "--fresh"]).fails(1).never_says("done before");
    project.imgctl(&["bake"]).fails(1).says("done before");
    project.imgctl(&["bake", "status"]).fails(1).never_says("done before");
    project.imgctl(&["destroy", "--matrix"]).succeeds();
    assert!(project.debris().is_empty());
}

#[test]
fn looking_at_a_matrix_does_not_end_its_round() {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", SOUTH_FAILS);
    project.imgctl(&["bake"]).fails(1);
    project.imgctl(&["status", "--matrix"]).succeeds();
    project.write("mended", "");
    let before = std::fs::read_to_string(project.path().join("done-north-1-debian12")).unwrap();
    project.imgctl(&["bake"]).succeeds().says("done before");
    let after = std::fs::read_to_string(project.path().join("done-north-1-debian12")).unwrap();
    assert_eq!(before, after);
    assert_eq!(ALL.map(|combination| outcome(&project, combination)), ["done", "done", "done"]);
    // What was put aside meanwhile is in its place again.
    let folder = project.path().join(".imgctl/fake_north-1_debian12");
    let names = std::fs::read_dir(folder).unwrap();
    let results = names
        .filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().starts_with("result"));
    assert_eq!(results.count(), 1);
}

#[test]
fn a_round_knows_its_combinations() {
    let project = project(MATRIX);
    project.imgctl(&["status", "--matrix"]).succeeds();
    let text = std::fs::read_to_string(project.path().join(".imgctl/matrix.json")).unwrap();
    let round: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(round["combinations"].as_array().unwrap().len(), ALL.len());
}

#[test]
fn a_bake_that_was_killed_is_continued_and_leaves_nothing() {
    for number in [4, 9, 20, 60, 110] {
        let project = project(MATRIX);
        let ran = project.imgctl_with("kill_after", number, &["bake", "--jobs", "3"]);
        assert_eq!(ran.status, 137, "{ran}");
        let ran = project.imgctl(&["bake"]).succeeds();
        assert_eq!(project.images().len(), 3, "killed after {number}:\n{ran}");
        assert!(project.debris().is_empty(), "killed after {number}:\n{ran}");
    }
}

#[test]
fn a_broken_record_is_told_and_kept() {
    let project = project(MATRIX);
    project.write(".imgctl/matrix.json", "{");
    project.imgctl(&["bake"]).fails(2).says("matrix.json is broken").hints("mv ").calls_nothing();
    project.write(".imgctl/matrix.json", "{\"version\": 9}");
    project.imgctl(&["bake"]).fails(2).says("written by a newer imgctl").calls_nothing();
    assert_eq!(
        std::fs::read_to_string(project.path().join(".imgctl/matrix.json")).unwrap(),
        "{\"version\": 9}"
    );
}

#[test]
fn earlier_rounds_that_nobody_needs_are_forgotten() {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", SOUTH_FAILS);
    project.imgctl(&["bake"]).fails(1);
    let path = project.path().join(".imgctl/matrix.json");
    let known = || -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
    };
    let mut document = known();
    let unfinished = document["combinations"].clone();
    let round = |n: usize, combinations: &serde_json::Value| serde_json::json!({"round": format!("r{n}"), "words": [format!("own{n}")], "combinations": combinations});
    let mut earlier = vec![round(0, &serde_json::json!([]))];
    earlier.extend((1..20).map(|n| round(n, &unfinished)));
    document["earlier"] = earlier.into();
    project.write(".imgctl/matrix.json", &document.to_string());
    project.imgctl(&["status", "--matrix"]).succeeds();
    let kept = known()["earlier"].clone();
    let kept: Vec<_> = kept.as_array().unwrap().iter().map(|it| it["words"][0].clone()).collect();
    assert_eq!(kept, ["bake", "own1", "own2", "own3", "own4", "own5", "own6", "own7"]);
    // The newest ones are still continued.
    project.imgctl(&["bake"]).fails(1).says("done before");
}

#[test]
fn a_result_of_another_round_that_cannot_be_read_stops_nobody() {
    let project = project(MATRIX);
    project.write("scripts/bake.rhai", SOUTH_FAILS);
    project.imgctl(&["bake"]).fails(1);
    let result = ".imgctl/fake_north-1_debian12/result.json";
    project.write(result, "{");
    // Another combination of the same round, and other words.
    project.imgctl(&["bake", "--combination", ALL[2]]).fails(1).says("the south is broken");
    project.imgctl(&["bake"]).fails(2).says("result.json is broken").hints("mv ").calls_nothing();
    let ran = project.imgctl(&["status", "--matrix"]).succeeds();
    ran.says(
        "a result of an earlier round, now in .imgctl/fake_north-1_debian12/result.json.broken",
    );
    assert_eq!(read(&project, ALL[0], "result.json.broken"), "{");
    assert_eq!(outcome(&project, ALL[0]), "done");
    project.imgctl(&["status", "--matrix"]).succeeds().never_says("broken");
}
