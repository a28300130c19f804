//! Images: failed, shared and accepted, hidden, pruned, deleted.

use serde_json::json;

use super::administrator::{GLANCE, KEYSTONE, PASSWORD, Person, admin};
use super::world::{bare, created_image, nothing_is_left, project, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_snapshot_that_fails_on_its_host_is_told() {
    // What the fake hypervisor fails at; nova then deletes the queued image.
    let project = project("{tags: {snapshot: fails}}");
    project.succeeds(&words(&["up", "down"]));
    let said = project.fails(1, &["snapshot"]);
    assert!(said.contains("the snapshot failed") && said.contains("vanished"), "{said}");
    assert!(admin().images("ci").is_empty());
    assert!(project.succeeds(&["status"]).contains("stopped"), "the server is as it was");
    project.succeeds(&["destroy"]);
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_that_is_deleted_while_it_is_queued_is_a_failed_snapshot() {
    let project = project("{tags: {snapshot: waits}}");
    project.succeeds(&words(&["up", "down"]));
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
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the snapshot failed") && said.contains("vanished"), "{said}");
    project.succeeds(&["destroy"]);
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn sharing_accepting_hiding_pruning_and_deleting() {
    let project = project("{}");
    project.succeeds(&words(&["up", "down"]));
    let first = created_image(&project.succeeds(&["snapshot"]));
    let second = created_image(&project.succeeds(&["snapshot"]));
    project.succeeds(&["destroy"]);
    let project = &project;
    let run = |task: String| project.succeeds(&words(&[&task]));

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
    assert!(project.imgctl(&words(&[&again])).stderr.contains("was shared already"));
    let base = admin().get(&format!("{GLANCE}/images?name=Ubuntu%2024.04"));
    let base = base["images"][0]["id"].as_str().unwrap().to_owned();
    let said =
        project.fails(3, &words(&[&format!("share_image:{base},accounts={}", partner.project)]));
    assert!(said.contains("is public"), "{said}");

    project.fails(2, &words(&[&format!("deprecate_image:{first},at=2126-01-01")]));
    run(format!("deprecate_image:{first}"));
    assert_eq!(admin().get(&format!("{GLANCE}/images/{first}"))["os_hidden"], true);
    assert!(run("list_images".into()).contains(&first), "ours, hidden or not");

    let protected = |yes: bool| {
        let change = json!([{"op": "replace", "path": "/protected", "value": yes}]);
        admin().patch(&format!("{GLANCE}/images/{second}"), change);
    };
    protected(true);
    let said = project.fails(3, &words(&[&format!("delete_image:{second}")]));
    assert!(said.contains("protected"), "{said}");
    protected(false);

    run("prune_images:keep=1".into());
    let left = admin().images("ci");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], second.as_str());
    run(format!("delete_image:{second}"));
    nothing_is_left("ci");
    let said = project.fails(1, &words(&[&format!("delete_image:{second}")]));
    assert!(said.contains("no image"), "{said}");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_that_a_server_was_started_from_is_kept() {
    let project = project("{tags: {imgctl-keep: 'yes'}}");
    project.succeeds(&words(&["up", "down"]));
    let image = created_image(&project.succeeds(&["snapshot"]));
    project.succeeds(&["destroy"]);

    // Nova hands the properties of a base on to its snapshots; this mark is no property of what
    // is made of it.
    let plain = bare("{}")
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_USERNAME", "builder")
        .env("OS_PASSWORD", PASSWORD)
        .env("OS_PROJECT_NAME", "ci");
    plain.succeeds(&words(&[&format!("up:base={image}"), "down"]));
    let second = created_image(&plain.succeeds(&["snapshot"]));
    let made = admin().get(&format!("{GLANCE}/images/{second}"));
    assert!(made.get("imgctl-keep").is_none(), "{made:#}");

    let said = plain.fails(3, &[&format!("delete_image:{image}")]);
    assert!(said.contains("is in use") && said.contains("imgctl-debian12"), "{said}");
    plain.succeeds(&[&format!("delete_image:{image},force=true"), "destroy"]);
    plain.succeeds(&words(&[&format!("delete_image:{second}")]));
    nothing_is_left("ci");
}
