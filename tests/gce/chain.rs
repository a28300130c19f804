//! The whole chain, in both ways of making an image.

use crate::gce_server::GceServer;

/// What `create_image` has printed for scripts to find.
fn image_of(stdout: &str) -> String {
    let line = stdout.lines().find_map(|line| line.strip_prefix("created server image: "));
    line.expect("create_image tells the image's id").to_owned()
}

#[test]
fn the_image_is_made_of_the_disk_of_the_deleted_instance() {
    let server = GceServer::start();
    let project = server.project("    image_family: agents\n    storage_location: eu\n");
    project.succeeds(&["up", "bootstrap", "tests"]);
    let instance = server.only("instances")["name"].as_str().unwrap().to_owned();

    let image = image_of(&project.succeeds(&["create_image", "list_images"]));
    assert_eq!(server.names("instances"), Vec::<String>::new());
    assert_eq!(server.names("disks"), [instance.as_str()]);
    let made = server.only("images");
    assert_eq!(made["name"], image.as_str());
    assert_eq!((&made["family"], &made["storageLocations"][0]), (&"agents".into(), &"eu".into()));
    assert!(made["description"].as_str().unwrap().starts_with("debian12 by imgctl, run "));

    // What there is, and the way out.
    let status = project.succeeds(&["status"]);
    assert!(status.contains("instance build: gone, its disk is kept"), "{status}");
    assert!(status.contains(&format!("holds disk {instance}")), "{status}");
    let told = project.fails(2, &["tests"]);
    assert!(told.contains(&format!("its disk {instance} is kept")), "{told}");
    assert!(told.contains("`imgctl up` starts a new instance"), "{told}");

    project.succeeds(&["verify_image", "destroy"]);
    assert_eq!(server.names("disks"), Vec::<String>::new());
    assert_eq!(server.names("images"), [image]);
    assert!(!project.has_state());
}

#[test]
fn the_instance_stays_where_images_are_made_of_a_stopped_one() {
    let server = GceServer::start();
    let project = server.project("    image_from: stopped\n");
    let words = "up bootstrap tests create_image list_images down up destroy";
    let words: Vec<&str> = words.split(' ').collect();
    let stdout = project.succeeds(&words);
    assert_eq!(server.names("images"), [image_of(&stdout)]);
    assert_eq!(server.names("instances"), Vec::<String>::new());
    assert_eq!(server.names("disks"), Vec::<String>::new());
    assert_eq!(server.calls("instances.stop").len(), 1, "it was stopped for the image already");
    assert_eq!(server.calls("instances.start").len(), 1);
    assert!(!project.has_state());
}

#[test]
fn after_the_image_up_starts_another_instance_in_the_place_of_the_deleted_one() {
    let server = GceServer::start();
    let project = server.project("");
    let words = "up bootstrap tests create_image list_images down up";
    let words: Vec<&str> = words.split(' ').collect();
    let first = image_of(&project.succeeds(&words));
    // The disk of the first one is in the image, and nowhere else any more.
    let instance = server.only("instances")["name"].clone();
    assert_eq!(server.only("disks")["name"], instance);
    let asked = server.calls("instances.insert");
    assert!(asked.len() == 2 && asked[0]["body"]["name"] != instance);

    // Nothing that was done on the first is taken to be done on this one.
    let told = project.imgctl(&["bootstrap", "create_image:name=second", "destroy"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(told.stderr.contains("remove traces, keys and identity"), "{}", told.stderr);
    assert!(!told.stderr.contains("done before"), "{}", told.stderr);
    let mut images = [first, "second".to_owned()];
    images.sort();
    assert_eq!(server.names("images"), images);
    assert!(server.names("disks").is_empty() && server.names("instances").is_empty());
}
