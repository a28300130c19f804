//! Every shipped task against the fake cloud: which calls it makes, in which order, and what is
//! left when any call fails or the process is killed there. `UPDATE_EXPECT=1 cargo test --test journal`
//! writes the golden files anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "journal/continued.rs"]
mod continued;
#[path = "support/project.rs"]
mod project;
#[path = "journal/restart.rs"]
mod restart;
#[path = "journal/traces.rs"]
mod traces;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use expect_test::{ExpectFile, expect_file};

use project::{Project, Ran};

/// A list of updates, so that installing them is in the journals.
const UPDATES: &str = "- {command: '-s dist-upgrade', stdout: \"Inst base-files\\n\", times: 1}";

fn record(project: &Project, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for words in commands {
        let ran = project.imgctl(words);
        writeln!(text, "$ imgctl {}", words.join(" ")).unwrap();
        for call in &ran.calls {
            writeln!(text, "{call}").unwrap();
        }
        // A round trip more than there was is a change to be seen.
        let trips = ran.calls.iter().filter(|call| call.starts_with("ssh ")).count();
        writeln!(text, "status {}, {trips} over SSH\n", ran.status).unwrap();
        assert!(ran.status == 0 || !ran.error().is_empty(), "{}", ran.stderr);
    }
    text
}

#[test]
fn bake_does_everything_in_one_command() {
    let project = Project::new().answer(UPDATES);
    let text = record(&project, &[&["bake"]]);
    expect_file!["golden/bake.journal"].assert_eq(&text);
    assert_eq!(project.debris(), BTreeSet::new());
    assert_eq!(project.images().len(), 1);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
}

/// Each task by itself, in an order in which one meets them, some twice: what is so already is
/// left alone.
const TASKS: &[&[&str]] = &[
    &["status"],
    &["up"],
    &["up"],
    &["bootstrap"],
    &["bootstrap"],
    &["--fresh", "bootstrap"],
    &["tests"],
    &["ssh:ls -l"],
    &["status"],
    &["down"],
    &["down"],
    &["up"],
    &["create_image:name=agent-1"],
    &["list_images"],
    &["verify_image"],
    // There is no dictionary.
    &["publish"],
    &["publish:force=true"],
    &["export_image:img-3,raw,agent-1.raw"],
    &["copy_image:newest,regions=north"],
    &["copy_image:img-3,regions=north,encryption_key=alias/ci"],
    &["share_image:img-3,accounts=1111 2222"],
    &["share_image:img-3,accounts=1111"],
    &["deprecate_image:img-3,at=2027-01-31"],
    &["deprecate_image:img-3,at=2027-01-31"],
    &["promote"],
    &["promote:force=true"],
    &["promote:id=img-3,force=true"],
    &["destroy"],
    &["destroy"],
    &["--dry-run", "prune_images:keep=1"],
    &["prune_images:keep=1"],
    &["--dry-run", "prune_images:days=1,name=agent"],
    &["prune_images"],
    &["delete_image:img-3"],
    &["delete_image:img-3,force=true"],
    &["delete_image:img-3"],
];

#[test]
fn each_task_makes_these_calls() {
    let project = Project::new().answer(UPDATES);
    let text = record(&project, TASKS);
    expect_file!["golden/tasks.journal"].assert_eq(&text);
    assert_eq!(project.debris(), BTreeSet::new());
    // The copy in the other region.
    assert_eq!(project.images().len(), 1);
}

#[test]
fn an_image_is_copied_to_many_regions_and_never_twice() {
    let project = Project::new();
    project.imgctl(&["up", "create_image:name=agent-1"]);
    let again = ["north", "south"].map(|region| format!("cloud copy image img-3 to {region}"));
    for _ in 0..2 {
        let mut calls = project.imgctl(&["copy_image:newest,regions=south north"]).calls;
        calls.sort();
        assert_eq!(calls, again);
        assert_eq!(project.images().len(), 3);
    }
    // A copy is no base for the instances of this run.
    let ran = project.imgctl(&["run", "-e", "print(cloud::newest_image().id)"]).succeeds();
    assert_eq!(ran.stdout, "img-3\n");
}

#[test]
fn a_dry_run_changes_nothing() {
    let project = Project::new();
    let before = project.everything();
    project.imgctl(&["--dry-run", "up"]).succeeds();
    assert_eq!(project.everything(), before);
    project.imgctl(&["up"]);
    let mut text = String::new();
    for task in ["bootstrap", "create_image", "down", "destroy"] {
        let before = project.everything();
        let ran = project.imgctl(&["--dry-run", task]).succeeds();
        assert_eq!(project.everything(), before, "{task}");
        writeln!(text, "$ imgctl --dry-run {task}\n{}\n", ran.calls.join("\n")).unwrap();
    }
    expect_file!["golden/dry-run.journal"].assert_eq(&text);
}

#[test]
fn every_shipped_task_has_a_journal() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut missing = BTreeSet::new();
    for file in std::fs::read_dir(scripts).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let recorded = TASKS.iter().any(|words| words[0].split(':').next() == Some(&*name));
        if path.extension().is_some_and(|ending| ending == "rhai") && !recorded && name != "bake" {
            missing.insert(name);
        }
    }
    assert!(missing.is_empty(), "add these to TASKS: {missing:?}");
}

/// What bake does, with names that do not depend on the second.
fn chain(image: &str) -> [String; 6] {
    let create = format!("create_image:name={image}");
    ["up", "bootstrap", "tests", &create, "verify_image", "destroy"].map(str::to_owned)
}

fn run_chain(project: &Project, image: &str, fault: Option<(&str, usize)>) -> Ran {
    let words = chain(image);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match fault {
        Some((fault, number)) => project.imgctl_with(fault, number, &words),
        None => project.imgctl(&words),
    }
}

/// Where running again is not enough, its hint says what to do first.
fn cure(project: &Project, failed: &Ran) -> Ran {
    let hint = failed.stderr.lines().find(|line| line.starts_with("hint: ")).unwrap_or_default();
    let mut cures = ["down", "destroy"].into_iter();
    let Some(task) = cures.find(|task| hint.contains(&format!("`imgctl {task}"))) else {
        panic!("no cure in the hint\n{}", failed.stderr);
    };
    project.imgctl(&[task]).succeeds();
    run_chain(project, "third", None).succeeds()
}

/// The numbers of the calls at which a chain is broken: all with EVERY_CALL=1 (`make kills`), else a quarter,
/// and all four kinds of faults together every one. A chain for each keeps a core busy for minutes.
fn broken_at(fault: &str, calls: usize) -> impl Iterator<Item = usize> {
    let kind =
        ["fail_at", "fail_after", "kill_at", "kill_after"].iter().position(|it| *it == fault);
    let is_whole = std::env::var_os("EVERY_CALL").is_some();
    (1..=calls).filter(move |number| is_whole || Some(number % 4) == kind)
}

/// Those lines of a table of all calls that are about these.
fn rows(table: &str, numbers: &[usize]) -> String {
    let mut kept = String::new();
    let mut is_kept = false;
    for line in table.lines() {
        if !line.starts_with(' ') {
            let number = line.split(' ').next().and_then(|number| number.parse().ok());
            is_kept = number.is_some_and(|number| numbers.contains(&number));
        }
        if is_kept {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// Breaks the chain at these calls, runs it again, and destroys everything. The golden file has how each
/// run ended; what must always be true is asserted here.
fn break_at_every_call(fault: &str, golden: ExpectFile) {
    let whole = run_chain(&Project::new().answer(UPDATES), "first", None).succeeds();
    let mut table = String::new();
    let numbers: Vec<usize> = broken_at(fault, whole.calls.len()).collect();
    for number in numbers.iter().copied() {
        let project = Project::new().answer(UPDATES);
        let broken = run_chain(&project, "first", Some((fault, number)));
        let again = run_chain(&project, "second", None);
        let mut announced = &broken.announced() | &again.announced();
        if again.status != 0 {
            announced.append(&mut cure(&project, &again).announced());
        }
        let destroyed = project.imgctl(&["destroy"]);

        let at = &whole.calls[number - 1];
        let short: String = at.chars().take(90).collect();
        writeln!(table, "{number} {short}").unwrap();
        for (what, ran) in [("", &broken), ("again: ", &again)] {
            let calls = ran.calls.len();
            writeln!(table, "    {what}status {} after {calls} calls {}", ran.status, ran.error())
                .unwrap();
        }

        let context = format!("{fault}={number} {at}\n{}{}", broken.stderr, again.stderr);
        assert_eq!(destroyed.status, 0, "{context}{}", destroyed.stderr);
        assert_eq!(project.debris(), BTreeSet::new(), "{context}");
        assert!(project.images().is_subset(&announced), "{context}");
        assert_eq!(project.secrets_in_images(), BTreeSet::new(), "{context}");
        if again.status == 0 {
            let image = again.announced().into_iter().next_back().unwrap();
            let verified = format!("cloud create instance role=verify image={image}");
            assert!(again.calls.contains(&verified), "{image} was not verified\n{context}");
        }
        if broken.done("cloud delete instance").next().is_none() {
            let times = |call: &str| broken.done(call).chain(again.done(call)).count();
            // A user whose creation is not known to have ended well is removed again.
            let users = times("ssh build sudo: useradd") - times("ssh build sudo: userdel");
            // So is a file whose step failed behind it.
            let files = times("ssh build write sudo /etc/profile.d/umask.sh");
            let removed = times("ssh build sudo: rm -f -- /etc/profile.d/umask.sh");
            assert!(users <= 1 && files <= 1 + removed, "{users} users, {files} files\n{context}");
        }
    }
    if numbers.len() == whole.calls.len() {
        golden.assert_eq(&table);
    } else {
        assert_eq!(
            table,
            rows(&golden.data(), &numbers),
            "EVERY_CALL=1 UPDATE_EXPECT=1 writes it anew"
        );
    }
}

#[test]
fn a_refusal_at_any_call_is_told_and_the_next_run_continues() {
    break_at_every_call("fail_at", expect_file!["golden/refused.table"]);
}

#[test]
fn a_lost_reply_at_any_call_is_told_and_the_next_run_continues() {
    break_at_every_call("fail_after", expect_file!["golden/lost.table"]);
}

#[test]
fn a_kill_before_any_call_leaves_nothing_behind() {
    break_at_every_call("kill_at", expect_file!["golden/killed-before.table"]);
}

#[test]
fn a_kill_after_any_call_leaves_nothing_behind() {
    break_at_every_call("kill_after", expect_file!["golden/killed-after.table"]);
}

#[test]
fn destroy_right_after_a_kill_leaves_nothing_behind() {
    let whole = run_chain(&Project::new().answer(UPDATES), "first", None);
    for number in broken_at("kill_after", whole.calls.len()) {
        let project = Project::new().answer(UPDATES);
        let killed = run_chain(&project, "first", Some(("kill_after", number))).fails(128 + 9);
        let destroyed = project.imgctl(&["destroy"]);
        let context = format!("{number} {}\n{}", whole.calls[number - 1], destroyed.stderr);
        assert_eq!(destroyed.status, 0, "{context}");
        assert_eq!(project.debris(), BTreeSet::new(), "{context}");
        assert!(project.images().is_subset(&killed.announced()), "{context}");
        assert!(!project.path().join(".state.json").exists(), "{context}");
    }
}

#[test]
fn destroy_itself_may_be_killed_at_any_call() {
    let up = |project: &Project| drop(project.imgctl(&["up"]).succeeds());
    let project = Project::new();
    up(&project);
    let calls = project.imgctl(&["destroy"]).calls;
    assert!(calls.len() >= 3, "{calls:?}");
    for fault in ["kill_at", "kill_after", "fail_at", "fail_after"] {
        for number in 1..=calls.len() {
            let project = Project::new();
            up(&project);
            let broken = project.imgctl_with(fault, number, &["destroy"]);
            assert_ne!(broken.status, 0, "{fault}={number}");
            let again = project.imgctl(&["destroy"]);
            let context = format!("{fault}={number} {}\n{}", calls[number - 1], again.stderr);
            assert_eq!(again.status, 0, "{context}");
            assert_eq!(project.debris(), BTreeSet::new(), "{context}");
        }
    }
}
