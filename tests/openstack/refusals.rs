//! What nova refuses or cannot do is told in its own words, with a cure.

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{project, words};

#[test]
fn a_quota_is_named_as_such() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let message = "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores";
    let body = json!({"forbidden": {"message": message, "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, body));
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains(message) && said.contains("quota is used up"), "{said}");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Turned away, a request is sent again, be it one that makes something; nova of old and Rackspace's
/// say so by 413.
#[test]
fn a_limited_rate_is_kept_to() {
    let cloud = OpenStackServer::start();
    let start = "POST /compute/v2.1/servers";
    for (begins, status) in [(start, 429), (start, 503), (start, 413), ("GET /image/v2", 429)] {
        cloud.rule(begins, 1, Then::Limit(status, 1));
    }
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up"]));
    let asked = cloud.requests(start).iter().filter(|it| it.line() == start).count();
    assert_eq!((asked, cloud.world(|world| world.servers.len())), (4, 1));
    project.succeeds(&["destroy"]);

    // One that lasts is no reason to go on for ever.
    cloud.rule("GET /image/v2", 99, Then::Limit(429, 1));
    let said = project.fails(3, &words(&["list_images"]));
    assert!(said.contains("rate-limited"), "{said}");
}

/// Neutron refuses by 409, and nova passes on what it says of ports by 403.
#[test]
fn a_quota_of_neutrons_is_named_as_such() {
    let cloud = OpenStackServer::start();
    let over = json!({"NeutronError": {"type": "OverQuota", "detail": "",
        "message": "Quota exceeded for resources: ['security_group']."}});
    cloud.rule("POST /network/v2.0/security-groups", 1, Then::Refuse(409, over));
    let ports = json!({"forbidden": {"message": "Maximum number of ports exceeded", "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, ports));
    let project = project(&cloud, "{}");
    for message in ["['security_group']", "Maximum number of ports"] {
        let said = project.fails(3, &words(&["up"]));
        assert!(said.contains(message) && said.contains("quota is used up"), "{said}");
    }
    project.succeeds(&["destroy"]);
}

#[test]
fn a_flavor_without_a_disk_needs_a_volume() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{flavor: v1.small}");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains("zero disk") && said.contains("set `boot_volume"), "{said}");
    project.succeeds(&["--set", "clouds.openstack.boot_volume={size: 20GiB}", "up"]);
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Cinder's 413 says that it may be tried again after 0 s, which changes nothing.
#[test]
fn a_quota_of_cinders_is_asked_about_once() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.volume_quota = Some(0));
    let project = project(&cloud, "{boot_volume: {}}");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains("VolumeLimitExceeded") && said.contains("quota is used up"), "{said}");
    assert_eq!(cloud.requests("POST /volume/v3").len(), 1);
    project.succeeds(&["destroy"]);
}

#[test]
fn no_valid_host_is_named_as_such() {
    let cloud = OpenStackServer::start();
    let fault = json!({"message": "No valid host was found. There are not enough hosts available.", "code": 500});
    cloud.world(|world| {
        world.server_steps = vec![
            json!({}),
            json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault}),
        ]
    });
    let project = project(&cloud, "{}");
    let said = project.fails(3, &words(&["up"]));
    assert!(
        said.contains("No valid host was found") && said.contains("choose another `flavor`"),
        "{said}"
    );
    project.fails(3, &["up"]);
    assert_eq!(cloud.world(|world| world.servers.len()), 1, "no second one");
    let shown = project.succeeds(&["status"]);
    assert!(shown.contains("failed: No valid host was found"), "{shown}");
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Nova's `MaxRetriesExceeded`.
#[test]
fn hosts_that_all_failed_are_named_as_such() {
    let cloud = OpenStackServer::start();
    let message = "Exceeded maximum number of retries. Exhausted all hosts available for retrying \
                   build failures for instance 5b6c.";
    let fault = json!({"message": message, "code": 500});
    cloud.world(|world| {
        world.server_steps =
            vec![json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault})]
    });
    let said = project(&cloud, "{}").fails(3, &words(&["up"]));
    assert!(said.contains("Exhausted all hosts") && said.contains("every host"), "{said}");
}

#[test]
fn any_other_fault_is_shown_too() {
    let cloud = OpenStackServer::start();
    let fault = json!({"message": "Build of instance aborted: disk is bad", "code": 500});
    cloud.world(|world| {
        world.server_steps =
            vec![json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault})]
    });
    let said = project(&cloud, "{}").fails(1, &words(&["up"]));
    assert!(said.contains("disk is bad") && said.contains("imgctl destroy"), "{said}");
}

#[test]
fn a_server_that_is_being_deleted_is_waited_out() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    // An `up` that ended before it had an address to remember.
    let fault = json!({"message": "gone wrong", "code": 500});
    cloud.world(|world| world.server_steps = vec![json!({"status": "ERROR", "fault": fault})]);
    project.fails(1, &words(&["up"]));
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["OS-EXT-STS:task_state"] = "deleting".into();
        world.steps.insert(id, [json!({}), json!({}), serde_json::Value::Null].into());
        world.server_steps = vec![json!({"status": "ACTIVE", "OS-EXT-STS:task_state": null})];
    });
    project.succeeds(&["up"]);
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE", "a new one");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_server_that_nova_is_busy_with_is_deleted_later() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up"]));
    let busy = json!({"conflictingRequest": {"message": "Cannot 'delete' instance while it is in task_state image_uploading", "code": 409}});
    cloud.rule("DELETE /compute/v2.1/servers", 2, Then::Refuse(409, busy));
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_locked_server_is_told_at_once() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up"]));
    let locked = json!({"conflictingRequest": {"message": "Instance x is locked", "code": 409}});
    cloud.rule("DELETE /compute/v2.1/servers", 1, Then::Refuse(409, locked));
    let said = project.fails(3, &["destroy"]);
    assert!(said.contains("is locked") && said.contains("unlock"), "{said}");
    project.succeeds(&["destroy"]);
}

#[test]
fn what_is_gone_already_is_no_obstacle() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up"]));
    cloud.world(|world| {
        world.servers.clear();
        world.key_pairs.clear();
        world.groups.retain(|id, _| id == "sg-default");
    });
    let said = project.fails(1, &["up"]);
    assert!(said.contains("no longer exists") && said.contains("imgctl destroy"), "{said}");
    assert!(project.succeeds(&["status"]).contains("does not know it"));
    project.succeeds(&["destroy"]);
    assert!(!project.has_state());
}

#[test]
fn a_paused_server_is_woken_by_up() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up"]));
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["status"] = "PAUSED".into();
    });
    assert!(project.succeeds(&["status"]).contains("stopped: PAUSED"));
    project.succeeds(&["up"]);
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.succeeds(&["destroy"]);
}

#[test]
fn mistakes_in_the_settings_cost_nothing() {
    let cloud = OpenStackServer::start();
    let told = |settings: &str, what: &[&str]| {
        let said = project(&cloud, settings).fails(2, &words(&["up"]));
        for word in what {
            assert!(said.contains(word), "{word} in {said}");
        }
    };
    told("{flavor: m1.smal}", &["no flavor `m1.smal`", "did you mean `m1.small`?"]);
    told("{flavor: }", &["no flavor is set", "m1.tiny (1 CPUs, 512 MiB)"]);
    told("{availability_zone: az}", &["no availability zone `az`", "did you mean `az1`?"]);
    told("{availability_zone: az2}", &["no availability zone `az2`"]);
    told("{tags: {team/x: a}}", &["no tag called `team/x`"]);
    told("{tags: {owner: ci-team}}", &["no tag can be called `owner`", "such as team-owner"]);
    told("{networks: [privat]}", &["no network `privat`", "did you mean `private`?"]);
    told("{security_groups: ssh}", &["no security group `ssh`", "default"]);
    told("{ssh_from: everybody}", &["`everybody` is no range"]);
    told("{ssh_from: auto}", &["ssh_from is `auto`, but SSH goes through another machine"]);
    told("{address: floating}", &["gets no floating address", "floating_ip: true"]);
    told("{floating_ip: true, floating_network: publik}", &["did you mean `public`?"]);
    let query = "{distributions: {debian12: {base: {pattern: 'debian 13*'}}}}";
    told(query, &["called like `debian 13*`", "region RegionOne", "Debian 12.8 generic"]);
    let gone = "{distributions: {debian12: {base: {id: img-gone}}}}";
    told(gone, &["with the id img-gone"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}
