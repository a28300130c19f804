//! Requests that EC2 refuses, and those that are repeated.

use super::crashes::{left_behind, own_images};
use super::ec2_server::rules::Rule;
use super::ec2_server::templates::templates_of;
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, created_image, project, words};

const THROTTLED: &str = "Request limit exceeded.";

#[test]
fn the_next_instance_type_is_used_when_one_has_no_capacity() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.no_capacity = ["c7i.large".to_owned()].into());
    let project = project(&server.endpoint(), "instance_type: [c7i.large, c7a.large]");
    project.imgctl(&words(&["up"])).succeeds();
    let kind =
        server.world(|world| world.region(REGION).instances[0].form.get("InstanceType").to_owned());
    assert_eq!(kind, "c7a.large");
    let asked = server.requests_of("RunInstances").len();
    assert!(asked <= 4, "the SDK does not repeat it: {asked} requests");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn up_is_refused_when_no_instance_type_has_capacity() {
    let server = Ec2Server::start(Delays::short());
    server
        .world(|world| world.no_capacity = ["c7i.large".to_owned(), "c7a.large".to_owned()].into());
    let project = project(&server.endpoint(), "instance_type: [c7i.large, c7a.large]");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("no capacity for any of the instance types")
        .says("c7i.large")
        .says("c7a.large");

    server.world(|world| world.no_capacity.clear());
    project.imgctl(&["up", "destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn the_next_subnet_is_used_when_a_zone_has_no_capacity() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.full_subnets = ["subnet-0a".to_owned()].into());
    let settings = "{subnet: [subnet-0a, subnet-0b], instance_type: [c7i.large, c7a.large]}";
    let zones = project(&server.endpoint(), settings);
    zones.imgctl(&words(&["up"])).succeeds().says("c7i.large in subnet-0a is not available");
    let form = server.world(|world| world.region(REGION).instances[0].form.clone());
    assert_eq!((form.get("InstanceType"), form.get("SubnetId")), ("c7i.large", "subnet-0b"));
    zones.imgctl(&["destroy"]).succeeds();

    server.world(|world| world.full_subnets.insert("subnet-0b".to_owned()));
    zones
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("no capacity for any of the instance types")
        .says("c7a.large in subnet-0b");
    zones.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());

    let apart = project(&server.endpoint(), "subnet: [subnet-0a, subnet-0other]");
    apart
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("different networks")
        .says("subnet-0other in vpc-0other");
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn groups_of_another_network_need_a_subnet_of_it() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "security_groups: [default]");
    let message = "The security group 'sg-0default' does not exist in VPC 'vpc-1'";
    let unknown = Rule::refuse("RunInstances", 400, "InvalidGroup.NotFound", message);
    server.rule(unknown.times(1000));
    project.imgctl(&words(&["up"])).fails(2).says(message).hints("set `subnet` to one of the VPC");
    project.imgctl(&["destroy"]).succeeds();
}

/// EC2 has one code for both, with another status.
#[test]
fn an_image_of_another_account_is_no_matter_of_the_credentials() {
    for (status, exit, hint) in [(400, 3, ""), (401, 3, "aws sts get-caller-identity")] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        server.rule(Rule::refuse("RunInstances", status, "AuthFailure", "No."));
        let ran = project.imgctl(&words(&["up"])).fails(exit);
        match hint {
            "" => ran.says("it belongs to another account"),
            hint => ran.says("the credentials are not accepted").hints(hint),
        };
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new());
    }
}

/// Otherwise it would be reported after the key pair and the group were made, or when the image is.
#[test]
fn tags_that_ec2_refuses_are_reported_before_anything_is_made() {
    let server = Ec2Server::start(Delays::short());
    let many: Vec<String> = (0..45).map(|number| format!("tag{number}: x")).collect();
    for (tags, told) in [
        (format!("tags: {{'{}': x}}", "k".repeat(129)), "is too long for EC2"),
        (format!("tags: {{team: '{}'}}", "v".repeat(257)), "is too long for EC2"),
        ("tags: {'aws:team': x}".to_owned(), "AWS keeps `aws:` for itself"),
        (format!("tags: {{{}}}", many.join(", ")), "there are 45 tags"),
    ] {
        let project = project(&server.endpoint(), &tags);
        project.imgctl(&words(&["up"])).fails(2).says(told);
    }
    assert!(server.requests_of("ImportKeyPair").is_empty());
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn an_account_that_allows_certain_images_only_is_told_so() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.allows_own_images_only = true);
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).fails(2).says("no base image").hints("Allowed AMIs");
    server.world(|world| world.allows_own_images_only = false);
    project.imgctl(&words(&["up", "destroy"])).succeeds();
}

#[test]
fn an_account_on_the_free_plan_starts_a_type_that_it_may() {
    let server = Ec2Server::start(Delays::short());
    let may = ["t3.micro", "t3.small", "c7i-flex.large", "m7i-flex.large"];
    server.world(|world| world.eligible = may.map(str::to_owned).into());
    let defaults = project(&server.endpoint(), "{}");
    defaults.imgctl(&words(&["up"])).succeeds().says("not eligible for Free Tier");
    let kind =
        server.world(|world| world.region(REGION).instances[0].form.get("InstanceType").to_owned());
    assert!(may.contains(&kind.as_str()), "{kind}");
    defaults.imgctl(&["destroy"]).succeeds();

    let large = project(&server.endpoint(), "instance_type: [m5.large, m5a.large]");
    large
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("none of the instance types can be started")
        .hints("t3.micro");
    large.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// Otherwise it would be reported an hour later, when the image is made.
#[test]
fn an_invalid_image_name_is_reported_before_anything_is_made() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "name: 'agent:{distribution}'");
    project.imgctl(&words(&["up"])).fails(2).says("`agent:ubuntu2404-");
    assert_eq!(left_behind(&server), Vec::<String>::new());
    assert_eq!(server.requests_of("RunInstances").len(), 0);
}

#[test]
fn the_proxy_command_is_given_instance_region_zone_and_account() {
    let server = Ec2Server::start(Delays::short());
    let tunnel = "echo {instance} {region} {zone} {project} >> asked; exit 1";
    let settings = format!("ssh: {{proxy_command: '{tunnel}', ready_timeout: 1s}}");
    let project = project(&server.endpoint(), &settings);
    project.imgctl(&words(&["up"])).fails(1);
    let asked = std::fs::read_to_string(project.path().join("asked")).unwrap();
    let id = project.imgctl(&["run", "-e", "cloud::instance(\"build\").id"]).succeeds().stdout;
    let wanted = format!("{} {REGION} zone-a {ACCOUNT}", id.trim());
    assert!(!asked.is_empty() && asked.lines().all(|line| line == wanted), "{asked}");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn with_the_credentials_of_another_account_nothing_is_taken_for_gone() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let own = server.world(|world| std::mem::replace(&mut world.account, "999900001111".into()));
    for task in ["destroy", "status", "down", "up"] {
        project.imgctl(&[task]).fails(2).says(&format!("`{own}`")).says("`999900001111`");
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
    project.imgctl(&["up"]).succeeds();
    server.world(|world| world.account = "111122223333".into());
    project.imgctl(&["status"]).succeeds();
    // Where the account is unknown, it is not checked.
    server.rule(Rule::refuse("GetCallerIdentity", 403, "AccessDenied", "No."));
    project.imgctl(&["status", "destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// The account lacks the permission for the next request of this action.
fn forbid(server: &Ec2Server, action: &str) {
    let message = "You are not authorized to perform this operation.";
    server.rule(Rule::refuse(action, 403, "UnauthorizedOperation", message));
}

#[test]
fn a_missing_permission_is_named() {
    for action in ["DescribeImages", "ImportKeyPair", "CreateSecurityGroup", "RunInstances"] {
        let server = Ec2Server::start(Delays::short());
        let project = project(&server.endpoint(), "{}");
        forbid(&server, action);
        project.imgctl(&words(&["up"])).fails(3).hints(&format!("allow the action ec2:{action}"));
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(left_behind(&server), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn resources_that_may_not_be_removed_stay_in_the_state() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    forbid(&server, "TerminateInstances");
    project.imgctl(&["destroy"]).fails(3).says("ec2:TerminateInstances");
    assert!(project.has_state());
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn requests_are_repeated_after_throttling_and_internal_errors() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    server.rule(Rule::refuse("RunInstances", 503, "RequestLimitExceeded", THROTTLED));
    for action in ["DescribeImages", "RunInstances", "CreateImage"] {
        server.rule(Rule::refuse(action, 500, "InternalError", "An internal error has occurred"));
        server.rule(Rule::refuse(action, 503, "Unavailable", "The server is overloaded"));
    }
    project.imgctl(&words(&["up", "create_image", "destroy"])).succeeds();
    assert_eq!(own_images(&server, REGION).len(), 1);
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn an_image_name_that_is_taken_is_refused() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let first = project.imgctl(&words(&["up", "create_image:name=agent-7"])).succeeds();
    let first = created_image(&first);
    project.imgctl(&["up"]).succeeds();
    project
        .imgctl(&["create_image:name=agent-7"])
        .fails(3)
        .says("another image is already named agent-7")
        .says(&first)
        .hints("choose another name");
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.imgctl(&["up", "create_image:name=agent-8", "destroy"]).succeeds();
    assert_eq!(own_images(&server, REGION).len(), 2);
}

#[test]
fn an_image_that_any_version_of_a_launch_template_names_is_in_use() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let others = ["ami-1", "ami-2"].map(str::to_owned).to_vec();
    let with_image = [others.clone(), vec![image.clone()], others.clone()].concat();
    server.world(|world| {
        let region = world.region(REGION);
        region.templates = templates_of(&[&others, &others, &others, &with_image]);
    });
    let delete = format!("delete_image:{image}");
    project.imgctl(&[&delete]).fails(3).says("launch template").says("version 3");
    // By a parameter of Systems Manager, which EC2 resolves for one version at a time.
    let parameter = "resolve:ssm:/ci/agent".to_owned();
    server.world(|world| {
        let region = world.region(REGION);
        region.parameters.insert(parameter.clone(), image.clone());
        region.templates = templates_of(&[&others, &[others.clone(), vec![parameter]].concat()]);
    });
    project.imgctl(&[&delete]).fails(3).says("launch template").says("version 3");
    assert_eq!(own_images(&server, REGION).len(), 1);
    project.imgctl(&[&format!("{delete},force=true")]).succeeds();
    assert_eq!(own_images(&server, REGION).len(), 0);
    let snapshots = server.world(|world| world.region(REGION).snapshots.len());
    assert_eq!(snapshots, 0, "its snapshot is deleted with it");
    project.imgctl(&["destroy"]).succeeds();
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

#[test]
fn a_region_without_a_default_network_needs_a_subnet() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let message = "No default VPC for this user";
    server.rule(Rule::refuse("CreateSecurityGroup", 400, "VPCIdNotSpecified", message));
    project.imgctl(&words(&["up"])).fails(2).says(message).hints("set `subnet`");
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// EC2 forgets what it has accepted for no longer than a few seconds.
#[test]
fn a_group_that_stays_unknown_is_an_error_of_ec2() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let message = "The security group 'sg-1' does not exist";
    let unknown = Rule::refuse("RunInstances", 400, "InvalidGroup.NotFound", message);
    server.rule(unknown.times(1000));
    project.imgctl(&words(&["up"])).fails(2).says(message);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// Somebody else's broken template is no reason to keep an image.
#[test]
fn a_launch_template_whose_parameter_is_gone_is_passed_over() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let broken = ["resolve:ssm:/ci/deleted".to_owned()];
    server.world(|world| world.region(REGION).templates = templates_of(&[&broken, &broken]));
    project
        .imgctl(&[&format!("delete_image:{image}"), "destroy"])
        .succeeds()
        .says("resolve:ssm:/ci/deleted")
        .says("passed over");
    assert_eq!(own_images(&server, REGION).len(), 0);
}

/// A part of a list would be taken for the whole, and the rest for gone.
#[test]
fn a_list_whose_pages_lead_to_each_other_is_an_error() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    for action in ["DescribeInstances", "DescribeVolumes", "DescribeSnapshots", "DescribeImages"] {
        server.world(|world| world.endless = Some(action.to_owned()));
        let before = server.requests_of(action).len();
        let words = words(&["gc", "--older-than", "0s", "--yes"]);
        project.imgctl(&words).fails(3).says("the list has no end").hints("the endpoint");
        assert!(server.requests_of(action).len() - before <= 6, "{action}");
    }
    server.world(|world| world.endless = None);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}
