//! Projects for the emulated OpenStack, with guests behind its servers.

use super::guest::{CloudProject, Ran, proxy_command, user};
use super::openstack_server::OpenStackServer;

/// The words that choose the cloud, then `more`.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:openstack", "distribution:debian12"], more].concat()
}

/// A project for this cloud; `settings` are keys of `clouds.openstack`, which take precedence.
pub fn project(cloud: &OpenStackServer, settings: &str) -> CloudProject {
    let own = imgctl::config::yaml::value(settings).unwrap();
    let mut openstack = serde_json::json!({
        // `auto` does not work for a cloud on the same computer.
        "ssh_from": "192.0.2.0/24",
        "ssh": {"proxy_command": proxy_command(&cloud.facts()), "ready_timeout": "60s"},
        // Guests have no user other than the one who runs the tests.
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
pub fn created_image(ran: &Ran) -> String {
    let created = ran.announced();
    assert_eq!(created.len(), 1, "one image in:\n{ran}");
    created.into_iter().collect()
}
