//! Projects whose config.yaml leads to the real services, with guests behind nova's fake servers.

use super::administrator::{KEYSTONE, PASSWORD, admin};
use super::guest::{CloudProject, proxy_command, user};

/// The words that choose the cloud, and then these.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:openstack", "distribution:debian12", "region:RegionOne"], more].concat()
}

/// A project in the project `ci` of the cloud; `settings` are lines of `clouds.openstack`, which win.
pub fn project(settings: &str) -> CloudProject {
    project_in("ci", settings)
}

/// As [`project`], in another project of the cloud.
pub fn project_in(name: &str, settings: &str) -> CloudProject {
    // One test that fails shall not make the others fail.
    admin().sweep(name);
    bare(settings)
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_USERNAME", "builder")
        .env("OS_PASSWORD", PASSWORD)
        .env("OS_PROJECT_NAME", name)
}

/// A project without credentials.
pub fn bare(settings: &str) -> CloudProject {
    let own = serde_norway::from_str::<serde_json::Value>(settings).unwrap();
    let facts = format!("openstack --endpoint {KEYSTONE} --login admin:admin:admin");
    let mut openstack = serde_json::json!({
        // The cloud is on this very computer, so it cannot be found out.
        "ssh_from": "192.0.2.0/24",
        "ssh": {"proxy_command": proxy_command(&facts), "ready_timeout": "120s"},
        // Guests know the user who runs the tests only.
        "distributions": {"debian12": {"username": user()}},
    });
    for (key, value) in own.as_object().into_iter().flatten() {
        openstack[key] = value.clone();
    }
    let config = serde_json::json!({ "clouds": { "openstack": openstack } });
    let project = CloudProject::new(&config.to_string());
    let snapshot = "//! Makes an image. Of what there is.\ncloud::create_image();\n";
    project.write("scripts/snapshot.rhai", snapshot);
    project
}

/// The id in the line that create_image prints.
pub fn created_image(printed: &str) -> String {
    let mut lines = printed.lines().filter_map(|line| line.strip_prefix("created server image: "));
    let id = lines.next().expect("the image's id is printed on a line of its own").to_owned();
    assert_eq!(lines.next(), None, "one image");
    id
}

/// Nothing of any run is left in a project.
pub fn nothing_is_left(project: &str) {
    assert_eq!(admin().debris(project), Vec::<String>::new());
}
