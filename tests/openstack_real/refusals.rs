//! Refusals of the services are reported in their own words, with a hint.

use serde_json::{Value, json};

use super::administrator::{NEUTRON, NOVA, admin};
use super::guest::{CloudProject, Ran};
use super::world::{nothing_is_left, project, project_in, words};

/// What `up` says with this quota of the project `small`. Nothing is left.
pub fn refused(url: &str, key: &str, quota: (&str, i64), settings: &str) -> Ran {
    let admin = admin();
    let url = format!("{url}/{}", admin.project_id("small"));
    let before = admin.get(&url)[key][quota.0].as_i64().unwrap();
    let project = project_in("small", settings);
    let set = |value: i64| admin.put(&url, json!({key: {quota.0: value}}));
    set(quota.1);
    let ran = project.imgctl(&words(&["up"])).fails(3);
    set(before);
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("small");
    ran.hints("the project's quota is used up")
}

fn of_nova(quota: (&str, i64), settings: &str) -> Ran {
    refused(&format!("{NOVA}/os-quota-sets"), "quota_set", quota, settings)
}

fn of_neutron(quota: (&str, i64), settings: &str) -> Ran {
    refused(&format!("{NEUTRON}/quotas"), "quota", quota, settings)
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_used_up_quota_of_any_service_is_reported() {
    of_nova(("instances", 0), "{}").says("Quota exceeded for instances");
    of_nova(("ram", 512), "{}").says("Quota exceeded for ram");
    of_nova(("key_pairs", 0), "{}").says("too many key pairs");
    of_neutron(("security_group", 1), "{}").says("['security_group']");
    // A group has two rules from the start, besides those of the default group.
    of_neutron(("security_group_rule", 6), "{}").says("['security_group_rule']");
    of_neutron(("floatingip", 0), "{floating_ip: true}").says("['floatingip']");
    // The router has a port.
    of_neutron(("port", 1), "{}").says("Maximum number of ports exceeded");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn no_valid_host_is_reported() {
    let admin = admin();
    let url = format!("{NOVA}/os-quota-sets/{}", admin.project_id("small"));
    admin.put(&url, json!({"quota_set": {"cores": -1}}));
    let project = project_in("small", "{flavor: m1.vast}");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("No valid host was found")
        .hints("choose another `flavor`");
    project.imgctl(&["up"]).fails(3);
    assert_eq!(admin.servers("small").len(), 1, "no second one");
    project.imgctl(&["status"]).succeeds().says("failed: No valid host was found");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("small");
    admin.put(&url, json!({"quota_set": {"cores": 20}}));
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn mistakes_in_the_settings_create_nothing() {
    let told = |settings: &str, what: &[&str]| {
        let ran = project(settings).imgctl(&words(&["up"])).fails(2);
        what.iter().fold(ran, |ran, word| ran.says(word));
        nothing_is_left("ci");
    };
    told("{flavor: m1.smal}", &["no flavor `m1.smal`", "did you mean `m1.small`?"]);
    told("{networks: [privat]}", &["no network `privat`", "did you mean `private`?"]);
    told("{security_groups: ssh}", &["no security group `ssh`", "default"]);
    told("{floating_ip: true, floating_network: publik}", &["did you mean `public`?"]);
    told("{availability_zone: nowhere}", &["no availability zone `nowhere`", "nova"]);
    told("{boot_volume: {size: 5GiB, type: golt}}", &["no volume type `golt`", "`gold`"]);
    told("{boot_volume: {size: 1GiB}}", &["too small", "3GiB"]);
    let zone = "{boot_volume: {size: 5GiB, availability_zone: nowhere}}";
    told(zone, &["no availability zone of volumes `nowhere`", "nova"]);
    let elsewhere = project("{boot_volume: {size: 10GiB}}");
    let words = ["cloud:openstack", "distribution:debian12", "region:RegionTwo", "up"];
    elsewhere.imgctl(&words).fails(2).says("no block storage");
    nothing_is_left("ci");
    told("{tags: {team/x: a}}", &["team/x"]);
    let base = |base: &str| format!("{{distributions: {{debian12: {{base: {base}}}}}}}");
    told(&base("{pattern: 'debian 13*'}"), &["matching `debian 13*`", "Debian 12 new"]);
    told(&base("{name: 'Debian 12 unfinished'}"), &["named `Debian 12 unfinished`"]);
    told(&base("{id: 5f9b2b4e-0000-4000-8000-000000000000}"), &["with the id 5f9b2b4e"]);
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn what_nova_would_refuse_is_an_error_before_the_server_is_stopped() {
    let project = project("{}");
    project.imgctl(&words(&["up"])).succeeds();
    let script = |options: &str| {
        let text =
            format!("//! Creates an image. Nothing else.\ncloud::create_image(#{{{options}}});\n");
        project.write("scripts/snapshot.rhai", &text);
    };
    script(&format!("description: \"{}\"", "x".repeat(256)));
    project.imgctl(&["snapshot"]).fails(2).says("description").says("255");
    script(&format!("name: \"{}\"", "x".repeat(256)));
    project.imgctl(&["snapshot"]).fails(2).says("name").says("255");
    assert_eq!(admin().servers("ci")[0]["status"], "ACTIVE");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_locked_server_is_an_error_at_once() {
    let project: CloudProject = project("{}");
    project.imgctl(&words(&["up"])).succeeds();
    let admin = admin();
    let id = admin.servers("ci")[0]["id"].as_str().unwrap().to_owned();
    let act = |action: &str| {
        admin.post(&format!("{NOVA}/servers/{id}/action"), json!({action: Value::Null}))
    };
    act("lock");
    project.imgctl(&["destroy"]).fails(3).says("is locked").hints("unlock");
    act("unlock");
    act("suspend");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
