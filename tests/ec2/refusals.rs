//! What EC2 refuses, and what it is asked again.

use super::crashes::{left_behind, own_images};
use super::ec2_server::rules::Rule;
use super::ec2_server::templates::templates_of;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, created_image, project, words};

const BUSY: &str = "Request limit exceeded.";

#[test]
fn without_room_for_one_type_the_next_is_taken() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.no_room = ["c7i.large".to_owned()].into());
    let project = project(&server.endpoint(), "instance_type: [c7i.large, c7a.large]");
    project.succeeds(&words(&["up"]));
    let kind =
        server.world(|world| world.region(REGION).instances[0].form.get("InstanceType").to_owned());
    assert_eq!(kind, "c7a.large");
    let asked = server.requests_of("RunInstances").len();
    assert!(asked <= 4, "what has no room is not asked for all over again: {asked} times");
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn without_room_for_any_type_it_is_refused() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.no_room = ["c7i.large".to_owned(), "c7a.large".to_owned()].into());
    let project = project(&server.endpoint(), "instance_type: [c7i.large, c7a.large]");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains("c7i.large") && said.contains("c7a.large"), "{said}");

    server.world(|world| world.no_room.clear());
    project.succeeds(&["up", "destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// Not at the end of an hour, when the image is to be made.
#[test]
fn a_name_that_no_image_can_have_is_told_before_anything_is_made() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "name: 'agent:{distribution}'");
    let said = project.fails(2, &words(&["up"]));
    assert!(said.contains("EC2 takes no image called `agent:ubuntu2404-"), "{said}");
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!(server.requests_of("RunInstances").len(), 0);
}

#[test]
fn a_tunnel_is_told_where_the_instance_is_as_far_as_the_cloud_says() {
    let server = Ec2Server::start(Delays::short());
    let tunnel = "ssh: {proxy_command: 'echo {region} >> asked; exit 1', ready_timeout: 1s}";
    let tunnelled = project(&server.endpoint(), tunnel);
    tunnelled.fails(1, &words(&["up"]));
    let asked = std::fs::read_to_string(tunnelled.path().join("asked")).unwrap();
    assert!(asked.lines().all(|line| line == REGION));
    let zoned = project(&server.endpoint(), "ssh: {proxy_command: 'tunnel {zone}'}");
    let said = zoned.fails(2, &words(&["up"]));
    assert!(said.contains("proxy_command contains {zone}"), "{said}");
    for project in [tunnelled, zoned] {
        project.succeeds(&["destroy"]);
    }
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn with_the_credentials_of_another_account_nothing_is_taken_for_gone() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    let own = server.world(|world| std::mem::replace(&mut world.account, "999900001111".into()));
    for task in ["destroy", "status", "down", "up"] {
        let said = project.fails(2, &[task]);
        assert!(said.contains(&format!("is of account `{own}`")), "{said}");
        assert!(said.contains("the credentials are for `999900001111`"), "{said}");
    }
    assert!(project.has_state());
    server.world(|world| world.account = own);
    // A state that does not name its account is not given another one's name.
    let file = project.path().join(".state.json");
    let mut state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    state.as_object_mut().unwrap().remove("project").unwrap();
    std::fs::write(&file, state.to_string()).unwrap();
    server.world(|world| world.account = "999900001111".into());
    project.succeeds(&["up"]);
    server.world(|world| world.account = "111122223333".into());
    project.succeeds(&["status"]);
    // Where nobody tells the account, nothing speaks against it.
    server.rule(Rule::refuse("GetCallerIdentity", 403, "AccessDenied", "No."));
    project.succeeds(&["status", "destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// The next request of this action is one that the account may not make.
fn forbid(server: &Ec2Server, action: &str) {
    let message = "You are not authorized to perform this operation.";
    server.rule(Rule::refuse(action, 403, "UnauthorizedOperation", message));
}

#[test]
fn what_is_not_allowed_is_named() {
    for action in ["DescribeImages", "ImportKeyPair", "CreateSecurityGroup", "RunInstances"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        forbid(&server, action);
        let said = project.fails(3, &words(&["up"]));
        assert!(said.contains(&format!("ec2:{action}")), "{said}");
        assert!(said.contains("hint:"), "{said}");
        project.succeeds(&["destroy"]);
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn what_may_not_be_removed_is_not_forgotten() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    forbid(&server, "TerminateInstances");
    let said = project.fails(3, &["destroy"]);
    assert!(said.contains("ec2:TerminateInstances"), "{said}");
    assert!(project.has_state());
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn throttling_and_faults_of_ec2s_own_are_asked_again() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    server.rule(Rule::refuse("RunInstances", 503, "RequestLimitExceeded", BUSY));
    for action in ["DescribeImages", "RunInstances", "CreateImage"] {
        server.rule(Rule::refuse(action, 500, "InternalError", "An internal error has occurred"));
        server.rule(Rule::refuse(action, 503, "Unavailable", "The server is overloaded"));
    }
    project.succeeds(&words(&["up", "create_image", "destroy"]));
    assert_eq!(own_images(&server, REGION).len(), 1);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn an_image_name_that_is_taken_is_said_clearly() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let first = project.succeeds(&words(&["up", "create_image:name=agent-7"]));
    let first = created_image(&first);
    project.succeeds(&["up"]);
    let said = project.fails(2, &["create_image:name=agent-7"]);
    assert!(said.contains("agent-7") && said.contains(&first), "{said}");
    assert!(said.contains("hint:"), "{said}");
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.succeeds(&["up", "create_image:name=agent-8", "destroy"]);
    assert_eq!(own_images(&server, REGION).len(), 2);
}

#[test]
fn an_image_that_any_version_of_a_launch_template_names_is_in_use() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.succeeds(&words(&["up", "create_image"])));
    let others = ["ami-1", "ami-2"].map(str::to_owned).to_vec();
    let with_image = [others.clone(), vec![image.clone()], others.clone()].concat();
    server.world(|world| {
        world.region(REGION).templates = templates_of(&[&others, &others, &others, &with_image]);
    });
    let delete = format!("delete_image:{image}");
    let said = project.fails(3, &[&delete]);
    assert!(said.contains("launch template") && said.contains("version 3"), "{said}");
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.succeeds(&[&format!("{delete},force=true")]);
    assert_eq!(own_images(&server, REGION).len(), 0);
    let snapshots = server.world(|world| world.region(REGION).snapshots.len());
    assert_eq!(snapshots, 0, "its snapshot goes with it");
    project.succeeds(&["destroy"]);
}

#[test]
fn a_dry_run_only_looks() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let up = words(&["up", "bootstrap", "create_image", "destroy"]);
    project.imgctl(&[&["--dry-run"], &up[..]].concat());
    let changes = server.requests();
    let changes: Vec<_> =
        changes.iter().filter(|one| !one.action.starts_with("Describe")).collect();
    assert!(changes.is_empty(), "{changes:?}");
}
