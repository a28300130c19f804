//! Images: created, failed, listed, shared, hidden, pruned, deleted.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::guest::CloudProject;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

/// Projects that images are shared with.
const P1: &str = "0123456789abcdef0123456789abcdef";
const P2: &str = "2f1b0c9e-1c3a-4b5d-8e7f-0a1b2c3d4e5f";

/// A project with a stopped server, and a task that creates an image of it.
fn baked(cloud: &OpenStackServer) -> CloudProject {
    let project = project(cloud, "{}");
    project.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    project.imgctl(&words(&["up", "down"])).succeeds();
    project
}

#[test]
fn an_image_that_vanishes_is_a_failed_snapshot() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let usual = cloud
        .world(|world| std::mem::replace(&mut world.image_steps, vec![json!({}), Value::Null]));
    project
        .imgctl(&["snapshot"])
        .fails(1)
        .says("the snapshot failed")
        .says("vanished while it was being created");

    // Glance may show an image that is being deleted.
    cloud.world(|world| world.image_steps = vec![json!({"status": "deleted"})]);
    project.imgctl(&["snapshot"]).fails(1).says("vanished while it was being created");
    cloud.world(|world| world.images.retain(|_, image| image["status"] != "deleted"));

    cloud.world(|world| world.image_steps = vec![json!({"status": "killed"})]);
    project.imgctl(&["snapshot"]).fails(1).says("the snapshot failed").says("killed");
    assert!(cloud.world(|world| world.own_images().is_empty()), "the failed image is removed");

    cloud.world(|world| world.image_steps = usual);
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    assert!(cloud.world(|world| world.images.contains_key(&image)), "the next attempt begins anew");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn no_stop_creates_an_image_of_a_running_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let script =
        "//! Creates an image. While the server runs.\ncloud::create_image(#{ no_stop: true });\n";
    project.write("scripts/snapshot.rhai", script);
    project.imgctl(&words(&["up", "snapshot"])).succeeds();
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn images_are_shared_hidden_pruned_and_deleted() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let first = created_image(&project.imgctl(&["snapshot"]).succeeds());
    let second = created_image(&project.imgctl(&["snapshot"]).succeeds());

    project
        .imgctl(&[&format!("share_image:{second},accounts={P1} {P2}")])
        .succeeds()
        .says("has to accept");
    let members = cloud.world(|world| world.members[&second].clone());
    assert_eq!(members.into_iter().collect::<Vec<_>>(), [P1, P2]);
    project
        .imgctl(&[&format!("share_image:{second},accounts={P1}")])
        .succeeds()
        .says("was shared already");
    project.imgctl(&[&format!("share_image:{second},organizations=o")]).fails(2);
    // Glance would take it, and share with nobody.
    project
        .imgctl(&[&format!("share_image:{second},accounts=ci")])
        .fails(2)
        .says("`ci` is not the id of a project")
        .hints("openstack project show ci");
    project.imgctl(&[&format!("share_image:img-new,accounts={P1}")]).fails(3).says("is public");

    project.imgctl(&[&format!("deprecate_image:{first},at=2126-01-01")]).fails(2);
    project.imgctl(&[&format!("deprecate_image:{first}")]).succeeds();
    assert_eq!(cloud.world(|world| world.images[&first]["os_hidden"].clone()), true);
    project.imgctl(&["list_images"]).succeeds().says(&first);

    project.imgctl(&["copy_image:newest,regions=RegionTwo"]).fails(2).hints("region:REGION bake");

    cloud.world(|world| world.images.get_mut(&second).unwrap()["protected"] = true.into());
    project.imgctl(&[&format!("delete_image:{second}")]).fails(3).says("is protected");
    cloud.world(|world| {
        let image = world.images.get_mut(&second).unwrap();
        image["protected"] = false.into();
        image["in_use"] = true.into();
    });
    project
        .imgctl(&[&format!("delete_image:{second}")])
        .fails(3)
        .says("in use")
        .hints("delete the volumes and servers first");
    cloud.world(|world| world.images.get_mut(&second).unwrap()["in_use"] = false.into());

    project.imgctl(&["prune_images:keep=1"]).succeeds();
    assert!(cloud.world(|world| !world.images.contains_key(&first) && world.images.contains_key(&second)));
    project.imgctl(&[&format!("delete_image:{second}"), "destroy"]).succeeds();
    project.imgctl(&words(&["delete_image:img-gone"])).fails(1).says("no image img-gone");
}

/// The server has a task while its image is uploaded, which may take an hour.
#[test]
fn killed_during_an_upload_create_image_continues() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    // Too short for the upload, which has a timeout of its own.
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
    let image = created_image(&project.imgctl(&[&hasty[..], &["snapshot"]].concat()).succeeds());
    assert_eq!(cloud.world(|world| world.own_images().len()), 1, "{image}");

    // More polls than there are in a second.
    uploading(15);
    project.imgctl(&[&hasty[..], &["up"]].concat()).succeeds();
    project.imgctl(&["destroy"]).succeeds();
}

/// Nova copies the properties of a base to images made from it.
#[test]
fn imgctls_own_tags_of_the_base_are_not_inherited() {
    let cloud = OpenStackServer::start();
    let kept = project(&cloud, "{tags: {imgctl-keep: 'yes', team: infrastructure}}");
    kept.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    kept.imgctl(&words(&["up"])).succeeds();
    let base = created_image(&kept.imgctl(&["snapshot", "destroy"]).succeeds());
    let derived = project(&cloud, "{}");
    derived.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    derived.imgctl(&words(&[&format!("up:base={base}")])).succeeds();
    let image = created_image(&derived.imgctl(&["snapshot", "destroy"]).succeeds());
    let properties = |id: &str| cloud.world(|world| world.images[id].clone());
    assert_eq!(properties(&base)["imgctl-keep"], "yes");
    assert_eq!(properties(&image).get("imgctl-keep"), None);
    assert_eq!(properties(&image)["team"], "infrastructure", "tags of the user are inherited");
    assert_ne!(properties(&image)["imgctl-run"], properties(&base)["imgctl-run"]);
}

#[test]
fn what_nova_would_refuse_is_an_error_before_the_server_is_stopped() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let script = format!(
        "//! Creates an image. Nothing else.\ncloud::create_image(#{{description: \"{}\"}});\n",
        "x".repeat(256)
    );
    project.write("scripts/snapshot.rhai", &script);
    project.imgctl(&words(&["up"])).succeeds();
    project.imgctl(&["snapshot"]).fails(2).says("description has 256 characters");
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_image_in_use_is_not_deleted_unless_forced() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    project.write("scripts/second.rhai", &format!("//! Starts another server. From the image.\ncloud::up(#{{ role: \"verify\", base: \"{image}\" }});\n"));
    project.imgctl(&["second"]).succeeds();
    project
        .imgctl(&[&format!("delete_image:{image}")])
        .fails(3)
        .says("is in use")
        .says("imgctl-debian12-verify");
    project.imgctl(&[&format!("delete_image:{image},force=true"), "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// The image of a server with a boot volume points to a snapshot that only its own project can use.
#[test]
fn an_image_without_data_is_not_shared() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {size: 20GiB}}");
    project.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    project.imgctl(&words(&["up", "down"])).succeeds();
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    project
        .imgctl(&[&format!("share_image:{image},accounts={P1}")])
        .fails(2)
        .says("holds no data")
        .hints("without `boot_volume`");
    assert!(cloud.world(|world| !world.members.contains_key(&image)));
    project.imgctl(&[&format!("delete_image:{image}"), "destroy"]).succeeds();
}

#[test]
fn a_channel_is_a_property_that_one_image_has() {
    let cloud = OpenStackServer::start();
    let project = baked(&cloud);
    let make = || {
        project.imgctl(&["up", "down"]).succeeds();
        created_image(&project.imgctl(&["snapshot"]).succeeds())
    };
    let (first, second) = (make(), make());
    let held = |key: &str, value: &str| {
        cloud.world(|world| {
            let images = world.images.values().filter(|image| image[key] == value);
            images.map(|image| image["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
    };
    for (id, before) in [(&first, "none"), (&second, first.as_str()), (&first, second.as_str())] {
        let promote = format!("promote:id={id},force=true");
        project.imgctl(&[&promote]).succeeds().says(&format!("{before} -> {id}"));
        assert_eq!(held("imgctl-channel", "stable"), std::slice::from_ref(id));
        assert!(held("imgctl-distribution", "debian12").contains(id));
        project.imgctl(&[&promote]).succeeds().says("already");
    }
    // An image that no list shows, and a tag that new images would inherit.
    project.imgctl(&[&format!("deprecate_image:{second}")]).succeeds();
    project.imgctl(&[&format!("promote:id={second},force=true")]).fails(3).says("is hidden");
    let name = "--set=publish.channel_names.openstack=channel";
    project.imgctl(&[name, &format!("promote:id={first},force=true")]).fails(2).says("inherit");
    project.imgctl(&["destroy"]).succeeds();

    // The promoted image is a base; what is made of it is not in the channel.
    let base = "--set=base={channel: debian12/stable}";
    project.imgctl(&words(&[base, "up", "down"])).succeeds().says(&first);
    let third = created_image(&project.imgctl(&words(&[base, "snapshot"])).succeeds());
    assert_ne!(third, first);
    assert_eq!(held("imgctl-channel", "stable"), std::slice::from_ref(&first));
    project.imgctl(&["destroy"]).succeeds();
    let none = "--set=base={channel: debian12/beta}";
    project.imgctl(&words(&[none, "up"])).fails(2).says("in the channel debian12/beta");
}

/// Nova copies the properties of the base, and gives its own type to what it calls a snapshot.
#[test]
fn an_image_is_none_of_its_vendors_and_no_snapshot() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        let base = world.images.get_mut("img-new").unwrap();
        base["signature_verified"] = "True".into();
        base["image_build_date"] = "2024-11-09".into();
        base["hw_disk_bus"] = "scsi".into();
    });
    let project = baked(&cloud);
    let made = created_image(&project.imgctl(&["snapshot", "destroy"]).succeeds());
    let image = cloud.world(|world| world.images[&made].clone());
    assert_eq!((&image["image_type"], &image["hw_disk_bus"]), (&json!("image"), &json!("scsi")));
    assert_eq!(
        (&image["signature_verified"], &image["image_build_date"]),
        (&json!(null), &json!(null))
    );
}
