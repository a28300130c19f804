//! Projects whose config.yaml leads to an emulated EC2, with guests behind its instances.

#![allow(dead_code, reason = "each crate uses a part of it")]

use super::guest::{CloudProject, Ran, proxy_command, user};

pub const REGION: &str = "us-west-2";

/// The words that select the cloud, followed by these.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:ec2", "region:us-west-2", "distribution:ubuntu2404"], more].concat()
}

/// A project at this endpoint; `settings` are lines of `clouds.ec2`, which override the defaults here.
pub fn project(endpoint: &str, settings: &str) -> CloudProject {
    let own = imgctl::config::yaml::value(settings).unwrap();
    let proxy = proxy_command(&format!("ec2 --endpoint {endpoint} --region {REGION}"));
    let mut ec2 = serde_json::json!({
        "ssh_from": "192.0.2.0/24",
        "poll_every": "500ms",
        "settle_timeout": "3s",
        "ssh": {"proxy_command": proxy, "ready_timeout": "90s"},
        // Guests know only the user who runs the tests.
        "distributions": {"ubuntu2404": {"username": user()}},
    });
    for (key, value) in own.as_object().into_iter().flatten() {
        ec2[key] = value.clone();
    }
    let config = serde_json::json!({ "clouds": { "ec2": ec2 } });
    CloudProject::new(&config.to_string())
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "imgctl")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        // Credentials of the machine that runs the tests must not be used.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
}

/// The id of the one image that it announced on a line of its own.
#[track_caller]
pub fn created_image(ran: &Ran) -> String {
    let mut ids = ran.announced().into_iter();
    let id = ids.next().expect("create_image prints the id of the image");
    assert_eq!(ids.next(), None, "one image");
    id
}

/// The events that `--output json` printed, one on each line.
pub fn events(printed: &str) -> Vec<serde_json::Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}
