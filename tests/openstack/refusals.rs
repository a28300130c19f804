//! Refusals of the services are reported in their own words, with a hint.

use serde_json::json;

use super::openstack_server::{OpenStackServer, Then};
use super::world::{project, words};

#[test]
fn a_used_up_quota_is_reported() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let message = "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores";
    let body = json!({"forbidden": {"message": message, "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, body));
    project.imgctl(&words(&["up"])).fails(3).says(message).hints("quota is used up");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// A request that hits a rate limit was not carried out, so it is sent again, even if it creates
/// something. Old versions of nova and Rackspace's answer with 413.
#[test]
fn rate_limits_are_respected() {
    let cloud = OpenStackServer::start();
    let start = "POST /compute/v2.1/servers";
    for (begins, status) in [(start, 429), (start, 503), (start, 413), ("GET /image/v2", 429)] {
        cloud.rule(begins, 1, Then::Limit(status, 1));
    }
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let asked = cloud.requests(start).iter().filter(|it| it.line() == start).count();
    assert_eq!((asked, cloud.world(|world| world.servers.len())), (4, 1));
    project.imgctl(&["destroy"]).succeeds();

    // A limit that lasts ends the command.
    cloud.rule("GET /image/v2", 99, Then::Limit(429, 1));
    project.imgctl(&words(&["list_images"])).fails(3).says("rate-limited");
}

/// Neutron answers with 409, and nova passes neutron's quota of ports on with 403.
#[test]
fn a_used_up_quota_of_neutron_is_reported() {
    let cloud = OpenStackServer::start();
    let over = json!({"NeutronError": {"type": "OverQuota", "detail": "",
        "message": "Quota exceeded for resources: ['security_group']."}});
    cloud.rule("POST /network/v2.0/security-groups", 1, Then::Refuse(409, over));
    let ports = json!({"forbidden": {"message": "Maximum number of ports exceeded", "code": 403}});
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Refuse(403, ports));
    let project = project(&cloud, "{}");
    for message in ["['security_group']", "Maximum number of ports"] {
        project.imgctl(&words(&["up"])).fails(3).says(message).hints("quota is used up");
    }
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_flavor_without_a_disk_needs_a_volume() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{flavor: v1.small}");
    project.imgctl(&words(&["up"])).fails(3).says("zero disk").hints("set `boot_volume");
    project.imgctl(&["--set", "clouds.openstack.boot_volume={size: 20GiB}", "up"]).succeeds();
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Cinder's 413 allows another attempt after 0 s, which would change nothing.
#[test]
fn a_used_up_quota_of_cinder_is_not_tried_again() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.volume_quota = Some(0));
    let project = project(&cloud, "{boot_volume: {}}");
    project.imgctl(&words(&["up"])).fails(3).says("VolumeLimitExceeded").hints("quota is used up");
    assert_eq!(cloud.requests("POST /volume/v3").len(), 1);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn no_valid_host_is_reported() {
    let cloud = OpenStackServer::start();
    let fault = json!({"message": "No valid host was found. There are not enough hosts available.", "code": 500});
    cloud.world(|world| {
        world.server_steps = vec![
            json!({}),
            json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault}),
        ]
    });
    let project = project(&cloud, "{}");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("No valid host was found")
        .hints("choose another `flavor`");
    project.imgctl(&["up"]).fails(3);
    assert_eq!(cloud.world(|world| world.servers.len()), 1, "no second one");
    project.imgctl(&["status"]).succeeds().says("failed: No valid host was found");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Nova's `MaxRetriesExceeded`.
#[test]
fn hosts_that_all_failed_are_reported() {
    let cloud = OpenStackServer::start();
    let message = "Exceeded maximum number of retries. Exhausted all hosts available for retrying \
                   build failures for instance 5b6c.";
    let fault = json!({"message": message, "code": 500});
    cloud.world(|world| {
        world.server_steps =
            vec![json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault})]
    });
    project(&cloud, "{}")
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("Exhausted all hosts")
        .hints("every host");
}

#[test]
fn any_other_fault_is_reported_too() {
    let cloud = OpenStackServer::start();
    let fault = json!({"message": "Build of instance aborted: disk is bad", "code": 500});
    cloud.world(|world| {
        world.server_steps =
            vec![json!({"status": "ERROR", "OS-EXT-STS:task_state": null, "fault": fault})]
    });
    project(&cloud, "{}")
        .imgctl(&words(&["up"]))
        .fails(1)
        .says("disk is bad")
        .hints("imgctl destroy");
}

#[test]
fn a_server_that_is_being_deleted_is_replaced() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    // An `up` that failed before it knew an address.
    let fault = json!({"message": "gone wrong", "code": 500});
    cloud.world(|world| world.server_steps = vec![json!({"status": "ERROR", "fault": fault})]);
    project.imgctl(&words(&["up"])).fails(1);
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["OS-EXT-STS:task_state"] = "deleting".into();
        world.steps.insert(id, [json!({}), json!({}), serde_json::Value::Null].into());
        world.server_steps = vec![json!({"status": "ACTIVE", "OS-EXT-STS:task_state": null})];
    });
    project.imgctl(&["up"]).succeeds();
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE", "a new one");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_busy_server_is_deleted_later() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let busy = json!({"conflictingRequest": {"message": "Cannot 'delete' instance while it is in task_state image_uploading", "code": 409}});
    cloud.rule("DELETE /compute/v2.1/servers", 2, Then::Refuse(409, busy));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Waiting does not help. From microversion 2.9 on, nova shows the lock; before, its message does.
#[test]
fn a_locked_server_is_an_error_at_once() {
    for microversion in ["2.96", "2.1"] {
        let cloud = OpenStackServer::start();
        cloud.world(|world| world.microversion = microversion.to_owned());
        let project = project(&cloud, "{}");
        project.imgctl(&words(&["up"])).succeeds();
        let lock = |locked: bool| {
            cloud.world(|world| {
                world.servers.values_mut().for_each(|server| server["locked"] = locked.into());
            });
        };
        lock(true);
        for task in ["down", "destroy"] {
            let ran = project.imgctl(&[task]).fails(3);
            ran.says("is locked").hints("openstack server unlock");
        }
        lock(false);
        project.imgctl(&["destroy"]).succeeds();
    }
}

#[test]
fn resources_that_no_longer_exist_do_not_stop_destroy() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    cloud.world(|world| {
        world.servers.clear();
        world.key_pairs.clear();
        world.groups.retain(|id, _| id == "sg-default");
    });
    project.imgctl(&["up"]).fails(1).says("no longer exists").hints("imgctl destroy");
    project.imgctl(&["status"]).succeeds().says("does not know it");
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.has_state());
}

#[test]
fn up_resumes_a_paused_server() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["status"] = "PAUSED".into();
    });
    project.imgctl(&["status"]).succeeds().says("stopped: PAUSED");
    // Nova would make one of half of what it is.
    let ran = project.imgctl(&["run", "-e", "cloud::create_image(#{})"]).fails(3);
    ran.says("is paused").says("not be whole").hints("`imgctl up create_image`");
    project.imgctl(&["down"]).succeeds().says("PAUSED");
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["status"] = "RESCUE".into();
    });
    let ran = project.imgctl(&["run", "-e", "cloud::create_image(#{})"]).fails(3);
    ran.says("is rescue").says("in this state");
    cloud.world(|world| {
        let id = world.server()["id"].as_str().unwrap().to_owned();
        world.servers.get_mut(&id).unwrap()["status"] = "PAUSED".into();
    });
    project.imgctl(&["up"]).succeeds();
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "ACTIVE");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn mistakes_in_the_settings_create_nothing() {
    let cloud = OpenStackServer::start();
    let told = |settings: &str, what: &[&str]| {
        let ran = project(&cloud, settings).imgctl(&words(&["up"])).fails(2);
        what.iter().fold(ran, |ran, word| ran.says(word));
    };
    told("{flavor: m1.smal}", &["no flavor `m1.smal`", "did you mean `m1.small`?"]);
    told("{flavor: }", &["no flavor is set", "m1.tiny (1 CPUs, 512 MiB)"]);
    told("{availability_zone: az}", &["no availability zone `az`", "did you mean `az1`?"]);
    told("{availability_zone: az2}", &["no availability zone `az2`"]);
    told("{tags: {team/x: a}}", &["does not allow a tag named `team/x`"]);
    told("{tags: {owner: ci-team}}", &["`owner` cannot be a tag", "such as team-owner"]);
    told("{networks: [privat]}", &["no network `privat`", "did you mean `private`?"]);
    told("{security_groups: ssh}", &["no security group `ssh`", "default"]);
    told("{ssh_from: everybody}", &["`everybody` is not a range"]);
    told("{ssh_from: auto}", &["ssh_from is `auto`, but SSH goes through another machine"]);
    told("{address: floating}", &["gets no floating address", "floating_ip: true"]);
    told("{floating_ip: true, floating_network: publik}", &["did you mean `public`?"]);
    let query = "{distributions: {debian12: {base: {pattern: 'debian 13*'}}}}";
    told(query, &["matching `debian 13*`", "region RegionOne", "Debian 12.8 generic"]);
    let gone = "{distributions: {debian12: {base: {id: img-gone}}}}";
    told(gone, &["with the id img-gone"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// A part of a list would be taken for the whole, and the rest for gone.
#[test]
fn a_list_whose_pages_lead_to_each_other_is_an_error() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let next = json!([{"rel": "next", "href": "here"}]);
    let server = json!({"id": "s", "name": "s", "status": "ACTIVE"});
    let group = json!({"id": "g", "name": "g", "description": ""});
    for (begins, body) in [
        ("GET /compute/v2.1/servers/detail", json!({"servers": [server], "servers_links": next})),
        (
            "GET /network/v2.0/security-groups",
            json!({"security_groups": [group], "security_groups_links": next}),
        ),
        (
            "GET /image/v2/images",
            json!({"images": [{"id": "i", "status": "active"}], "next": "/v2/images?marker=i"}),
        ),
    ] {
        let begun = cloud.requests(begins).len();
        cloud.rule(begins, 3, Then::Refuse(200, body));
        project
            .imgctl(&["gc", "--older-than", "0s", "--yes"])
            .fails(3)
            .says("the list has no end")
            .hints("the endpoint");
        assert!(cloud.requests(begins).len() - begun <= 3, "{begins}");
        cloud.clear_rules();
    }
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Nova says so only when everything that the server needs is there.
#[test]
fn user_data_that_nova_does_not_take_is_told_before_anything_is_made() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{user_data_file: long.sh}");
    project.write("long.sh", &format!("#!/bin/sh\n{}", "# a comment\n".repeat(5_000)));
    project.imgctl(&words(&["up"])).fails(2).says("the user data is too long").hints("bootstrap");
    assert!(cloud.requests("POST /compute").is_empty());
    assert!(cloud.requests("POST /network").is_empty());
}

/// <https://bugs.launchpad.net/nova/+bug/1555521>
#[test]
fn a_key_that_nova_does_not_know_is_installed_by_cloud_init_alone() {
    let cloud = OpenStackServer::start();
    let refused = || {
        let message = "Keypair data is invalid: failed to generate fingerprint";
        Then::Refuse(400, json!({"badRequest": {"message": message, "code": 400}}))
    };
    let project = project(&cloud, "{}");
    cloud.rule("POST /compute/v2.1/os-keypairs", 1, refused());
    project
        .imgctl(&words(&["up", "ssh:true"]))
        .succeeds()
        .says("cloud-init alone installs the key");
    let asked = cloud.world(|world| world.servers.values().next().unwrap()["asked"].clone());
    assert_eq!(asked["key_name"], json!(null));
    project.imgctl(&["destroy"]).succeeds();

    // The user's own pair is made with the user's own key.
    let key = project.path().join("key");
    let mut command = std::process::Command::new("ssh-keygen");
    command.args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&key);
    assert!(command.status().unwrap().success());
    cloud.rule("POST /compute/v2.1/os-keypairs", 1, refused());
    project
        .imgctl(&words(&["--set", "key_pair=mine", "--set", "key_file=key", "up"]))
        .fails(2)
        .says("failed to generate fingerprint")
        .hints("ssh-keygen -t rsa");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn what_a_policy_forbids_is_told_with_the_way_around_it() {
    let cloud = OpenStackServer::start();
    let forbidden = || {
        let message = "Policy doesn't allow it to be performed.";
        Then::Refuse(403, json!({"forbidden": {"message": message, "code": 403}}))
    };
    let groups = project(&cloud, "{}");
    cloud.rule("POST /network/v2.0/security-groups", 1, forbidden());
    groups.imgctl(&words(&["up"])).fails(3).hints("`ssh_from: none`");
    groups.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Few metadata services answer by IPv6, so that nobody could log in.
#[test]
fn a_server_without_ipv4_is_told_about_the_config_drive() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.ipv6_only = true);
    let hint = "set `config_drive: true`";
    let bare = project(&cloud, "{floating_ip: false}");
    bare.imgctl(&words(&["up", "destroy"])).succeeds().says(hint);
    let with_drive = project(&cloud, "{config_drive: true, floating_ip: false}");
    with_drive.imgctl(&words(&["up", "destroy"])).succeeds().never_says(hint);
}
