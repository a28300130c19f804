//! Images: made, failed, listed, shared, hidden, pruned, deleted.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::guest::{CloudProject, user};
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

/// A project with a stopped server, and a task that makes an image of it.
fn baked(cloud: &OpenStackServer) -> CloudProject {
    let project = project(cloud, "{}");
    project.write(
        "scripts/snapshot.rhai",
        "//! Makes an image. Of what there is.\ncloud::create_image();\n",
    );
    project.succeeds(&words(&["up", "down"]));
    project
}

#[test]
fn an_image_that_vanishes_is_a_failed_snapshot() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let usual = cloud
        .world(|world| std::mem::replace(&mut world.image_steps, vec![json!({}), Value::Null]));
    let said = project.fails(1, &["snapshot"]);
    assert!(
        said.contains("the snapshot failed") && said.contains("vanished while it was made"),
        "{said}"
    );

    // Glance shows one that is just being deleted, now and then.
    cloud.world(|world| world.image_steps = vec![json!({"status": "deleted"})]);
    let said = project.fails(1, &["snapshot"]);
    assert!(said.contains("vanished while it was made"), "{said}");
    cloud.world(|world| world.images.retain(|_, image| image["status"] != "deleted"));

    cloud.world(|world| world.image_steps = vec![json!({"status": "killed"})]);
    let said = project.fails(1, &["snapshot"]);
    assert!(said.contains("the snapshot failed") && said.contains("killed"), "{said}");
    assert!(cloud.world(|world| world.own_images().is_empty()), "what is left of it is removed");

    cloud.world(|world| world.image_steps = usual);
    let image = created_image(&project.succeeds(&["snapshot"]));
    assert!(cloud.world(|world| world.images.contains_key(&image)), "the next try begins anew");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_snapshot_without_stopping_where_that_is_asked_for() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let script = "//! Makes an image. While it runs.\ncloud::create_image(#{ no_stop: true });\n";
    project.write("scripts/snapshot.rhai", script);
    project.succeeds(&words(&["up", "snapshot"]));
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.succeeds(&["destroy"]);
}

#[test]
fn sharing_hiding_pruning_and_deleting() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let first = created_image(&project.succeeds(&["snapshot"]));
    let second = created_image(&project.succeeds(&["snapshot"]));

    let said = project.imgctl(&[&format!("share_image:{second},accounts=p1 p2")]).stderr;
    assert!(said.contains("has to accept"), "{said}");
    let members = cloud.world(|world| world.members[&second].clone());
    assert_eq!(members.into_iter().collect::<Vec<_>>(), ["p1", "p2"]);
    let said = project.imgctl(&[&format!("share_image:{second},accounts=p1")]).stderr;
    assert!(said.contains("was shared already"), "{said}");
    project.fails(2, &[&format!("share_image:{second},organizations=o")]);
    let said = project.fails(3, &["share_image:img-new,accounts=p1"]);
    assert!(said.contains("is public"), "{said}");

    project.fails(2, &[&format!("deprecate_image:{first},at=2126-01-01")]);
    project.succeeds(&[&format!("deprecate_image:{first}")]);
    assert_eq!(cloud.world(|world| world.images[&first]["os_hidden"].clone()), true);
    assert!(project.succeeds(&["list_images"]).contains(&first), "ours, hidden or not");

    let said = project.fails(2, &["copy_image:newest,regions=RegionTwo"]);
    assert!(said.contains("region:RegionTwo bake"), "{said}");

    cloud.world(|world| world.images.get_mut(&second).unwrap()["protected"] = true.into());
    let said = project.fails(3, &[&format!("delete_image:{second}")]);
    assert!(said.contains("is protected"), "{said}");
    cloud.world(|world| {
        let image = world.images.get_mut(&second).unwrap();
        image["protected"] = false.into();
        image["in_use"] = true.into();
    });
    let said = project.fails(3, &[&format!("delete_image:{second}")]);
    assert!(said.contains("in use") && said.contains("share its data"), "{said}");
    cloud.world(|world| world.images.get_mut(&second).unwrap()["in_use"] = false.into());

    project.succeeds(&["prune_images:keep=1"]);
    assert!(cloud.world(|world| !world.images.contains_key(&first) && world.images.contains_key(&second)));
    project.succeeds(&[&format!("delete_image:{second}"), "destroy"]);
    let said = project.fails(1, &words(&["delete_image:img-gone"]));
    assert!(said.contains("no image img-gone"), "{said}");
}

/// The server has a task while its image is uploaded, which may take an hour.
#[test]
fn what_was_killed_during_an_upload_goes_on_with_it() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    // Long enough for nothing but the upload.
    let hasty = ["--set", "clouds.openstack.stop_timeout=1s"];
    let (told, hears) = channel();
    cloud.rule("GET /image/v2/images/image-", 1, Then::Hold(told));
    let mut killed = project.command(&["snapshot"]).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let uploading = |looks: usize| {
        cloud.world(|world| {
            let id = world.server()["id"].as_str().unwrap().to_owned();
            let server = world.servers.get_mut(&id).unwrap();
            server["OS-EXT-STS:task_state"] = "image_uploading".into();
            let mut steps = vec![json!({}); looks];
            steps.push(json!({"OS-EXT-STS:task_state": null}));
            world.steps.insert(id, steps.into());
        });
    };
    uploading(1000);
    let image = created_image(&project.succeeds(&[&hasty[..], &["snapshot"]].concat()));
    assert_eq!(cloud.world(|world| world.own_images().len()), 1, "{image}");

    // More looks than there are in a second.
    uploading(15);
    project.succeeds(&[&hasty[..], &["up"]].concat());
    project.succeeds(&["destroy"]);
}

/// Nova hands a base's properties on to what is made of it.
#[test]
fn a_mark_of_the_base_is_not_inherited() {
    let cloud = OpenStackServer::start();
    let kept = project(&cloud, "{tags: {imgctl-keep: 'yes', team: infrastructure}}");
    kept.write(
        "scripts/snapshot.rhai",
        "//! Makes an image. Of what is.\ncloud::create_image();\n",
    );
    kept.succeeds(&words(&["up"]));
    let base = created_image(&kept.succeeds(&["snapshot", "destroy"]));
    let derived = project(&cloud, "{}");
    derived.write(
        "scripts/snapshot.rhai",
        "//! Makes an image. Of what is.\ncloud::create_image();\n",
    );
    derived.succeeds(&words(&[&format!("up:base={base}")]));
    let image = created_image(&derived.succeeds(&["snapshot", "destroy"]));
    let properties = |id: &str| cloud.world(|world| world.images[id].clone());
    assert_eq!(properties(&base)["imgctl-keep"], "yes");
    assert_eq!(properties(&image).get("imgctl-keep"), None);
    assert_eq!(properties(&image)["team"], "infrastructure", "as the cloud does it");
    assert_ne!(properties(&image)["imgctl-run"], properties(&base)["imgctl-run"]);
}

#[test]
fn what_nova_would_refuse_is_told_before_the_server_is_stopped() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let script = format!(
        "//! Makes an image. Of what is.\ncloud::create_image(#{{description: \"{}\"}});\n",
        "x".repeat(256)
    );
    project.write("scripts/snapshot.rhai", &script);
    project.succeeds(&words(&["up"]));
    let said = project.fails(2, &["snapshot"]);
    assert!(said.contains("description has 256 characters"), "{said}");
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.succeeds(&["destroy"]);
}

#[test]
fn an_image_that_a_server_was_started_from_is_kept() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let image = created_image(&project.succeeds(&["snapshot"]));
    project.write("scripts/second.rhai", &format!("//! Starts another. From the image.\ncloud::up(#{{ role: \"verify\", base: \"{image}\" }});\n"));
    project.succeeds(&["second"]);
    let said = project.fails(3, &[&format!("delete_image:{image}")]);
    assert!(said.contains("is in use") && said.contains("imgctl-debian12-verify"), "{said}");
    project.succeeds(&[&format!("delete_image:{image},force=true"), "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Glance shows them to who asks for them only.
#[test]
fn a_base_of_the_community_is_found() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        let mut image = world.images["img-new"].clone();
        image["id"] = "img-community".into();
        image["name"] = "Debian 12.9 community".into();
        image["visibility"] = "community".into();
        world.images.insert("img-community".into(), image);
    });
    let with = |pattern: &str, visibility: &str| {
        let base = json!({"pattern": pattern, "visibility": visibility});
        let debian = json!({"username": user(), "base": base});
        project(&cloud, &json!({"distributions": {"debian12": debian}}).to_string())
    };
    let said = with("debian 13*", "community").fails(2, &words(&["up"]));
    assert!(
        said.contains("nearest are: Debian 12.9 community\n"),
        "those that are asked for: {said}"
    );
    let project = with("debian 12*", "community");
    project.succeeds(&words(&["up"]));
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "img-community");
    project.succeeds(&["destroy"]);
    let project = with("debian 12*", "public");
    project.succeeds(&words(&["up"]));
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "img-new");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_base_by_name_is_the_newest_that_can_be_started_from() {
    let cloud = OpenStackServer::start();
    let named = |id: &str, status: &str, created: &str| {
        cloud.world(|world| {
            let mut image = world.images["img-new"].clone();
            for (key, value) in
                [("id", id), ("name", "golden"), ("status", status), ("created_at", created)]
            {
                image[key] = value.into();
            }
            world.images.insert(id.to_owned(), image);
        });
    };
    named("golden-3", "queued", "2026-03-01T00:00:00Z");
    let said = project(&cloud, "{}").fails(2, &words(&["up:base=golden"]));
    assert!(said.contains("golden-3") && said.contains("is queued"), "{said}");
    named("golden-1", "active", "2026-01-01T00:00:00Z");
    named("golden-2", "active", "2026-02-01T00:00:00Z");
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up:base=golden"]));
    assert_eq!(cloud.world(|world| world.server()["image"]["id"].clone()), "golden-2");
    project.succeeds(&["destroy"]);
}
