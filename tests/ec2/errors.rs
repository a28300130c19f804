//! What goes wrong before anything is made, and what is refused.

use std::net::TcpListener;

use super::ask::{ask, texts};
use super::chain::left_behind;
use super::guest::CloudProject;
use super::moto::Moto;
use super::world::{REGION, project, words};

fn with_base(moto: &Moto, base: &str) -> CloudProject {
    let user = super::guest::user();
    let base = format!("distributions: {{ubuntu2404: {{username: {user}, base: {base}}}}}");
    project(&moto.endpoint(), &base)
}

#[test]
fn a_base_image_that_is_not_there_ends_it_before_anything_is_made() {
    let moto = Moto::start();

    let own = project(&moto.endpoint(), "{}");
    let said = own.fails(2, &words(&["up:base=ami-0fffffffffffffff0"]));
    assert!(said.contains("ami-0fffffffffffffff0") && said.contains(REGION), "{said}");

    let none = with_base(
        &moto,
        "{owner: '099720109477', name: 'ubuntu/images/hvm-ssd*/ubuntu-none-99.04-*'}",
    );
    let said = none.fails(2, &words(&["up"]));
    for part in ["ubuntu-none-99.04", REGION, "099720109477"] {
        assert!(said.contains(part), "names {part}: {said}");
    }
    assert!(said.contains("ubuntu-noble-24.04-amd64-server-20261101"), "the nearest: {said}");

    let stranger = with_base(&moto, "{owner: '555555555555', name: 'ubuntu/*'}");
    let said = stranger.fails(2, &words(&["up"]));
    assert!(said.contains("555555555555") && said.contains("hint:"), "{said}");

    let parameter = with_base(&moto, "{ssm: /aws/service/no/such/thing}");
    let said = parameter.fails(2, &words(&["up"]));
    assert!(said.contains("/aws/service/no/such/thing") && said.contains(REGION), "{said}");

    for project in [own, none, stranger, parameter] {
        let run = project.imgctl(&["status"]);
        assert!(!run.stdout.contains("instance "), "{}", run.stdout);
    }
    let instances = ask(&moto.endpoint(), REGION, "DescribeInstances", &[]);
    assert_eq!(texts(&instances, "instanceId"), Vec::<String>::new());
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn each_shipped_query_finds_its_vendors_newest() {
    let moto = Moto::start();
    let project = project(
        &moto.endpoint(),
        // Too old for a key handed in; and no machine is logged in to here.
        "distributions: {ubuntu1404: {ssh: {host_key: first_use}}}",
    );
    // From the catalogue: of each, the newest that the vendor itself published, available and x86_64.
    let newest = [
        ("ubuntu1404", "ami-01400000000000002"),
        ("ubuntu2204", "ami-02200000000000002"),
        ("ubuntu2404", "ami-02400000000000003"),
        ("debian12", "ami-01200000000000002"),
        ("debian13", "ami-01300000000000002"),
        ("centos7", "ami-07000000000000002"),
        ("rocky9", "ami-09000000000000002"),
        ("almalinux9", "ami-09000000000000012"),
        ("fedora", "ami-04300000000000002"),
        ("amazonlinux2023", "ami-09667c8f5c7c258a2"),
    ];
    project.write("scripts/base.rhai", "//! Starts an instance.\ncloud::up();\n");
    for (distribution, id) in newest {
        let distribution = format!("distribution:{distribution}");
        project.succeeds(&["cloud:ec2", "region:us-west-2", &distribution, "base"]);
        let shown = ask(
            &moto.endpoint(),
            REGION,
            "DescribeInstances",
            &[("Filter.1.Name", "instance-state-name"), ("Filter.1.Value.1", "running")],
        );
        assert_eq!(texts(&shown, "imageId"), [id], "{distribution}");
        project.succeeds(&["destroy"]);
    }
}

#[test]
fn a_base_image_may_be_named_by_a_public_parameter() {
    let moto = Moto::start();
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let project = with_base(&moto, &format!("{{ssm: {name}}}"));
    project.succeeds(&words(&["up", "bootstrap"]));
    let shown = ask(&moto.endpoint(), REGION, "DescribeInstances", &[]);
    assert_eq!(texts(&shown, "imageId"), ["ami-09667c8f5c7c258a2"]);
    project.succeeds(&["destroy"]);
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn settings_that_lead_nowhere_are_named() {
    let moto = Moto::start();

    let unknown = project(&moto.endpoint(), "security_groups: [no-such-group]");
    let said = unknown.fails(2, &words(&["up"]));
    assert!(said.contains("no-such-group"), "{said}");

    let subnet = project(&moto.endpoint(), "subnet: subnet-0123456789abcdef0");
    let said = subnet.fails(2, &words(&["up"]));
    assert!(said.contains("subnet-0123456789abcdef0"), "{said}");

    let range = project(&moto.endpoint(), "ssh_from: everybody");
    let said = range.fails(2, &words(&["up"]));
    assert!(said.contains("ssh_from") && said.contains("everybody"), "{said}");

    for project in [unknown, subnet, range] {
        project.succeeds(&["destroy"]);
    }
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn without_credentials_or_an_endpoint_it_says_what_is_missing() {
    // A port that nothing listens on any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{port}");

    let project = project(&nowhere, "{}");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains(&nowhere) || said.contains("endpoint"), "{said}");
    assert!(said.contains("hint:"), "{said}");

    let config = format!("clouds: {{ec2: {{endpoint: '{nowhere}'}}}}");
    let nobody = CloudProject::new(&config).env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = nobody.imgctl(&words(&["up"]));
    assert!([2, 3].contains(&ran.status), "{ran:?}");
    assert!(ran.stderr.contains("credentials") && ran.stderr.contains("hint:"), "{ran:?}");

    let regionless = CloudProject::new(&config)
        .env("AWS_ACCESS_KEY_ID", "imgctl")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let said = regionless.fails(2, &["cloud:ec2", "distribution:ubuntu2404", "up"]);
    assert!(said.contains("region"), "{said}");
}
