//! Images: `newest` in place of an id, and what prune_images keeps.

use crate::project::Project;

/// A project with an instance and the images agent-1 (img-3) and agent-2 (img-4).
fn project() -> Project {
    let project = Project::new();
    for words in [&["up", "create_image:name=agent-1"][..], &["up", "create_image:name=agent-2"]] {
        project.imgctl(words).succeeds();
    }
    assert_eq!(Vec::from_iter(project.images()), ["img-3", "img-4"]);
    project
}

#[test]
fn every_task_understands_newest() {
    let project = project();
    for (word, call) in [
        ("copy_image:newest,regions=north", "cloud copy image img-4 to north"),
        ("share_image:newest,accounts=1111", "cloud share image img-4"),
        ("deprecate_image:newest,at=2027-01-31", "cloud deprecate image img-4"),
        ("export_image:newest,raw,agent.raw", "cloud export image img-4"),
        ("up:base=newest,instance=second", "cloud find image img-4"),
        ("delete_image:newest", "cloud delete image img-4"),
        // Now the other one is the newest.
        ("delete_image:newest,force=true", "cloud delete image img-3"),
    ] {
        if word.starts_with("delete_image:newest") {
            project.imgctl(&["run", "-e", "cloud::destroy(\"second\")"]).succeeds();
        }
        let ran = project.imgctl(&[word]).succeeds();
        assert!(ran.calls.iter().any(|made| made.starts_with(call)), "{call}:\n{:?}", ran.calls);
    }
    let ran = project.imgctl(&["delete_image:newest"]).fails(1).calls_nothing();
    ran.says("this run has no image yet").hints("`imgctl create_image`");
}

#[test]
fn every_function_understands_newest() {
    let project = project();
    for (code, call) in [
        ("cloud::copy_image(\"newest\", [\"north\"])", "cloud copy image img-4"),
        ("cloud::share_image(\"newest\", #{ accounts: [\"1\"] })", "cloud share image img-4"),
        ("cloud::deprecate_image(\"newest\", \"2027-01-31\")", "cloud deprecate image img-4"),
        ("cloud::export_image(\"newest\", \"raw\", \"agent.raw\")", "cloud export image img-4"),
        ("cloud::image_users(\"newest\")", "cloud find users of image img-4"),
        ("cloud::up(#{ role: \"second\", base: \"newest\" })", "cloud find image img-4"),
        ("cloud::delete_image(\"newest\", #{ force: true })", "cloud delete image img-4"),
        ("cloud::delete_image(\"newest\")", "cloud delete image img-3"),
    ] {
        let ran = project.imgctl(&["run", "-e", code]).succeeds();
        assert!(ran.calls.iter().any(|made| made.starts_with(call)), "{call}:\n{:?}", ran.calls);
    }
    let ran = project.imgctl(&["run", "-e", "cloud::image_id(\"img-7\")"]).succeeds();
    assert_eq!(ran.stdout, "img-7\n");
}

#[test]
fn the_deleted_image_is_named() {
    let project = project();
    project.imgctl(&["delete_image:newest"]).succeeds().says("deleted img-4");
    project.imgctl(&["--dry-run", "delete_image:img-3"]).succeeds().never_says("deleted");
}

const OLD: &str = "agent-20260101-120000";
const NEW: &str = "agent-20260102-120000";

#[test]
fn prune_images_says_what_it_deletes_and_why_it_keeps() {
    let project = Project::new();
    for name in [OLD, NEW] {
        project.imgctl(&["up", &format!("create_image:name={name}")]).succeeds();
    }
    project.imgctl(&["up:base=img-3,instance=second"]).succeeds();
    project
        .imgctl(&["prune_images"])
        .fails(2)
        .hints("`imgctl prune_images:keep=5`")
        .calls_nothing();
    let prune =
        |arguments: &str| project.imgctl(&[&format!("prune_images:{arguments}")]).succeeds();
    prune("keep=2,name=agent").says("nothing to delete: all 2 matching images are kept");
    prune("days=100000,name=agent").says("nothing to delete: all 2 matching images are kept");
    prune("keep=1,name=other").says("nothing to delete: no image matches");
    prune("keep=1,name=agent").says(&format!("kept {OLD} (img-3), created ")).says(" uses it");
    project.imgctl(&["run", "-e", "cloud::destroy(\"second\")"]).succeeds();
    let would = project.imgctl(&["--dry-run", "prune_images:keep=1,name=agent"]).succeeds();
    would
        .says(&format!("too old: {OLD} (img-3), created "))
        .says("~ would delete the image img-3")
        .says("~ 1 change")
        .never_says("nothing would be changed");
    assert_eq!(project.images().len(), 2);
    prune("keep=1,name=agent").says(&format!("deleted {OLD} (img-3), created "));
    assert_eq!(Vec::from_iter(project.images()), ["img-4"]);
    prune("keep=1,name=agent").says("nothing to delete: the only matching image is kept");
}

/// The names of the images that are left.
fn names(project: &Project) -> Vec<String> {
    let code = "for it in cloud::images() { print(it.name); }";
    let ran = project.imgctl(&["run", "-e", code]).succeeds();
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn images_of_another_base_name_are_not_pruned() {
    let project = Project::new();
    let others = [
        "agent-2204-20260101-120000",
        "agent-2204-20260102-120000",
        "agent-7",
        "agent-final",
        "agent",
        "agent-20260101",
    ];
    for name in others.iter().chain(&[OLD, NEW]) {
        project.imgctl(&["up", &format!("create_image:name={name}")]).succeeds();
    }
    // Named by the settings: the tag tells the base name, whatever the time in the name is.
    project
        .imgctl(&["--set", "name=agent-2404", "up", "create_image", "up", "create_image"])
        .succeeds();
    let ran = project.imgctl(&["--set", "name=agent", "prune_images:keep=1"]).succeeds();
    ran.says("passed over agent-7 (").says("passed over agent-final (").says("passed over agent (");
    let mut left = names(&project);
    let made: Vec<String> =
        left.iter().filter(|name| name.starts_with("agent-2404-")).cloned().collect();
    assert_eq!(made.len(), 2);
    left.retain(|name| !made.contains(name));
    assert_eq!(left, [&others[..], &[NEW]].concat());

    project.imgctl(&["--set", "name=agent-2404", "prune_images:keep=1"]).succeeds();
    assert!(names(&project).contains(&made[1]) && !names(&project).contains(&made[0]));
    // Every base name for itself.
    project.imgctl(&["prune_images:keep=1,name="]).succeeds();
    let kept = ["agent-2204-20260102-120000", NEW, &made[1]].map(str::to_owned);
    assert!(kept.iter().all(|name| names(&project).contains(name)));
    assert!(!names(&project).contains(&"agent-2204-20260101-120000".to_owned()));
}

#[test]
fn the_newest_of_a_name_stays_however_old_it_is() {
    let project = Project::new();
    for name in [OLD, NEW] {
        project.imgctl(&["up", &format!("create_image:name={name}")]).succeeds();
    }
    project.imgctl(&["prune_images:days=1,name=agent"]).succeeds();
    assert_eq!(names(&project), [NEW]);
}

#[test]
fn a_limit_that_cannot_be_meant_deletes_nothing() {
    let project = project();
    for (limit, message) in [
        ("keep=-1", "keep is -1, and can be 0 to 100000"),
        ("days=-3", "days is -3, and can be 0 to 100000"),
        ("keep=1,days=-1", "days is -1"),
        ("days=999999999999999", "and can be 0 to 100000"),
        ("keep=few", "`few`, which is not a whole number"),
        ("keep=1.5", "not a whole number"),
        ("keep=", "`keep`"),
        ("keeep=1", "`keep`"),
    ] {
        let ran = project.imgctl(&[&format!("prune_images:{limit}")]).fails(2);
        ran.says(message).calls_nothing();
    }
    for options in [
        "#{}",
        "#{ kep: 5 }",
        "#{ keep: 5, day: 30 }",
        "#{ keep: 0 }",
        "#{ keep: \"5\" }",
        "#{ keep: -1 }",
    ] {
        let code = format!("import \"std/image\" as image; image::old([], {options})");
        project.imgctl(&["run", "-e", &code]).fails(2).hints("#{ keep: 5, days: 30 }");
    }
    assert_eq!(project.images().len(), 2);
}

#[test]
fn two_images_of_one_second_get_two_names() {
    let project = Project::new();
    project.imgctl(&["up", "create_image", "up", "create_image", "up", "create_image"]).succeeds();
    let names = names(&project);
    let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!((names.len(), distinct.len()), (3, 3), "{names:?}");
    // A name that somebody chose is not changed.
    project.imgctl(&["up", "create_image:name=agent"]).succeeds();
    let ran = project.imgctl(&["up", "create_image:name=agent"]).fails(3);
    ran.says("already named agent: img-").never_says("remove traces");
}

#[test]
fn destroy_counts_what_it_removed() {
    let project = project();
    project.imgctl(&["destroy"]).succeeds().says("removed 2 resources and the state file");
    project.imgctl(&["destroy"]).succeeds().says("there is nothing to remove");
}

#[test]
fn the_old_form_of_deleting_is_refused_with_the_new_one() {
    let project = project();
    let now = "write `cloud::delete_image(id, #{ force: true })`";
    project.write("scripts/old.rhai", "//! Old.\ncloud::delete_image(\"img-3\", true);\n");
    for word in ["old", "check"] {
        let ran = project.imgctl(&[word]).fails(2).says("scripts/old.rhai:2");
        ran.says("`cloud::delete_image` takes its options as a map").hints(now).calls_nothing();
    }
    // What only shows when it runs.
    let code = "let force = 1 == 1; cloud::delete_image(\"img-3\", force);";
    let ran = project.imgctl(&["run", "-e", code]).fails(2).calls_nothing();
    ran.says("takes its options as a map, not `true`").hints(now);
    let code = "cloud::delete_image(\"img-3\", #{ forse: true });";
    project.imgctl(&["run", "-e", code]).fails(2).says("no option `forse`").hints("`force`");
}

#[test]
fn an_interrupted_create_image_goes_on_by_itself_wherever_it_was_killed() {
    let calls = Project::calls_before(&["up"], &["create_image"], "cloud create image");
    for fault in ["kill_at", "kill_after"] {
        for number in 1..=calls + 1 {
            let project = Project::new();
            project.imgctl(&["up"]).succeeds();
            let killed = project.imgctl_with(fault, number, &["create_image"]);
            assert_ne!(killed.status, 0, "{fault} {number}");
            project.imgctl(&["create_image"]).succeeds();
            assert_eq!(project.images().len(), 1, "{fault} {number}");
            assert!(project.secrets_in_images().is_empty(), "{fault} {number}");
            project.imgctl(&["destroy"]).succeeds();
            assert!(project.debris().is_empty(), "{fault} {number}");
        }
    }
}
