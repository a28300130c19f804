//! Projects whose config.yaml leads to an emulated EC2, with guests behind its instances.

#![allow(dead_code, reason = "each crate uses a part of it")]

use super::guest::{CloudProject, proxy_command, user};

pub const REGION: &str = "us-west-2";

/// The words that choose the cloud, and then these.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:ec2", "region:us-west-2", "distribution:ubuntu2404"], more].concat()
}

/// A project at this endpoint; `settings` are lines of `clouds.ec2`, which win.
pub fn project(endpoint: &str, settings: &str) -> CloudProject {
    let own = serde_norway::from_str::<serde_json::Value>(settings).unwrap();
    let proxy = proxy_command(&format!("ec2 --endpoint {endpoint} --region {REGION}"));
    let mut ec2 = serde_json::json!({
        "endpoint": endpoint,
        "ssh_from": "192.0.2.0/24",
        "poll_every": "500ms",
        "ssh": {"proxy_command": proxy, "ready_timeout": "90s"},
        // Guests know the user who runs the tests only.
        "distributions": {"ubuntu2404": {"username": user()}},
    });
    for (key, value) in own.as_object().into_iter().flatten() {
        ec2[key] = value.clone();
    }
    let config = serde_json::json!({ "clouds": { "ec2": ec2 } });
    CloudProject::new(&config.to_string())
        .env("AWS_ACCESS_KEY_ID", "imgctl")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        // Nothing of this computer's own account.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
}

/// The id in the line that create_image prints.
pub fn created_image(printed: &str) -> String {
    let mut lines = printed.lines().filter_map(|line| line.strip_prefix("created server image: "));
    let id = lines.next().expect("the image's id is printed on a line of its own").to_owned();
    assert_eq!(lines.next(), None, "one image");
    id
}

/// What `--output json` printed: an event a line.
pub fn events(printed: &str) -> Vec<serde_json::Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}
