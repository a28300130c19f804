//! What is asked for is done once and for all, whatever becomes of requests, replies and looks.

use serde_json::{Value, json};

use super::guest::CloudProject;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

/// A project with tasks that do one thing each, without a login.
fn bare(cloud: &OpenStackServer, settings: &str) -> CloudProject {
    let project = project(cloud, settings);
    project.write("scripts/start.rhai", "//! Starts a server. Nothing else.\ncloud::up();\n");
    project.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    project
}

/// The ways in which a request is carried out and its reply lost.
const LOSSES: [fn() -> Then; 5] = [
    || Then::HangUp,
    || Then::Garble(502),
    || Then::Garble(200),
    // As Envoy answers for a service that has closed its connection.
    || Then::Garble(503),
    || Then::Later(3),
];

#[test]
fn whatever_is_created_with_a_lost_reply_is_found_at_once() {
    for loss in LOSSES {
        let cloud = OpenStackServer::start();
        let project = bare(&cloud, "{floating_ip: true, boot_volume: {size: 20GiB}}");
        for begins in [
            "POST /compute/v2.1/os-keypairs",
            "POST /network/v2.0/security-groups",
            "POST /network/v2.0/floatingips",
            "POST /volume/v3/0f1e2d3c4b5a/volumes",
            "POST /compute/v2.1/servers",
        ] {
            cloud.rule(begins, 1, loss());
        }
        project.imgctl(&words(&["start"])).succeeds();
        let kinds = cloud.world(|world| {
            let groups = world.groups.len() - 1;
            [
                world.servers.len(),
                world.key_pairs.len(),
                groups,
                world.floating.len(),
                world.volumes.len(),
            ]
        });
        assert_eq!(kinds, [1; 5]);
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    }
}

#[test]
fn an_image_whose_reply_is_lost_is_found_at_once() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    project.imgctl(&words(&["start", "down"])).succeeds();
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    for (number, loss) in LOSSES.iter().enumerate() {
        cloud.rule(&format!("POST /compute/v2.1/servers/{id}/action"), 1, loss());
        created_image(&project.imgctl(&["snapshot"]).succeeds());
        assert_eq!(cloud.world(|world| world.own_images().len()), number + 1);
    }
    project.imgctl(&["destroy"]).succeeds();
}

/// A front door that has not passed the request on says the same as one that has.
#[test]
fn what_was_not_carried_out_by_an_unavailable_service_is_asked_for_again() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    let page = || Then::Refuse(503, json!("<html>no healthy upstream</html>"));
    cloud.rule("POST /compute/v2.1/servers", 1, page());
    project.imgctl(&words(&["start"])).succeeds().says("trying again");
    assert_eq!(cloud.world(|world| world.servers.len()), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// It is looked for, also where it is listed late, before anything is asked for again.
#[test]
fn what_an_unavailable_service_has_carried_out_is_found() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    let message = "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores";
    cloud.rule("POST /compute/v2.1/servers", 1, Then::Garble(503));
    cloud.rule(
        "POST /compute/v2.1/servers",
        9,
        Then::Refuse(403, json!({"forbidden": {"message": message, "code": 403}})),
    );
    // It is listed only after a while.
    cloud.world(|world| world.late = 3);
    project.imgctl(&words(&["start"])).succeeds();
    assert_eq!(cloud.world(|world| world.servers.len()), 1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// A refusal is certain, so nothing is looked for and the next attempt begins anew.
#[test]
fn a_refused_request_is_forgotten() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    let quota =
        json!({"NeutronError": {"type": "OverQuota", "message": "Quota exceeded", "detail": ""}});
    cloud.rule("POST /network/v2.0/security-groups", 1, Then::Refuse(409, quota));
    project.imgctl(&words(&["start"])).fails(3).says("Quota exceeded");
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    assert!(!state.contains("security_group"), "{state}");
    project.imgctl(&["start", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_deletion_that_is_acknowledged_and_not_carried_out_is_asked_for_again() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{floating_ip: true}");
    project.imgctl(&words(&["start", "down"])).succeeds();
    let image = created_image(&project.imgctl(&["snapshot"]).succeeds());
    let deletions = [
        "DELETE /compute/v2.1/servers/",
        "DELETE /compute/v2.1/os-keypairs/",
        "DELETE /network/v2.0/security-groups/",
        "DELETE /network/v2.0/floatingips/",
        "DELETE /image/v2/images/",
    ];
    for begins in deletions {
        cloud.rule(begins, 1, Then::Refuse(204, Value::Null));
    }
    project.imgctl(&[&format!("delete_image:{image}"), "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(cloud.world(|world| world.own_images().is_empty()));
    for begins in deletions {
        assert!(cloud.requests(begins).len() >= 2, "{begins}");
    }
}

#[test]
fn a_stop_or_start_that_is_lost_is_asked_for_again() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    project.imgctl(&words(&["start"])).succeeds();
    let id = cloud.world(|world| world.server()["id"].as_str().unwrap().to_owned());
    let action = format!("POST /compute/v2.1/servers/{id}/action");
    for then in [|| Then::Refuse(202, Value::Null), || Then::HangUp] {
        for task in ["down", "start"] {
            cloud.rule(&action, 1, then());
            project.imgctl(&[task]).succeeds();
        }
    }
    project.imgctl(&["destroy"]).succeeds();
}

/// One of several API servers lags behind the others: every other look misses what there is.
#[test]
fn a_look_that_misses_something_changes_nothing() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.flaps = true);
    let project = bare(&cloud, "{floating_ip: true, boot_volume: {size: 20GiB}}");
    project.imgctl(&words(&["start", "start", "down"])).succeeds();
    let image = created_image(&project.imgctl(&["snapshot", "start"]).succeeds());
    let counts =
        cloud.world(|world| [world.servers.len(), world.own_images().len(), world.floating.len()]);
    assert_eq!(counts, [1, 1, 1]);
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&[&format!("delete_image:{image}")])).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    assert!(cloud.world(|world| world.own_images().is_empty() && world.snapshots.is_empty()));
}

/// The image that nova names is unknown to glance for a while.
#[test]
fn an_image_that_is_not_shown_yet_has_not_vanished() {
    let cloud = OpenStackServer::start();
    let project = bare(&cloud, "{}");
    project.imgctl(&words(&["start", "down"])).succeeds();
    let unknown = json!({"message": "No image found"});
    cloud.rule("GET /image/v2/images/image-", 6, Then::Refuse(404, unknown));
    created_image(&project.imgctl(&["snapshot"]).succeeds());
    assert_eq!(cloud.world(|world| world.own_images().len()), 1);
    project.imgctl(&["destroy"]).succeeds();
}
