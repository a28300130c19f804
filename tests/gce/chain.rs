//! The whole chain, with both settings of `image_from`.

use crate::gce_server::GceServer;
use crate::guest::Ran;

/// The only image that `create_image` announced.
fn image_of(ran: &Ran) -> String {
    let images = ran.announced();
    assert_eq!(images.len(), 1, "{ran}");
    images.into_iter().next().unwrap()
}

#[test]
fn the_image_is_made_of_the_disk_of_the_deleted_instance() {
    let server = GceServer::start();
    let project = server.project("    image_family: agents\n    storage_location: eu\n");
    project.imgctl(&["up", "bootstrap", "tests"]).succeeds();
    let instance = server.only("instances")["name"].as_str().unwrap().to_owned();

    let image = image_of(&project.imgctl(&["create_image", "list_images"]).succeeds());
    assert_eq!(server.names("instances"), Vec::<String>::new());
    assert_eq!(server.names("disks"), [instance.as_str()]);
    let made = server.only("images");
    assert_eq!(made["name"], image.as_str());
    assert_eq!((&made["family"], &made["storageLocations"][0]), (&"agents".into(), &"eu".into()));
    assert!(made["description"].as_str().unwrap().starts_with("debian12 by imgctl, run "));

    project
        .imgctl(&["status"])
        .succeeds()
        .says("instance build: gone")
        .says(&format!("holds disk {instance}"));
    project.imgctl(&["tests"]).fails(2).says(&format!("disk {instance}")).hints("`imgctl up`");

    project.imgctl(&["verify_image", "destroy"]).succeeds();
    assert_eq!(server.names("disks"), Vec::<String>::new());
    assert_eq!(server.names("images"), [image]);
    assert!(!project.has_state());
}

#[test]
fn with_image_from_stopped_the_instance_is_kept() {
    let server = GceServer::start();
    let project = server.project("    image_from: stopped\n");
    let words = "up bootstrap tests create_image list_images down up destroy";
    let words: Vec<&str> = words.split(' ').collect();
    let ran = project.imgctl(&words).succeeds();
    assert_eq!(server.names("images"), [image_of(&ran)]);
    assert_eq!(server.names("instances"), Vec::<String>::new());
    assert_eq!(server.names("disks"), Vec::<String>::new());
    assert_eq!(server.calls("instances.stop").len(), 1, "it was stopped for the image already");
    assert_eq!(server.calls("instances.start").len(), 1);
    assert!(!project.has_state());
}

#[test]
fn up_after_create_image_starts_another_instance() {
    let server = GceServer::start();
    let project = server.project("");
    let words = "up bootstrap tests create_image list_images down up";
    let words: Vec<&str> = words.split(' ').collect();
    let first = image_of(&project.imgctl(&words).succeeds());
    // The disk of the first one was removed: the image holds what was on it.
    let instance = server.only("instances")["name"].clone();
    assert_eq!(server.only("disks")["name"], instance);
    let asked = server.calls("instances.insert");
    assert!(asked.len() == 2 && asked[0]["body"]["name"] != instance);

    // No step of the first one counts as done on this one.
    project
        .imgctl(&["bootstrap", "create_image:name=second", "destroy"])
        .succeeds()
        .says("remove traces, keys and identity")
        .never_says("done before");
    let mut images = [first, "second".to_owned()];
    images.sort();
    assert_eq!(server.names("images"), images);
    assert!(server.names("disks").is_empty() && server.names("instances").is_empty());
}
