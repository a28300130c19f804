//! Booting from a volume, and images of such servers.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::guest::CloudProject;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

const GC: [&str; 6] = ["--set", "defaults.cloud=openstack", "--yes", "gc", "--older-than", "0s"];

/// A project with a server that boots from a volume, and a task that makes an image of it.
fn booted(cloud: &OpenStackServer, settings: &str) -> CloudProject {
    let project = project(cloud, settings);
    let script = "//! Makes an image. Of what there is.\ncloud::create_image();\n";
    project.write("scripts/snapshot.rhai", script);
    project.succeeds(&words(&["up"]));
    project
}

/// What there is of volumes, snapshots and the project's images.
fn left(cloud: &OpenStackServer) -> (usize, usize, usize) {
    cloud.world(|world| (world.volumes.len(), world.snapshots.len(), world.own_images().len()))
}

/// Kills the command when the next request that begins so was carried out.
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
fn a_volume_is_made_booted_from_and_removed_with_its_image() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {size: 12GiB, type: ssd}}");
    project.succeeds(&words(&["up", "bootstrap"]));
    let volume = cloud.world(|world| world.volumes.values().next().unwrap().clone());
    assert_eq!((volume["size"].as_u64(), volume["volume_type"].as_str()), (Some(12), Some("ssd")));
    assert_eq!(volume["imageRef"], "img-new");
    assert!(volume["metadata"]["imgctl-run"].is_string());
    let asked = cloud.world(|world| world.server()["asked"].clone());
    assert_eq!(asked["block_device_mapping_v2"][0]["uuid"], volume["id"]);

    let image = created_image(&project.succeeds(&["create_image"]));
    let snapshot = cloud.world(|world| world.snapshots.values().next().unwrap().clone());
    assert_eq!(snapshot["status"], "available", "an image is finished when its snapshots are");
    let id = volume["id"].as_str().unwrap();
    let ran = project.imgctl(&["destroy"]);
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.contains(&format!("volume {id} stays")), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("delete_image:{image}")), "{}", ran.stderr);
    assert!(!project.has_state());
    assert_eq!(cloud.world(|world| world.debris()), [id]);
    assert!(project.imgctl(&GC).stderr.contains("nothing was left behind"), "it is the image's");

    project.succeeds(&words(&[&format!("delete_image:{image}")]));
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_volume_stays_for_the_last_of_its_images() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let first = created_image(&project.succeeds(&["snapshot"]));
    let second = created_image(&project.succeeds(&["snapshot"]));
    project.succeeds(&[&format!("delete_image:{first}")]);
    assert_eq!(left(&cloud), (1, 1, 1), "the server has it");
    project.succeeds(&["destroy"]);
    project.succeeds(&words(&[&format!("delete_image:{second}")]));
    assert_eq!(left(&cloud), (0, 0, 0));
}

/// Such an image has no data in it: `imageRef` would make an empty disk.
#[test]
fn what_was_baked_from_a_volume_is_verified_from_its_snapshot() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {size: 12GiB}}");
    project.succeeds(&words(&["up", "bootstrap", "tests", "create_image"]));
    project.write(
        "config.yaml",
        &std::fs::read_to_string(project.path().join("config.yaml"))
            .unwrap()
            .replace("12GiB", "5GiB"),
    );
    project.succeeds(&["verify_image"]);
    let snapshot = cloud.world(|world| world.snapshots.keys().next().unwrap().clone());
    let verified = made_volumes(&cloud).pop().unwrap();
    assert_eq!(verified["snapshot_id"], snapshot.as_str());
    assert_eq!(verified.get("imageRef"), None);
    assert_eq!(verified["size"], 12, "cinder makes none smaller than the snapshot");
    assert_eq!(left(&cloud), (1, 1, 1), "what was verified is removed");
    project.succeeds(&["destroy"]);
}

/// Nova would make a volume by itself, without marks.
#[test]
fn such_an_image_is_started_from_a_volume_of_ours_in_any_case() {
    let cloud = OpenStackServer::start();
    let image =
        created_image(&booted(&cloud, "{boot_volume: {}}").succeeds(&["snapshot", "destroy"]));
    let derived = project(&cloud, "{}");
    derived.succeeds(&words(&[&format!("up:base={image}"), "bootstrap"]));
    let asked = cloud.world(|world| world.server()["asked"].clone());
    let volume = asked["block_device_mapping_v2"][0]["uuid"].as_str().unwrap();
    let marks = cloud.world(|world| world.volumes[volume]["metadata"].clone());
    assert!(marks["imgctl-run"].is_string(), "{marks}");
    let said = derived.fails(3, &[&format!("delete_image:{image}")]);
    let server = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    assert!(said.contains("is in use") && said.contains(&server), "{said}");
    derived.succeeds(&["destroy"]);
    assert_eq!(left(&cloud), (1, 1, 1), "the first volume, with its image");

    cloud.world(|world| world.snapshots.clear());
    let said = derived.fails(2, &words(&[&format!("up:base={image}")]));
    assert!(said.contains("is empty") && said.contains("snapshot-"), "{said}");
    assert_eq!(made_volumes(&cloud).len(), 2, "nothing was made");
}

#[test]
fn an_image_that_failed_leaves_no_snapshot() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let usual = cloud.world(|world| {
        std::mem::replace(&mut world.image_steps, vec![json!({"status": "killed"})])
    });
    project.fails(1, &["snapshot"]);
    assert_eq!(left(&cloud), (1, 0, 0));
    cloud.world(|world| world.image_steps = usual);

    killed_at(&cloud, &project, "GET /image/v2/images/image-", &["snapshot"]);
    assert_eq!(left(&cloud), (1, 1, 1));
    project.succeeds(&["destroy"]);
    assert_eq!(left(&cloud), (0, 0, 0), "an unfinished image is debris, and so is its volume");
}

#[test]
fn killed_while_an_image_is_deleted_nothing_is_lost_from_sight() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let image = created_image(&project.succeeds(&["snapshot", "destroy"]));
    let chosen = format!("delete_image:{image}");
    let delete = words(&[&chosen]);
    killed_at(&cloud, &project, "DELETE /volume/v3", &delete);
    project.succeeds(&delete);
    assert_eq!(left(&cloud), (0, 0, 0));

    project.succeeds(&words(&["up"]));
    let image = created_image(&project.succeeds(&["snapshot", "destroy"]));
    let chosen = format!("delete_image:{image}");
    killed_at(&cloud, &project, "DELETE /image/v2", &words(&[&chosen]));
    assert_eq!(left(&cloud), (1, 0, 0));
    project.succeeds(&GC);
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_protected_image_keeps_its_data() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let image = created_image(&project.succeeds(&["snapshot"]));
    cloud.world(|world| world.images.get_mut(&image).unwrap()["protected"] = true.into());
    let said = project.fails(3, &[&format!("delete_image:{image}")]);
    assert!(said.contains("is protected"), "{said}");
    assert_eq!(left(&cloud), (1, 1, 1));
}

/// Nova makes the snapshots before the image, and glance may refuse that; and who deletes an image by
/// other means leaves them behind.
#[test]
fn a_snapshot_whose_image_is_gone_goes_and_one_of_somebody_elses_is_named() {
    let cloud = OpenStackServer::start();
    let project = booted(&cloud, "{boot_volume: {}}");
    let volume = cloud.world(|world| world.volumes.keys().next().unwrap().clone());
    for (id, name) in [("mine", "before the upgrade"), ("orphan", "snapshot for nothing")] {
        let snapshot = json!({
            "id": id, "name": name, "status": "available", "volume_id": volume, "size": 2,
        });
        cloud.world(|world| world.snapshots.insert(id.to_owned(), snapshot));
    }
    let said = project.fails(3, &["destroy"]);
    assert!(said.contains("openstack volume snapshot delete mine`"), "{said}");
    assert_eq!(left(&cloud), (1, 2, 0));
    cloud.world(|world| world.snapshots.remove("mine"));
    project.succeeds(&["destroy"]);
    assert_eq!(left(&cloud), (0, 0, 0));
}

#[test]
fn a_volume_whose_server_was_never_started_is_removed_too() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{boot_volume: {}}");
    let body = json!({"forbidden": {"message": "Quota exceeded for instances", "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, body));
    project.fails(3, &words(&["up"]));
    assert_eq!(
        cloud.world(|world| world.volumes.values().next().unwrap()["size"].clone()),
        2,
        "as the image needs"
    );
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn many_servers_are_looked_through_page_by_page() {
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
    project.succeeds(&words(&["up", "destroy"]));
    assert_eq!(
        cloud.world(|world| world.servers.len()),
        5,
        "ours was on the last page, and is gone"
    );
}
