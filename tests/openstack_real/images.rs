//! Images: failed, shared and accepted, hidden, pruned, deleted.

use serde_json::json;

use super::administrator::{GLANCE, KEYSTONE, PASSWORD, Person, admin};
use super::guest::Ran;
use super::world::{bare, created_image, nothing_is_left, project, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_snapshot_that_fails_on_its_host_is_reported() {
    // This tag makes the fake hypervisor fail; nova then deletes the queued image.
    let project = project("{tags: {snapshot: fails}}");
    project.imgctl(&words(&["up", "down"])).succeeds();
    project.imgctl(&["snapshot"]).fails(1).says("the snapshot failed").says("vanished");
    assert!(admin().images("ci").is_empty());
    project.imgctl(&["status"]).succeeds().says("stopped");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_that_is_deleted_while_it_is_queued_is_a_failed_snapshot() {
    let project = project("{tags: {snapshot: waits}}");
    project.imgctl(&words(&["up", "down"])).succeeds();
    let running = project.command(&["snapshot"]).stderr(std::process::Stdio::piped()).spawn();
    let admin = admin();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let image = loop {
        if let Some(image) = admin.images("ci").first() {
            break image.clone();
        }
        assert!(std::time::Instant::now() < until, "there is no image");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    admin.delete(&format!("{GLANCE}/images/{}", image["id"].as_str().unwrap()));
    let output = running.unwrap().wait_with_output().unwrap();
    let ran = Ran::new(&["snapshot"], output);
    ran.fails(1).says("the snapshot failed").says("vanished");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn images_are_shared_accepted_hidden_pruned_and_deleted() {
    let project = project("{}");
    project.imgctl(&words(&["up", "down"])).succeeds();
    let first = created_image(&project.imgctl(&["snapshot"]).succeeds());
    let second = created_image(&project.imgctl(&["snapshot"]).succeeds());
    project.imgctl(&["destroy"]).succeeds();
    let project = &project;
    let run = |task: String| project.imgctl(&words(&[&task])).succeeds();

    let partner = Person::login("builder", PASSWORD, "partner");
    let listed = || {
        let images = partner.list(&format!("{GLANCE}/images"), "images");
        images.iter().any(|it| it["id"] == second.as_str())
    };
    run(format!("share_image:{second},accounts={}", partner.project));
    let made = admin().get(&format!("{GLANCE}/images/{second}"));
    assert_eq!(made["visibility"], "shared");
    assert!(!listed(), "not before it is accepted");
    let member = format!("{GLANCE}/images/{second}/members/{}", partner.project);
    partner.put(&member, json!({"status": "accepted"}));
    assert!(listed());
    let again = format!("share_image:{second},accounts={}", partner.project);
    project.imgctl(&words(&[&again])).succeeds().says("was shared already");
    let base = admin().get(&format!("{GLANCE}/images?name=Ubuntu%2024.04"));
    let base = base["images"][0]["id"].as_str().unwrap().to_owned();
    project
        .imgctl(&words(&[&format!("share_image:{base},accounts={}", partner.project)]))
        .fails(3)
        .says("is public");

    project.imgctl(&words(&[&format!("deprecate_image:{first},at=2126-01-01")])).fails(2);
    run(format!("deprecate_image:{first}"));
    assert_eq!(admin().get(&format!("{GLANCE}/images/{first}"))["os_hidden"], true);
    run("list_images".into()).says(&first);

    let protected = |yes: bool| {
        let change = json!([{"op": "replace", "path": "/protected", "value": yes}]);
        admin().patch(&format!("{GLANCE}/images/{second}"), change);
    };
    protected(true);
    project.imgctl(&words(&[&format!("delete_image:{second}")])).fails(3).says("protected");
    protected(false);

    run("prune_images:keep=1".into());
    let left = admin().images("ci");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], second.as_str());
    run(format!("delete_image:{second}"));
    nothing_is_left("ci");
    project.imgctl(&words(&[&format!("delete_image:{second}")])).fails(1).says("no image");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_in_use_is_not_deleted_unless_forced() {
    let project = project("{tags: {imgctl-keep: 'yes'}}");
    project.imgctl(&words(&["up", "down"])).succeeds();
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    project.imgctl(&["destroy"]).succeeds();

    // Nova copies the properties of a base to its snapshots; this tag is meant for the base alone.
    let plain = bare("{}")
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_USERNAME", "builder")
        .env("OS_PASSWORD", PASSWORD)
        .env("OS_PROJECT_NAME", "ci");
    plain.imgctl(&words(&[&format!("up:base={image}"), "down"])).succeeds();
    let second = created_image(&plain.imgctl(&["snapshot"]).succeeds());
    let made = admin().get(&format!("{GLANCE}/images/{second}"));
    assert!(made.get("imgctl-keep").is_none(), "{made:#}");

    plain
        .imgctl(&[&format!("delete_image:{image}")])
        .fails(3)
        .says("is in use")
        .says("imgctl-debian12");
    plain.imgctl(&[&format!("delete_image:{image},force=true"), "destroy"]).succeeds();
    plain.imgctl(&words(&[&format!("delete_image:{second}")])).succeeds();
    nothing_is_left("ci");
}
