//! Images of Rackspace: finding the vendor's, sharing and deleting one's own.

use serde_json::Value;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, times, words};

#[test]
fn the_shipped_names_find_what_the_vendor_calls_them() {
    let cloud = OpenStackServer::rackspace();
    let named = [
        ("debian12", "Debian 12 (Bookworm) (Cloud)"),
        ("ubuntu2404", "Ubuntu 24.04 LTS (Cloud)"),
        ("rocky9", "Rocky Linux 9 (Cloud)"),
    ];
    for (distribution, name) in named {
        let project = project(&cloud);
        let said = project
            .imgctl(&["cloud:rackspace", &format!("distribution:{distribution}"), "up"])
            .stderr;
        assert!(said.contains(&format!("base image: {name} (vendor-")), "{said}");
        project.succeeds(&["destroy"]);
    }
}

#[test]
fn an_own_image_is_no_base_because_of_its_name() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.succeeds(&words(&["up", "create_image:name=Debian 12 mine", "destroy"]));
    let said = project.imgctl(&words(&["up"])).stderr;
    assert!(said.contains("base image: Debian 12 (Bookworm) (Cloud)"), "{said}");
    project.succeeds(&["destroy"]);
}

#[test]
fn an_image_that_is_not_there_is_told_with_those_that_are_like_it() {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| world.images.retain(|_, image| image["name"] != "Rocky Linux 9 (Cloud)"));
    let said = project(&cloud).fails(2, &["cloud:rackspace", "distribution:almalinux9", "up"]);
    assert!(said.contains("`Alma*Linux 9*`") && said.contains("region ORD"), "{said}");
    assert!(said.contains("the nearest are: "), "{said}");
    assert!(cloud.world(|world| world.debris()).is_empty());
}

#[test]
fn a_tag_that_no_image_takes_is_told_before_anything_is_made() {
    let cloud = OpenStackServer::rackspace();
    let given = words(&["--set", "tags.image_type=golden", "up"]);
    let said = project(&cloud).fails(2, &given);
    assert!(said.contains("no tag can be called `image_type`"), "{said}");
    assert!(cloud.world(|world| world.debris()).is_empty());
}

#[test]
fn an_image_is_shared_by_the_image_service() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image = created_image(&project.succeeds(&words(&["up", "create_image"])));
    let said = project.imgctl(&["share_image:newest,accounts=554433 665544"]);
    assert_eq!(said.status, 0);
    assert!(said.stderr.contains("project 554433 has to accept"), "{}", said.stderr);
    assert!(said.stderr.contains("Cloud Control Panel"), "{}", said.stderr);
    let members = cloud.world(|world| world.members[&image].clone());
    assert_eq!(members.into_iter().collect::<Vec<_>>(), ["554433", "665544"]);
    assert!(cloud.requests("PATCH").is_empty(), "this service does not know `shared`");
    let said = project.imgctl(&[&format!("share_image:{image},accounts=554433")]).stderr;
    assert!(said.contains("was shared already"), "{said}");
    let said = project.fails(2, &["share_image:newest,organizations=o-1"]);
    assert!(said.contains("each project"), "{said}");
    let said = project.fails(1, &["share_image:0a-1b,accounts=554433"]);
    assert!(said.contains("there is no image 0a-1b"), "{said}");
    project.succeeds(&["destroy"]);
}

#[test]
fn an_image_is_deleted_unless_it_is_in_use_or_the_vendors() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image = created_image(&project.succeeds(&words(&["up", "create_image", "destroy"])));
    project.succeeds(&words(&[&format!("up:base={image}")]));
    let said = project.fails(3, &[&format!("delete_image:{image}")]);
    assert!(said.contains("in use") && said.contains("imgctl-debian12"), "{said}");
    project.succeeds(&["destroy"]);
    let said = project.fails(3, &words(&["delete_image:vendor-0"]));
    assert!(said.contains("You are not allowed to delete this image"), "{said}");
    project.succeeds(&words(&[&format!("delete_image:{image}")]));
    assert!(cloud.world(|world| world.own_images().is_empty()));
    let said = project.fails(1, &words(&[&format!("delete_image:{image}")]));
    assert!(said.contains("there is no image"), "{said}");
}

/// They are of type `snapshot`, too.
#[test]
fn images_that_others_share_with_us_are_not_ours() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let own = created_image(&project.succeeds(&words(&["up", "create_image", "destroy"])));
    cloud.world(|world| {
        let mut image = world.images[&own].clone();
        image["id"] = "of-another-account".into();
        image["owner"] = "other".into();
        image["owner_id"] = "other".into();
        // Not all metadata is text.
        image["auto_disk_config"] = false.into();
        world.images.insert("of-another-account".into(), image);
    });
    let listed = project.succeeds(&words(&["list_images:all=true"]));
    assert!(listed.contains(&own) && !listed.contains("of-another-account"), "{listed}");
    project.succeeds(&words(&["prune_images:keep=1"]));
    assert!(cloud.world(|world| world.images.contains_key("of-another-account")));
    project.succeeds(&words(&["up:base=of-another-account", "destroy"]));
}

/// Nova hands a base's properties on to what is made of it.
#[test]
fn a_mark_of_the_base_is_not_inherited() {
    let cloud = OpenStackServer::rackspace();
    let kept = project(&cloud);
    let mark = ["--set", "tags.imgctl-keep=yes", "--set", "tags.team=infrastructure"];
    let given = [&mark[..], &words(&["up", "create_image", "destroy"])].concat();
    let base = created_image(&kept.succeeds(&given));
    let derived = project(&cloud);
    let up = format!("up:base={base}");
    let image = created_image(&derived.succeeds(&words(&[&up, "create_image", "destroy"])));
    let properties = |id: &str| cloud.world(|world| world.images[id].clone());
    assert_eq!(properties(&base)["imgctl-keep"], "yes");
    assert_eq!(properties(&image).get("imgctl-keep"), None);
    assert_eq!(properties(&image)["team"], "infrastructure", "as the cloud does it");
}

#[test]
fn old_images_are_pruned() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let named = |number| format!("create_image:name=agent-{number}");
    project.succeeds(&words(&["up", &named(1), &named(2), &named(3)]));
    project.succeeds(&["prune_images:keep=1,name=agent", "destroy"]);
    let left = cloud.world(|world| {
        let names = world.own_images().into_iter().map(|image| image["name"].clone());
        names.collect::<Vec<_>>()
    });
    assert_eq!(left, ["agent-3"]);
    assert_eq!(times(&cloud, "createImage"), 3);
}

#[test]
fn a_snapshot_that_vanishes_has_failed_and_one_whose_reply_is_lost_is_found() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let usual = cloud.world(|world| std::mem::replace(&mut world.image_steps, vec![Value::Null]));
    let said = project.fails(1, &words(&["up", "create_image"]));
    assert!(said.contains("the snapshot failed") && said.contains("it vanished"), "{said}");
    cloud.world(|world| world.image_steps = usual);
    cloud.rule("POST /compute/v2/", 1, Then::HangUp);
    project.fails(3, &["create_image"]);
    let image = created_image(&project.succeeds(&["create_image"]));
    let own = cloud.world(|world| world.own_images().len());
    assert_eq!((own, times(&cloud, "createImage")), (1, 2), "{image}");
    project.succeeds(&["destroy"]);
}
