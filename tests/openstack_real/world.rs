//! Projects for the real services, with guests behind nova's fake servers.

use std::time::{Duration, Instant};

use super::administrator::{KEYSTONE, PASSWORD, admin};
use super::guest::{CloudProject, Ran, proxy_command, user};

/// The words that choose the cloud, then `more`.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:openstack", "distribution:debian12", "region:RegionOne"], more].concat()
}

/// A project for the cloud's project `ci`; `settings` are keys of `clouds.openstack`, which take
/// precedence.
pub fn project(settings: &str) -> CloudProject {
    project_in("ci", settings)
}

/// As [`project`], for another project of the cloud.
pub fn project_in(name: &str, settings: &str) -> CloudProject {
    // What a failed test left must not make others fail.
    admin().sweep(name);
    beside(name, settings)
}

/// As [`project`], for a cloud's project that is in use.
pub fn project_beside(settings: &str) -> CloudProject {
    beside("ci", settings)
}

fn beside(name: &str, settings: &str) -> CloudProject {
    bare(settings)
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_USERNAME", "builder")
        .env("OS_PASSWORD", PASSWORD)
        .env("OS_PROJECT_NAME", name)
}

/// A project without credentials.
pub fn bare(settings: &str) -> CloudProject {
    let own = imgctl::config::yaml::value(settings).unwrap();
    let facts = format!("openstack --endpoint {KEYSTONE} --login admin:admin:admin");
    let mut openstack = serde_json::json!({
        // `auto` does not work for a cloud on the same computer.
        "ssh_from": "192.0.2.0/24",
        "ssh": {"proxy_command": proxy_command(&facts), "ready_timeout": "120s"},
        // Guests have no user other than the one who runs the tests.
        "distributions": {"debian12": {"username": user()}},
    });
    for (key, value) in own.as_object().into_iter().flatten() {
        openstack[key] = value.clone();
    }
    let config = serde_json::json!({ "clouds": { "openstack": openstack } });
    let project = CloudProject::new(&config.to_string());
    let snapshot = "//! Creates an image. Nothing else.\ncloud::create_image();\n";
    project.write("scripts/snapshot.rhai", snapshot);
    project
}

/// The id in the line that create_image prints.
pub fn created_image(ran: &Ran) -> String {
    let created = ran.announced();
    assert_eq!(created.len(), 1, "one image in:\n{ran}");
    created.into_iter().collect()
}

/// Waits until `is_so`.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(300);
    while !is_so() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Fails if anything of any run is left in a project.
pub fn nothing_is_left(project: &str) {
    assert_eq!(admin().debris(project), Vec::<String>::new());
}
