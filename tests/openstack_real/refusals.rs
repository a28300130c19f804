//! What the services refuse or cannot do is told in their own words, with a cure.

use serde_json::{Value, json};

use super::administrator::{NEUTRON, NOVA, admin};
use super::guest::CloudProject;
use super::world::{nothing_is_left, project, project_in, words};

/// A quota of the project `small`, and the refusal it leads to. Nothing is left.
fn refused(url: &str, key: &str, quota: (&str, i64), settings: &str) -> String {
    let admin = admin();
    let url = format!("{url}/{}", admin.project_id("small"));
    let before = admin.get(&url)[key][quota.0].as_i64().unwrap();
    let project = project_in("small", settings);
    let set = |value: i64| admin.put(&url, json!({key: {quota.0: value}}));
    set(quota.1);
    let said = project.fails(3, &words(&["up"]));
    set(before);
    project.succeeds(&["destroy"]);
    nothing_is_left("small");
    assert!(said.contains("the project's quota is used up"), "{said}");
    said
}

fn of_nova(quota: (&str, i64), settings: &str) -> String {
    refused(&format!("{NOVA}/os-quota-sets"), "quota_set", quota, settings)
}

fn of_neutron(quota: (&str, i64), settings: &str) -> String {
    refused(&format!("{NEUTRON}/quotas"), "quota", quota, settings)
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_quota_is_named_whosever_it_is() {
    let said = of_nova(("instances", 0), "{}");
    assert!(said.contains("Quota exceeded for instances"), "{said}");
    let said = of_nova(("ram", 512), "{}");
    assert!(said.contains("Quota exceeded for ram"), "{said}");
    let said = of_nova(("key_pairs", 0), "{}");
    assert!(said.contains("too many key pairs"), "{said}");
    let said = of_neutron(("security_group", 1), "{}");
    assert!(said.contains("['security_group']"), "{said}");
    // A group comes with two rules of its own, besides those of the default group.
    let said = of_neutron(("security_group_rule", 6), "{}");
    assert!(said.contains("['security_group_rule']"), "{said}");
    let said = of_neutron(("floatingip", 0), "{floating_ip: true}");
    assert!(said.contains("['floatingip']"), "{said}");
    // The router has one.
    let said = of_neutron(("port", 1), "{}");
    assert!(said.contains("Maximum number of ports exceeded"), "{said}");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn no_valid_host_is_named_as_such() {
    let admin = admin();
    let url = format!("{NOVA}/os-quota-sets/{}", admin.project_id("small"));
    admin.put(&url, json!({"quota_set": {"cores": -1}}));
    let project = project_in("small", "{flavor: m1.vast}");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains("No valid host was found"), "{said}");
    assert!(said.contains("choose another `flavor`"), "{said}");
    project.fails(3, &["up"]);
    assert_eq!(admin.servers("small").len(), 1, "no second one");
    let shown = project.succeeds(&["status"]);
    assert!(shown.contains("failed: No valid host was found"), "{shown}");
    project.succeeds(&["destroy"]);
    nothing_is_left("small");
    admin.put(&url, json!({"quota_set": {"cores": 20}}));
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn mistakes_in_the_settings_cost_nothing() {
    let told = |settings: &str, what: &[&str]| {
        let said = project(settings).fails(2, &words(&["up"]));
        for word in what {
            assert!(said.contains(word), "{word} in {said}");
        }
        nothing_is_left("ci");
    };
    told("{flavor: m1.smal}", &["no flavor `m1.smal`", "did you mean `m1.small`?"]);
    told("{networks: [privat]}", &["no network `privat`", "did you mean `private`?"]);
    told("{security_groups: ssh}", &["no security group `ssh`", "default"]);
    told("{floating_ip: true, floating_network: publik}", &["did you mean `public`?"]);
    told("{availability_zone: nowhere}", &["no availability zone `nowhere`", "nova"]);
    told("{boot_volume: {size: 10GiB}}", &["no block storage"]);
    told("{tags: {team/x: a}}", &["team/x"]);
    let base = |base: &str| format!("{{distributions: {{debian12: {{base: {base}}}}}}}");
    told(&base("{pattern: 'debian 13*'}"), &["called like `debian 13*`", "Debian 12 new"]);
    told(&base("{name: 'Debian 12 unfinished'}"), &["called `Debian 12 unfinished`"]);
    told(&base("{id: 5f9b2b4e-0000-4000-8000-000000000000}"), &["with the id 5f9b2b4e"]);
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn what_an_image_cannot_be_called_is_told_before_the_server_is_stopped() {
    let project = project("{}");
    project.succeeds(&words(&["up"]));
    let script = |options: &str| {
        let text =
            format!("//! Makes an image. By a name.\ncloud::create_image(#{{{options}}});\n");
        project.write("scripts/snapshot.rhai", &text);
    };
    script(&format!("description: \"{}\"", "x".repeat(256)));
    let said = project.fails(2, &["snapshot"]);
    assert!(said.contains("description") && said.contains("255"), "{said}");
    script(&format!("name: \"{}\"", "x".repeat(256)));
    let said = project.fails(2, &["snapshot"]);
    assert!(said.contains("name") && said.contains("255"), "{said}");
    assert_eq!(admin().servers("ci")[0]["status"], "ACTIVE");
    project.succeeds(&["destroy"]);
    nothing_is_left("ci");
}

/// Where somebody else has to act first.
#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_locked_server_is_told_at_once() {
    let project: CloudProject = project("{}");
    project.succeeds(&words(&["up"]));
    let admin = admin();
    let id = admin.servers("ci")[0]["id"].as_str().unwrap().to_owned();
    let act = |action: &str| {
        admin.post(&format!("{NOVA}/servers/{id}/action"), json!({action: Value::Null}))
    };
    act("lock");
    let said = project.fails(3, &["destroy"]);
    assert!(said.contains("is locked") && said.contains("unlock"), "{said}");
    act("unlock");
    act("suspend");
    project.succeeds(&["destroy"]);
    nothing_is_left("ci");
}
