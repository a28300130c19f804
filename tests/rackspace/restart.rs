//! A server that cannot be stopped is cleaned while it runs, and has to be restarted after that.

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, times, words};

#[test]
fn after_create_image_up_restarts_the_server_and_the_chain_continues() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds();
    let server = cloud.world(|world| world.server().clone());
    let id = server["id"].as_str().unwrap().to_owned();
    assert_eq!(server["asked"]["flavorRef"], "general1-2");
    assert_eq!(server["asked"]["config_drive"], true);
    let host_key = || std::fs::read_to_string(project.guest(&id).join("host_key.pub")).unwrap();
    let before = host_key();
    project.imgctl(&["status"]).succeeds().says("203.0.113.7");

    let first = created_image(&project.imgctl(&["create_image"]).succeeds());
    project.imgctl(&["status"]).succeeds().says("running, 203.0.113.7:22, cleaned");
    for task in ["bootstrap", "tests", "ssh:true"] {
        project.imgctl(&[task]).fails(2).says("accepts no logins until").hints("`imgctl up`");
    }
    assert_eq!(times(&cloud, "reboot"), 0);

    project.imgctl(&["up"]).succeeds().says("was cleaned for an image: restarting it");
    assert_eq!(times(&cloud, "reboot"), 1);
    assert_eq!(host_key(), before, "the key that imgctl installed");
    project.imgctl(&["up"]).succeeds().says("was up already");
    project.imgctl(&["bootstrap"]).succeeds().says("done before");

    // In one process: connections from before the restart are not used after it.
    let ran = project.imgctl(&["create_image", "up", "tests", "create_image"]).succeeds();
    let last = created_image(&ran);
    assert_eq!(times(&cloud, "reboot"), 2);
    assert!(!project.guest(&id).join("authorized_keys").exists(), "it was cleaned again");
    project.imgctl(&["verify_image", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state());
    let images = cloud.world(|world| world.own_images().len());
    assert_eq!(images, 3);
    project.imgctl(&words(&["list_images"])).succeeds().says(&first).says(&last);
}

#[test]
fn a_second_create_image_needs_no_login() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let first = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let second = created_image(&project.imgctl(&["create_image"]).succeeds());
    assert_ne!(first, second);
    assert_eq!(times(&cloud, "createImage"), 2);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn after_a_refused_snapshot_create_image_or_the_chain_can_be_repeated() {
    let cloud = OpenStackServer::rackspace();
    let refused = || Then::Refuse(409, json!({"conflictingRequest": {"message": "busy"}}));
    for words_after in [&["create_image"][..], &["up", "bootstrap", "tests", "create_image"]] {
        let project = project(&cloud);
        project.imgctl(&words(&["up", "bootstrap"])).succeeds();
        cloud.rule("POST /compute/v2/", 1, refused());
        project
            .imgctl(&["create_image"])
            .fails(1)
            .says("busy")
            .says("is cleaned: run `imgctl create_image` to continue");
        created_image(&project.imgctl(words_after).succeeds());
        project.imgctl(&["verify_image", "destroy"]).succeeds();
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    }
    assert_eq!(times(&cloud, "reboot"), 1);
}

#[test]
fn a_restart_whose_reply_is_lost_is_not_asked_for_twice() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.imgctl(&words(&["up", "bootstrap", "create_image"])).succeeds();
    cloud.rule("POST /compute/v2/", 1, Then::HangUp);
    project.imgctl(&["up"]).fails(3);
    project.imgctl(&["up", "tests", "create_image"]).succeeds();
    assert_eq!(times(&cloud, "reboot"), 1);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn one_word_bakes_an_image() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image = created_image(&project.imgctl(&words(&["bake"])).succeeds());
    assert_eq!(cloud.world(|world| world.images[&image]["status"].clone()), "active");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state());
    assert_eq!(times(&cloud, "os-stop"), 0);
}
