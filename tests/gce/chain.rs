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
    for task in ["up", "down", "tests"] {
        let told = project.fails(2, &[task]);
        assert!(told.contains(&format!("its disk {instance} is kept")), "{told}");
        assert!(told.contains("`imgctl destroy` removes the disk"), "{told}");
    }

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
