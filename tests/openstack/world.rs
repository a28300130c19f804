//! Projects whose config.yaml leads to the emulated OpenStack, with guests behind its servers.

use super::guest::{CloudProject, proxy_command, user};
use super::openstack_server::OpenStackServer;

/// The words that choose the cloud, and then these.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:openstack", "distribution:debian12"], more].concat()
}

/// A project at this cloud; `settings` are lines of `clouds.openstack`, which win.
pub fn project(cloud: &OpenStackServer, settings: &str) -> CloudProject {
    let own = serde_norway::from_str::<serde_json::Value>(settings).unwrap();
    let mut openstack = serde_json::json!({
        // The cloud is on this very computer, so it cannot be found out.
        "ssh_from": "192.0.2.0/24",
        "ssh": {"proxy_command": proxy_command(&cloud.facts()), "ready_timeout": "60s"},
        // Guests know the user who runs the tests only.
        "distributions": {"debian12": {"username": user()}},
    });
    for (key, value) in own.as_object().into_iter().flatten() {
        openstack[key] = value.clone();
    }
    let config = serde_json::json!({ "clouds": { "openstack": openstack } });
    CloudProject::new(&config.to_string())
        .env("OS_AUTH_URL", &cloud.auth_url())
        .env("OS_USERNAME", "me")
        .env("OS_PASSWORD", "secret")
        .env("OS_PROJECT_NAME", "ci")
}

/// The id in the line that create_image prints.
pub fn created_image(printed: &str) -> String {
    let mut lines = printed.lines().filter_map(|line| line.strip_prefix("created server image: "));
    let id = lines.next().expect("the image's id is printed on a line of its own").to_owned();
    assert_eq!(lines.next(), None, "one image");
    id
}
