//! Booting from a volume.

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

#[test]
fn a_volume_is_made_booted_from_and_removed() {
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
    assert_eq!(cloud.world(|world| world.snapshots.len()), 1);
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    project.succeeds(&words(&[&format!("delete_image:{image}")]));
    assert!(cloud.world(|world| world.snapshots.is_empty()), "the snapshots go with the image");
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
