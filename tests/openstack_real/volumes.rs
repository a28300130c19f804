//! Servers that boot from a volume, and their images, which are snapshots of it.

use serde_json::{Value, json};

use super::administrator::{GLANCE, NOVA, admin};
use super::guest::CloudProject;
use super::world::{created_image, eventually, nothing_is_left, project, words};

/// `[volumes, snapshots, images]` of the project.
fn left() -> [usize; 3] {
    let admin = admin();
    [admin.volumes("ci"), admin.snapshots("ci"), admin.images("ci")].map(|list| list.len())
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// A project with a server that boots from a volume of 5 GiB.
fn booted() -> CloudProject {
    let project = project("{boot_volume: {size: 5GiB}}");
    project.imgctl(&words(&["up"])).succeeds();
    project
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_server_boots_from_a_volume_that_nova_deletes_with_it() {
    let project = project("{boot_volume: {size: 5GiB, type: ssd}, tags: {team: infrastructure}}");
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let admin = admin();
    let volume = admin.volumes("ci").remove(0);
    let server = admin.servers("ci").remove(0);
    assert_eq!((&volume["size"], &volume["volume_type"]), (&json!(5), &json!("ssd")));
    assert_eq!((&volume["status"], &volume["bootable"]), (&json!("in-use"), &json!("true")));
    assert_eq!(volume["attachments"][0]["server_id"], server["id"]);
    assert_eq!(volume["metadata"]["team"], "infrastructure");
    assert_eq!(volume["metadata"]["imgctl-run"], server["metadata"]["imgctl-run"]);
    assert_eq!(server["image"], "", "it boots from the volume alone");

    admin.delete(&format!("{NOVA}/servers/{}", id(&server)));
    let url = format!("{}/volumes/{}", admin.cinder(), id(&volume));
    eventually("nova deletes the volume, too", || admin.status(&url) == 404);
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_volume_without_a_size_is_as_large_as_the_disk_in_the_image() {
    let project = project("{boot_volume: {}}");
    project.imgctl(&words(&["up"])).succeeds();
    assert_eq!(admin().volumes("ci")[0]["size"], 3, "`Debian 12 new` is a disk of 3 GiB");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_is_a_snapshot_that_is_verified_listed_and_deleted_with_it() {
    let project = project("{boot_volume: {size: 5GiB}}");
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds();
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let admin = admin();
    let made = admin.get(&format!("{GLANCE}/images/{image}"));
    let devices: Value =
        serde_json::from_str(made["block_device_mapping"].as_str().unwrap()).unwrap();
    let snapshot = admin.snapshots("ci").remove(0);
    assert_eq!(devices[0]["snapshot_id"], snapshot["id"]);
    assert_eq!((&snapshot["status"], &snapshot["size"]), (&json!("available"), &json!(5)));
    assert_eq!(made["size"], 0, "it holds no data");
    project.imgctl(&["list_images"]).succeeds().says(&image).says("5.0 GiB");
    let partner = admin.project_id("partner");
    let share = format!("share_image:{image},accounts={partner}");
    project.imgctl(&[&share]).fails(2).says("snapshot");

    project.imgctl(&["verify_image"]).succeeds();
    assert_eq!(left(), [1, 1, 1], "the second server is gone, with its volume");
    let volume = id(&admin.volumes("ci")[0]);
    let kept = format!("volume {volume} is kept");
    project.imgctl(&["destroy"]).succeeds().says(&kept).says(&format!("delete_image:{image}"));
    project.imgctl(&GC).succeeds();
    assert_eq!(left(), [1, 1, 1], "an image needs them");
    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn two_images_of_one_name_have_snapshots_of_their_own() {
    let project = booted();
    let script = "//! Creates an image. Nothing else.\ncloud::create_image(#{name: \"twin\"});\n";
    project.write("scripts/snapshot.rhai", script);
    let create = || created_image(&project.imgctl(&["snapshot"]).succeeds());
    let (first, second) = (create(), create());
    let names: Vec<Value> = admin().images("ci").iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["twin", "twin"]);
    let needed = admin().get(&format!("{GLANCE}/images/{second}"));
    project.imgctl(&[&format!("delete_image:{first}")]).succeeds();
    assert_eq!(left(), [1, 1, 1], "the server uses the volume");
    let snapshot = id(&admin().snapshots("ci")[0]);
    assert!(needed["block_device_mapping"].as_str().unwrap().contains(&snapshot));
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&[&format!("delete_image:{second}")])).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_image_of_a_volume_is_a_base_that_is_kept_while_it_is_used() {
    let project = booted();
    let image = created_image(&project.imgctl(&["snapshot", "destroy"]).succeeds());
    let derived = super::world::project_beside("{}");
    derived.imgctl(&words(&[&format!("up:base={image}"), "bootstrap"])).succeeds();
    let volumes = admin().volumes("ci");
    let used = volumes.iter().find(|it| it["status"] == "in-use").unwrap();
    assert_eq!(used["snapshot_id"].as_str(), Some(&*id(&admin().snapshots("ci")[0])));
    assert!(used["metadata"]["imgctl-run"].is_string(), "{used}");
    let delete = format!("delete_image:{image}");
    derived.imgctl(&[&delete]).fails(3).says("is in use").says("imgctl-debian12");
    derived.imgctl(&["destroy"]).succeeds();
    derived.imgctl(&words(&[&delete])).succeeds();
    nothing_is_left("ci");
}

/// The words that remove what killed runs left.
pub const GC: [&str; 8] = [
    "--set",
    "defaults.cloud=openstack",
    "--set",
    "defaults.region=RegionOne",
    "--yes",
    "gc",
    "--older-than",
    "0s",
];

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn snapshots_whose_image_someone_else_deleted_are_found() {
    for state_is_lost in [false, true] {
        let project = booted();
        let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
        admin().delete(&format!("{GLANCE}/images/{image}"));
        assert_eq!(left(), [1, 1, 0], "glance knows nothing of the snapshot");
        let ran = if state_is_lost {
            std::fs::remove_file(project.path().join(".state.json")).unwrap();
            project.imgctl(&GC).succeeds()
        } else {
            project.imgctl(&["destroy"]).succeeds()
        };
        ran.says("whose image no longer exists");
        nothing_is_left("ci");
    }
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_snapshot_that_someone_else_made_is_named_and_kept() {
    let project = booted();
    let admin = admin();
    let volume = id(&admin.volumes("ci")[0]);
    let builder = super::administrator::builder();
    let wanted =
        json!({"snapshot": {"volume_id": volume, "name": "before the upgrade", "force": true}});
    let mine = id(&builder.post(&format!("{}/snapshots", builder.cinder()), wanted)["snapshot"]);
    let ran = project.imgctl(&["destroy"]).fails(3);
    ran.says(&format!("openstack volume snapshot delete {mine}"));
    assert_eq!(left(), [1, 1, 0]);
    builder.delete(&format!("{}/snapshots/{mine}", builder.cinder()));
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
