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

#[test]
fn prune_images_says_what_it_deletes_and_why_it_keeps() {
    let project = project();
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
    prune("keep=1,name=agent").says("kept agent-1 (img-3), created ").says(" uses it");
    project.imgctl(&["run", "-e", "cloud::destroy(\"second\")"]).succeeds();
    let would = project.imgctl(&["--dry-run", "prune_images:keep=1,name=agent"]).succeeds();
    would.says("would delete agent-1 (img-3), created ");
    assert_eq!(project.images().len(), 2);
    prune("keep=1,name=agent").says("deleted agent-1 (img-3), created ");
    assert_eq!(Vec::from_iter(project.images()), ["img-4"]);
    prune("keep=1,name=agent").says("nothing to delete: the only matching image is kept");
}

#[test]
fn the_library_never_takes_a_typo_for_no_limit() {
    let project = Project::new();
    for options in ["#{}", "#{ kep: 5 }", "#{ keep: 5, day: 30 }", "#{ keep: 0 }"] {
        let code = format!("import \"std/image\" as image; image::old([], {options})");
        let ran = project.imgctl(&["run", "-e", &code]).fails(2);
        ran.says("not told which images to keep").hints("#{ keep: 5, days: 30 }");
    }
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
