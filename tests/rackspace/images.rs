//! Images of Rackspace: finding the vendor's, sharing and deleting the account's own.

use serde_json::Value;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, times, words};

#[test]
fn the_shipped_patterns_find_the_vendors_images() {
    let cloud = OpenStackServer::rackspace();
    let named = [
        ("debian12", "Debian 12 (Bookworm) (Cloud)"),
        ("ubuntu2404", "Ubuntu 24.04 LTS (Cloud)"),
        ("rocky9", "Rocky Linux 9 (Cloud)"),
    ];
    for (distribution, name) in named {
        let project = project(&cloud);
        project
            .imgctl(&["cloud:rackspace", &format!("distribution:{distribution}"), "up"])
            .succeeds()
            .says(&format!("base image: {name} (vendor-"));
        project.imgctl(&["destroy"]).succeeds();
    }
}

#[test]
fn an_own_image_is_not_taken_for_the_base() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.imgctl(&words(&["up", "create_image:name=Debian 12 mine", "destroy"])).succeeds();
    project.imgctl(&words(&["up"])).succeeds().says("base image: Debian 12 (Bookworm) (Cloud)");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_missing_base_is_an_error_that_lists_similar_names() {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| world.images.retain(|_, image| image["name"] != "Rocky Linux 9 (Cloud)"));
    project(&cloud)
        .imgctl(&["cloud:rackspace", "distribution:almalinux9", "up"])
        .fails(2)
        .says("`Alma*Linux 9*`")
        .says("region ORD")
        .hints("one of the nearest: ");
    assert!(cloud.world(|world| world.debris()).is_empty());
}

#[test]
fn a_reserved_tag_is_refused_before_anything_is_created() {
    let cloud = OpenStackServer::rackspace();
    let given = words(&["--set", "tags.image_type=golden", "up"]);
    project(&cloud).imgctl(&given).fails(2).says("`image_type` cannot be a tag");
    assert!(cloud.world(|world| world.debris()).is_empty());
}

#[test]
fn an_image_is_shared_by_the_image_service() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let ran = project.imgctl(&["share_image:newest,accounts=554433 665544"]).succeeds();
    ran.says("project 554433 has to accept").says("Cloud Control Panel");
    let members = cloud.world(|world| world.members[&image].clone());
    assert_eq!(members.into_iter().collect::<Vec<_>>(), ["554433", "665544"]);
    assert!(cloud.requests("PATCH").is_empty(), "this service does not know `shared`");
    project
        .imgctl(&[&format!("share_image:{image},accounts=554433")])
        .succeeds()
        .says("was shared already");
    project.imgctl(&["share_image:newest,organizations=o-1"]).fails(2).hints("each project");
    project.imgctl(&["share_image:0a-1b,accounts=554433"]).fails(1).says("there is no image 0a-1b");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_image_is_deleted_unless_it_is_in_use_or_the_vendors() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image =
        created_image(&project.imgctl(&words(&["up", "create_image", "destroy"])).succeeds());
    project.imgctl(&words(&[&format!("up:base={image}")])).succeeds();
    project
        .imgctl(&[&format!("delete_image:{image}")])
        .fails(3)
        .says("in use")
        .says("imgctl-debian12");
    project.imgctl(&["destroy"]).succeeds();
    project
        .imgctl(&words(&["delete_image:vendor-0"]))
        .fails(3)
        .says("You are not allowed to delete this image");
    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    assert!(cloud.world(|world| world.own_images().is_empty()));
    project.imgctl(&words(&[&format!("delete_image:{image}")])).fails(1).says("there is no image");
}

/// They have the type `snapshot`, too.
#[test]
fn images_that_others_share_are_not_listed_as_own() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let own = created_image(&project.imgctl(&words(&["up", "create_image", "destroy"])).succeeds());
    cloud.world(|world| {
        let mut image = world.images[&own].clone();
        image["id"] = "of-another-account".into();
        image["owner"] = "other".into();
        image["owner_id"] = "other".into();
        // Not all metadata is text.
        image["auto_disk_config"] = false.into();
        world.images.insert("of-another-account".into(), image);
    });
    project
        .imgctl(&words(&["list_images:all=true"]))
        .succeeds()
        .says(&own)
        .never_says("of-another-account");
    project.imgctl(&words(&["prune_images:keep=1"])).succeeds();
    assert!(cloud.world(|world| world.images.contains_key("of-another-account")));
    project.imgctl(&words(&["up:base=of-another-account", "destroy"])).succeeds();
}

/// Nova copies the properties of a base to images made from it.
#[test]
fn imgctls_own_tags_of_the_base_are_not_inherited() {
    let cloud = OpenStackServer::rackspace();
    let kept = project(&cloud);
    let mark = ["--set", "tags.imgctl-keep=yes", "--set", "tags.team=infrastructure"];
    let given = [&mark[..], &words(&["up", "create_image", "destroy"])].concat();
    let base = created_image(&kept.imgctl(&given).succeeds());
    let derived = project(&cloud);
    let up = format!("up:base={base}");
    let image =
        created_image(&derived.imgctl(&words(&[&up, "create_image", "destroy"])).succeeds());
    let properties = |id: &str| cloud.world(|world| world.images[id].clone());
    assert_eq!(properties(&base)["imgctl-keep"], "yes");
    assert_eq!(properties(&image).get("imgctl-keep"), None);
    assert_eq!(properties(&image)["team"], "infrastructure", "tags of the user are inherited");
}

#[test]
fn old_images_are_pruned() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let named = |number| format!("create_image:name=agent-2026010{number}-000000");
    project.imgctl(&words(&["up", &named(1), &named(2), &named(3)])).succeeds();
    project.imgctl(&["prune_images:keep=1,name=agent", "destroy"]).succeeds();
    let left = cloud.world(|world| {
        let names = world.own_images().into_iter().map(|image| image["name"].clone());
        names.collect::<Vec<_>>()
    });
    assert_eq!(left, ["agent-20260103-000000"]);
    assert_eq!(times(&cloud, "createImage"), 3);
}

#[test]
fn a_vanished_snapshot_has_failed_and_one_whose_reply_was_lost_is_found() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let usual = cloud.world(|world| std::mem::replace(&mut world.image_steps, vec![Value::Null]));
    project
        .imgctl(&words(&["up", "create_image"]))
        .fails(1)
        .says("the snapshot failed")
        .says("it vanished");
    cloud.world(|world| world.image_steps = usual);
    cloud.rule("POST /compute/v2/", 1, Then::HangUp);
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    let own = cloud.world(|world| world.own_images().len());
    assert_eq!((own, times(&cloud, "createImage")), (1, 2), "{image}");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_channel_is_metadata_that_one_image_has() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let first =
        created_image(&project.imgctl(&words(&["up", "create_image:name=first"])).succeeds());
    let second =
        created_image(&project.imgctl(&words(&["up", "create_image:name=second"])).succeeds());
    for id in [&first, &second, &first] {
        project.imgctl(&[&format!("promote:id={id},force=true")]).succeeds();
        let held = cloud.world(|world| {
            let images = world.images.values().filter(|image| image["imgctl-channel"] == "stable");
            images.map(|image| image["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(held, std::slice::from_ref(id));
    }
    // What this cloud has not is told before anything is done.
    let before = cloud.requests("").len();
    for set in ["regions={rackspace: [DFW]}", "deprecate=30d"] {
        let set = format!("--set=publish.{set}");
        let ran = project.imgctl(&[&set, &format!("promote:id={first},force=true")]).fails(2);
        ran.hints("leave rackspace out of publish.");
    }
    let changes = cloud.requests("POST").len() + cloud.requests("PATCH").len();
    assert!(before > 0 && changes > 0);
    project.imgctl(&["destroy"]).succeeds();
}
