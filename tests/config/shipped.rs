//! What the user gives at any level is above everything that is shipped.

use imgctl::config::HostKeySource;
use serde_json::json;

use super::{load, load_with, shown};

#[test]
fn a_value_of_the_user_at_any_level_is_above_every_shipped_one() {
    let files = [
        "defaults: {username: me}",
        "clouds: {ec2: {username: me}}",
        "clouds: {ec2: {regions: {us-west-2: {username: me}}}}",
        "clouds: {ec2: {distributions: {debian12: {username: me}}}}",
    ];
    for file in files {
        let config = load(file);
        let selection = config.select(Some("ec2"), Some("us-west-2"), Some("debian12")).unwrap();
        assert_eq!(selection.common.username.as_deref(), Some("me"), "{file}");
        // What is not given is what is shipped.
        assert_eq!(selection.provider["base"]["name"], "debian-12-amd64-*", "{file}");
    }
    for key in ["username", "defaults.username", "clouds.ec2.username"] {
        let config = load_with("", &[(key, "me")]).unwrap();
        let selection = config.select(Some("ec2"), None, Some("debian12")).unwrap();
        assert_eq!(selection.common.username.as_deref(), Some("me"), "--set {key}");
    }
    // Of ubuntu1404, `instance_type`, `metadata_tokens` and `ssh` are shipped.
    let config = load_with(
        "{ssh: {host_key: first_use}, clouds: {ec2: {instance_type: c5.xlarge}}}",
        &[("clouds.ec2.metadata_tokens", "required")],
    );
    let old = config.unwrap().select(Some("ec2"), None, Some("ubuntu1404")).unwrap();
    assert_eq!(old.provider["instance_type"], "c5.xlarge");
    assert_eq!(old.provider["metadata_tokens"], "required");
    assert_eq!(old.common.ssh.host_key, HostKeySource::FirstUse);
}

#[test]
fn among_the_users_values_the_closer_level_wins() {
    let file = "
defaults: {username: far}
ssh: {host_key: first_use}
clouds:
  ec2:
    username: near
    ssh: {host_key: console}
    distributions: {debian12: {username: nearest}}
";
    let config = load_with(file, &[("clouds.ec2.instance_type", "far"), ("ssh.jump", "[me@far]")]);
    let config = config.unwrap();
    let name = |distribution| {
        let selection = config.select(Some("ec2"), None, Some(distribution)).unwrap();
        assert_eq!(selection.common.ssh.host_key, HostKeySource::Console);
        assert_eq!(selection.common.ssh.jump, ["me@far"]);
        assert_eq!(selection.provider["instance_type"], "far");
        selection.common.username.unwrap()
    };
    assert_eq!((&*name("debian12"), &*name("ubuntu1404")), ("nearest", "near"));
}

#[test]
fn a_base_of_the_cloud_replaces_the_shipped_ones_as_a_whole_and_a_null_takes_them_away() {
    let base = |file: &str| {
        let selection = load(file).select(Some("ec2"), None, Some("debian12")).unwrap();
        (selection.provider.get("base").cloned(), selection.common.username)
    };
    let admin = Some("admin".to_owned());
    let own = base("clouds: {ec2: {base: {id: ami-1}}}");
    assert_eq!(own, (Some(json!({"id": "ami-1"})), admin.clone()));
    assert_eq!(base("clouds: {ec2: {base: }}"), (None, admin));
    // The map that says nothing takes nothing away.
    let (found, name) = base("clouds: {ec2: {distributions: {debian12: }}}");
    assert!(found.is_some() && name.is_some());
    let (found, name) = base("clouds: {ec2: {username: }}");
    assert!(found.is_some() && name.is_none());
}

#[test]
fn a_region_of_the_users_defaults_is_above_the_shipped_one_of_a_cloud() {
    let config = load("defaults: {cloud: gce, region: europe-west1}");
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.region, "europe-west1");
    let origin = config.origin("region", &selection).unwrap();
    assert_eq!(origin, "config.yaml:1, defaults.region");

    let config = load("defaults: {cloud: gce}");
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.region, "us-central1");
    let origin = config.origin("region", &selection).unwrap();
    assert_eq!(origin, "shipped defaults, clouds.gce.region");

    let config = load("defaults: {cloud: gce, region: a}\nclouds: {gce: {region: b}}");
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.region, "b");
    assert_eq!(config.origin("region", &selection).unwrap(), "config.yaml:2, clouds.gce.region");
}

#[test]
fn a_wrong_value_is_shown_where_the_user_gives_it_and_not_where_imgctl_ships_another() {
    let config = load("clouds: {ec2: {username: '${UNSET}'}}");
    let error = config.select(Some("ec2"), None, Some("debian12")).unwrap_err();
    let expected = "config.yaml:1:16: clouds.ec2.username: needs the environment variable UNSET";
    assert!(shown(&error).starts_with(expected), "{}", shown(&error));
}

/// The same settings from a file and from the binary need not select the same: they are not the same.
#[test]
fn settings_that_are_the_users_are_told_from_those_that_are_shipped() {
    let own = load("clouds: {ec2: {distributions: {ubuntu1404: {instance_type: t2.medium}}}}");
    assert_eq!(own.get("clouds").unwrap(), load("").get("clouds").unwrap());
    assert_ne!(own.unexpanded(), load("").unexpanded());
}
