//! Servers that boot from a volume, and their images.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::guest::CloudProject;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

const GC: [&str; 6] = ["--set", "defaults.cloud=openstack", "--yes", "gc", "--older-than", "0s"];

/// A project with a server that boots from a volume, and a task that creates an image of it.
fn booted(cloud: &OpenStackServer, settings: &str) -> CloudProject {
    let project = project(cloud, settings);
    let script = "//! Creates an image. Nothing else.\ncloud::create_image();\n";
    project.write("scripts/snapshot.rhai", script);
    project.imgctl(&words(&["up"])).succeeds();
    project
}

/// How many volumes, snapshots and images the project has.
fn left(cloud: &OpenStackServer) -> (usize, usize, usize) {
    cloud.world(|world| (world.volumes.len(), world.snapshots.len(), world.own_images().len()))
}

/// Kills the command when the next request that begins with `request` was carried out.
fn killed_at(cloud: &OpenStackServer, project: &CloudProject, request: &str, command: &[&str]) {
    let (told, hears) = channel();
    cloud.rule(request, 1, Then::Hold(told));
    let mut killed = project.command(command).spawn().unwrap();
    hears.recv_timeout(Duration::from_secs(60)).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
}

fn made_volumes(cloud: &OpenStackServer) -> Vec<Value> {
    let asked = cloud.requests("POST /volume/v3");
    asked.into_iter().map(|request| request.body["volume"].clone()).collect()
}

/// Cinder deletes no volume that has snapshots, and the image is one.
#[test]
fn a_volume_is_created_and_removed_with_its_image() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {size: 12GiB, type: ssd}}");
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let volume = cloud.world(|world| world.volumes.values().next().unwrap().clone());
    assert_eq!((volume["size"].as_u64(), volume["volume_type"].as_str()), (Some(12), Some("ssd")));
    assert_eq!(volume["imageRef"], "img-new");
    assert!(volume["metadata"]["imgctl-run"].is_string());
    let asked = cloud.world(|world| world.server()["asked"].clone());
    assert_eq!(asked["block_device_mapping_v2"][0]["uuid"], volume["id"]);

    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    project.imgctl(&["list_images"]).succeeds().says(&image).says("12.0 GiB");
    let snapshot = cloud.world(|world| world.snapshots.values().next().unwrap().clone());
    assert_eq!(snapshot["status"], "available", "an image is finished when its snapshots are");
    let id = volume["id"].as_str().unwrap();
    let ran = project.imgctl(&["destroy"]).succeeds();
    ran.says(&format!("volume {id} is kept")).says(&format!("delete_image:{image}"));
    assert!(!project.has_state());
    assert_eq!(cloud.world(|world| world.debris()), [id]);
    project.imgctl(&GC).succeeds().says("left behind");

    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_volume_is_kept_until_its_last_image_is_deleted() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let first = created_image(&project.imgctl(&["snapshot"]).succeeds());
    let second = created_image(&project.imgctl(&["snapshot"]).succeeds());
    project.imgctl(&[&format!("delete_image:{first}")]).succeeds();
    assert_eq!(left(&cloud), (1, 1, 1), "the server uses it");
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&[&format!("delete_image:{second}")])).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0));
}

/// The image holds no data: `imageRef` would create an empty disk.
#[test]
fn an_image_of_a_volume_is_verified_from_its_snapshot() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {size: 12GiB}}");
    project.imgctl(&words(&["up", "bootstrap", "tests", "create_image"])).succeeds();
    project.write(
        "config.yaml",
        &std::fs::read_to_string(project.path().join("config.yaml"))
            .unwrap()
            .replace("12GiB", "5GiB"),
    );
    project.imgctl(&["verify_image"]).succeeds();
    let snapshot = cloud.world(|world| world.snapshots.keys().next().unwrap().clone());
    let verified = made_volumes(&cloud).pop().unwrap();
    assert_eq!(verified["snapshot_id"], snapshot.as_str());
    assert_eq!(verified.get("imageRef"), None);
    assert_eq!(verified["size"], 12, "cinder creates none smaller than the snapshot");
    assert_eq!(left(&cloud), (1, 1, 1), "the verified server is removed");
    project.imgctl(&["destroy"]).succeeds();
}

/// Nova would create a volume by itself, without tags.
#[test]
fn a_server_from_such_an_image_boots_from_a_tagged_volume() {
    let cloud = OpenStackServer::start();
    let image = created_image(
        &booted(&cloud, "{boot_volume: {}}").imgctl(&["snapshot", "destroy"]).succeeds(),
    );
    let derived = project(&cloud, "{}");
    derived.imgctl(&words(&[&format!("up:base={image}"), "bootstrap"])).succeeds();
    let asked = cloud.world(|world| world.server()["asked"].clone());
    let volume = asked["block_device_mapping_v2"][0]["uuid"].as_str().unwrap();
    let marks = cloud.world(|world| world.volumes[volume]["metadata"].clone());
    assert!(marks["imgctl-run"].is_string(), "{marks}");
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    let ran = derived.imgctl(&[&format!("delete_image:{image}")]).fails(3);
    ran.says("is in use").says(&format!("used by instance imgctl-debian12 ({server})"));
    derived.imgctl(&["destroy"]).succeeds();
    assert_eq!(left(&cloud), (1, 1, 1), "the first volume, with its image");

    cloud.world(|world| world.snapshots.clear());
    derived
        .imgctl(&words(&[&format!("up:base={image}")]))
        .fails(2)
        .says("is empty")
        .says("snapshot-");
    assert_eq!(made_volumes(&cloud).len(), 2, "nothing was created");
}

#[test]
fn an_image_that_failed_leaves_no_snapshot() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let usual = cloud.world(|world| {
        std::mem::replace(&mut world.image_steps, vec![json!({"status": "killed"})])
    });
    project.imgctl(&["snapshot"]).fails(1);
    assert_eq!(left(&cloud), (1, 0, 0));
    cloud.world(|world| world.image_steps = usual);

    killed_at(&cloud, &project, "GET /image/v2/images/image-", &["snapshot"]);
    assert_eq!(left(&cloud), (1, 1, 1));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0), "an unfinished image is removed, and so is its volume");
}

#[test]
fn killed_while_an_image_is_deleted_everything_is_found_again() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let image = created_image(&project.imgctl(&["snapshot", "destroy"]).succeeds());
    let chosen = format!("delete_image:{image}");
    let delete = words(&[&chosen]);
    killed_at(&cloud, &project, "DELETE /volume/v3", &delete);
    project.imgctl(&delete).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0));

    project.imgctl(&words(&["up"])).succeeds();
    let image = created_image(&project.imgctl(&["snapshot", "destroy"]).succeeds());
    let chosen = format!("delete_image:{image}");
    killed_at(&cloud, &project, "DELETE /image/v2", &words(&[&chosen]));
    assert_eq!(left(&cloud), (1, 0, 0));
    project.imgctl(&GC).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_protected_image_keeps_its_data() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    cloud.world(|world| world.images.get_mut(&image).unwrap()["protected"] = true.into());
    project.imgctl(&[&format!("delete_image:{image}")]).fails(3).says("is protected");
    assert_eq!(left(&cloud), (1, 1, 1));
}

/// Nova creates the snapshots before the image, which glance may refuse; and deleting an image by
/// other means leaves them behind.
#[test]
fn snapshots_without_an_image_are_removed_and_those_of_others_are_named() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let volume = cloud.world(|world| world.volumes.keys().next().unwrap().clone());
    for (id, name) in [("mine", "before the upgrade"), ("orphan", "snapshot for nothing")] {
        let snapshot = json!({
            "id": id, "name": name, "status": "available", "volume_id": volume, "size": 2,
        });
        cloud.world(|world| world.snapshots.insert(id.to_owned(), snapshot));
    }
    project.imgctl(&["destroy"]).fails(3).says("openstack volume snapshot delete mine`");
    assert_eq!(left(&cloud), (1, 2, 0));
    cloud.world(|world| world.snapshots.remove("mine"));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_volume_whose_server_was_refused_is_removed_too() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {}}");
    let body = json!({"forbidden": {"message": "Quota exceeded for instances", "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, body));
    project.imgctl(&words(&["up"])).fails(3);
    assert_eq!(
        cloud.world(|world| world.volumes.values().next().unwrap()["size"].clone()),
        2,
        "the size that the image needs"
    );
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_mistake_in_the_settings_of_a_volume_is_an_error_before_anything_is_created() {
    let cloud = OpenStackServer::start();
    for (settings, what) in [
        ("{size: 5GiB, type: sdd}", "no volume type `sdd`"),
        ("{size: 5GiB, availability_zone: nov}", "no availability zone of volumes `nov`"),
        ("{size: 1GiB}", "needs 2 GiB"),
    ] {
        let project = project(&cloud, &format!("{{boot_volume: {settings}}}"));
        project.imgctl(&words(&["up"])).fails(2).says(what);
    }
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Cinder fills a volume after its reply; what it notes then is the reason.
#[test]
fn a_volume_that_fails_is_told_in_cinders_words_and_removed() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {}}");
    let size = |size: u64| {
        cloud.world(|world| {
            world.images.get_mut("img-new").unwrap()["size"].clone_from(&size.into())
        });
    };
    size(0);
    let ran = project.imgctl(&words(&["up"])).fails(1);
    ran.says("went into error").says("exceeds available space").hints("`boot_volume`");
    assert_eq!(left(&cloud), (0, 0, 0));
    size(1 << 30);
    project.imgctl(&["up", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// A member of a project cannot delete it any longer.
#[test]
fn a_volume_that_cinder_failed_to_delete_is_told_at_once() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let status = |status: &str| {
        cloud.world(|world| {
            world.servers.clear();
            for volume in world.volumes.values_mut() {
                volume["status"] = status.into();
                volume["attachments"] = json!([]);
            }
        });
    };
    status("error_deleting");
    let ran = project.imgctl(&["destroy"]).fails(3);
    ran.says("error_deleting").hints("openstack volume delete --force");
    assert!(project.has_state());
    status("available");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn servers_are_listed_page_by_page() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| {
        world.page = 2;
        for number in 0..5 {
            let id = format!("other-{number}");
            let server = json!({"id": id, "name": "x", "status": "ACTIVE", "metadata": {}, "addresses": {}, "asked": {}});
            world.servers.insert(id, server);
        }
    });
    let project = project(&cloud, "{}");
    cloud.rule("POST /compute/v2.1/servers", 1, Then::HangUp);
    project.imgctl(&words(&["up", "destroy"])).succeeds();
    assert_eq!(
        cloud.world(|world| world.servers.len()),
        5,
        "ours was on the last page, and is gone"
    );
}

/// Roles may allow servers and no volumes. Nothing of a run can be there then.
#[test]
fn a_user_who_may_not_look_at_volumes_can_destroy() {
    for status in [401, 403, 404] {
        let cloud = OpenStackServer::start();
        let project = project(&cloud, "{}");
        let message = "Policy doesn't allow volume:get_all to be performed.";
        let refusal = json!({"forbidden": {"message": message, "code": status}});
        cloud.rule("GET /volume/v3", 99, Then::Refuse(status, refusal));
        project.imgctl(&words(&["up", "destroy"])).succeeds();
        assert!(!project.has_state());
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
        project.imgctl(&GC).succeeds().says("may not list volumes");
    }
    // A service in trouble is another matter.
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    cloud.rule("GET /volume/v3", 99, Then::Refuse(400, json!({"badRequest": {"message": "no"}})));
    project.imgctl(&["destroy"]).fails(1);
    assert!(project.has_state());
}

/// Nova may refuse a server and a volume in two zones.
#[test]
fn a_boot_volume_is_in_the_zone_of_its_server() {
    for (zones, expected) in [
        ("availability_zone: az1, boot_volume: {size: 5GiB}", json!("az1")),
        (
            "availability_zone: az1, boot_volume: {size: 5GiB, availability_zone: nova}",
            json!("nova"),
        ),
        ("boot_volume: {size: 5GiB}", json!(null)),
    ] {
        let cloud = OpenStackServer::start();
        let project = project(&cloud, &format!("{{{zones}}}"));
        project.imgctl(&words(&["up"])).succeeds();
        let volume = cloud.world(|world| world.volumes.values().next().unwrap().clone());
        assert_eq!(volume["availability_zone"], expected, "{zones}");
        project.imgctl(&["destroy"]).succeeds();
    }
}
