//! A server that cannot be stopped is cleaned while it runs: what becomes of it then.

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, times, words};

#[test]
fn after_create_image_up_restarts_it_and_the_chain_goes_on() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.succeeds(&words(&["up", "bootstrap", "tests"]));
    let server = cloud.world(|world| world.server().clone());
    let id = server["id"].as_str().unwrap().to_owned();
    assert_eq!(server["asked"]["flavorRef"], "general1-2");
    assert_eq!(server["asked"]["config_drive"], true);
    let host_key = || std::fs::read_to_string(project.guest(&id).join("host_key.pub")).unwrap();
    let before = host_key();
    assert!(project.succeeds(&["status"]).contains("203.0.113.7"), "its public IPv4 address");

    let first = created_image(&project.succeeds(&["create_image"]));
    assert!(project.succeeds(&["status"]).contains("running, 203.0.113.7:22, cleaned"));
    for task in ["bootstrap", "tests", "ssh:true"] {
        let said = project.fails(2, &[task]);
        assert!(said.contains("accepts no logins until") && said.contains("`imgctl up`"), "{said}");
    }
    assert_eq!(times(&cloud, "reboot"), 0);

    let said = project.imgctl(&["up"]).stderr;
    assert!(said.contains("was cleaned for an image: restarting it"), "{said}");
    assert_eq!(times(&cloud, "reboot"), 1);
    assert_eq!(host_key(), before, "the one handed in");
    assert!(project.imgctl(&["up"]).stderr.contains("was up already"));
    let said = project.imgctl(&["bootstrap"]).stderr;
    assert!(said.contains("done before"), "the disk is as it was: {said}");

    // All in one process: what was connected before is of no use after it.
    let printed = project.succeeds(&["create_image", "up", "tests", "create_image"]);
    let last = created_image(&printed);
    assert_eq!(times(&cloud, "reboot"), 2);
    assert!(!project.guest(&id).join("authorized_keys").exists(), "it was cleaned again");
    project.succeeds(&["verify_image", "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state());
    let images = cloud.world(|world| world.own_images().len());
    assert_eq!(images, 3);
    let listed = project.succeeds(&words(&["list_images"]));
    assert!(listed.contains(&first) && listed.contains(&last), "{listed}");
}

#[test]
fn a_second_create_image_needs_no_login() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let first = created_image(&project.succeeds(&words(&["up", "create_image"])));
    let second = created_image(&project.succeeds(&["create_image"]));
    assert_ne!(first, second);
    assert_eq!(times(&cloud, "createImage"), 2);
    project.succeeds(&["destroy"]);
}

#[test]
fn what_breaks_between_cleaning_and_the_image_is_gone_on_with_or_begun_anew() {
    let cloud = OpenStackServer::rackspace();
    let refused = || Then::Refuse(409, json!({"conflictingRequest": {"message": "busy"}}));
    for words_after in [&["create_image"][..], &["up", "bootstrap", "tests", "create_image"]] {
        let project = project(&cloud);
        project.succeeds(&words(&["up", "bootstrap"]));
        cloud.rule("POST /compute/v2/", 1, refused());
        let said = project.fails(1, &["create_image"]);
        assert!(
            said.contains("busy") && said.contains("is cleaned: `imgctl create_image` goes on"),
            "{said}"
        );
        created_image(&project.succeeds(words_after));
        project.succeeds(&["verify_image", "destroy"]);
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    }
    assert_eq!(times(&cloud, "reboot"), 1);
}

#[test]
fn a_restart_whose_reply_is_lost_is_not_asked_for_twice() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    project.succeeds(&words(&["up", "bootstrap", "create_image"]));
    cloud.rule("POST /compute/v2/", 1, Then::HangUp);
    project.fails(3, &["up"]);
    project.succeeds(&["up", "tests", "create_image"]);
    assert_eq!(times(&cloud, "reboot"), 1);
    project.succeeds(&["destroy"]);
}

#[test]
fn one_word_bakes_an_image() {
    let cloud = OpenStackServer::rackspace();
    let project = project(&cloud);
    let image = created_image(&project.succeeds(&words(&["bake"])));
    assert_eq!(cloud.world(|world| world.images[&image]["status"].clone()), "active");
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(!project.has_state());
    assert_eq!(times(&cloud, "os-stop"), 0);
}
