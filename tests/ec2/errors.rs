//! Errors of the settings, found before anything is made.

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
fn a_missing_base_image_is_reported_before_anything_is_made() {
    let moto = Moto::start();

    let own = project(&moto.endpoint(), "{}");
    own.imgctl(&words(&["up:base=ami-0fffffffffffffff0"]))
        .fails(2)
        .says("ami-0fffffffffffffff0")
        .says(REGION);

    let none = with_base(
        &moto,
        "{owner: '099720109477', name: 'ubuntu/images/hvm-ssd*/ubuntu-none-99.04-*'}",
    );
    none.imgctl(&words(&["up"]))
        .fails(2)
        .says("ubuntu-none-99.04")
        .says(REGION)
        .says("099720109477")
        .says("nearest: ami-02400000000000003 ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04");

    let stranger = with_base(&moto, "{owner: '555555555555', name: 'ubuntu/*'}");
    stranger
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("555555555555")
        .hints("check the owner's account id");

    let parameter = with_base(&moto, "{ssm: /aws/service/no/such/thing}");
    parameter.imgctl(&words(&["up"])).fails(2).says("/aws/service/no/such/thing").says(REGION);

    for project in [own, none, stranger, parameter] {
        let ran = project.imgctl(&["status"]);
        assert!(!ran.stdout.contains("instance "), "{ran}");
    }
    let instances = ask(&moto.endpoint(), REGION, "DescribeInstances", &[]);
    assert_eq!(texts(&instances, "instanceId"), Vec::<String>::new());
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn requests_and_replies_are_shown_on_request() {
    let moto = Moto::start();
    let project = with_base(&moto, "{owner: '099720109477', name: 'ubuntu/*'}");
    let listed = project.imgctl(&words(&["-vv", "list_images"])).succeeds();
    listed
        .says(&format!("sent ec2:DescribeImages in {REGION}"))
        .says("Action=DescribeImages")
        .says("read status 200")
        .says("<DescribeImagesResponse")
        .never_says("Signature=");
    project.imgctl(&words(&["-v", "list_images"])).succeeds().never_says("Action=");
}

#[test]
fn each_shipped_query_finds_its_vendors_newest() {
    let moto = Moto::start();
    let project = project(
        &moto.endpoint(),
        // Its cloud-init is too old to install a host key; and this test logs in nowhere.
        "distributions: {ubuntu1404: {ssh: {host_key: first_use}}}",
    );
    // The newest in the catalogue that the vendor itself published, available and for x86_64.
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
        ("fedora43", "ami-04300000000000001"),
        ("fedora44", "ami-04300000000000002"),
        ("amazonlinux2023", "ami-09667c8f5c7c258a2"),
    ];
    project.write("scripts/base.rhai", "//! Starts an instance.\ncloud::up();\n");
    for (distribution, id) in newest {
        let distribution = format!("distribution:{distribution}");
        project.imgctl(&["cloud:ec2", "region:us-west-2", &distribution, "base"]).succeeds();
        let shown = ask(
            &moto.endpoint(),
            REGION,
            "DescribeInstances",
            &[("Filter.1.Name", "instance-state-name"), ("Filter.1.Value.1", "running")],
        );
        assert_eq!(texts(&shown, "imageId"), [id], "{distribution}");
        project.imgctl(&["destroy"]).succeeds();
    }
}

#[test]
fn a_base_image_can_be_named_by_a_public_parameter() {
    let moto = Moto::start();
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let project = with_base(&moto, &format!("{{ssm: {name}}}"));
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let shown = ask(&moto.endpoint(), REGION, "DescribeInstances", &[]);
    assert_eq!(texts(&shown, "imageId"), ["ami-09667c8f5c7c258a2"]);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn settings_that_name_nothing_are_reported() {
    let moto = Moto::start();

    let unknown = project(&moto.endpoint(), "security_groups: [no-such-group]");
    unknown.imgctl(&words(&["up"])).fails(2).says("no-such-group");

    let subnet = project(&moto.endpoint(), "subnet: subnet-0123456789abcdef0");
    subnet.imgctl(&words(&["up"])).fails(2).says("subnet-0123456789abcdef0");

    let range = project(&moto.endpoint(), "ssh_from: everybody");
    range.imgctl(&words(&["up"])).fails(2).says("ssh_from").says("everybody");

    for project in [unknown, subnet] {
        project.imgctl(&["destroy"]).succeeds();
    }
    assert_eq!(left_behind(&moto), Vec::<String>::new());
}

#[test]
fn missing_credentials_endpoint_and_region_are_reported() {
    // Nothing listens on this port any longer.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{port}");

    let project = project(&nowhere, "{}");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("the endpoint cannot be reached")
        .hints("check the region's name");

    let config = format!("clouds: {{ec2: {{endpoint: '{nowhere}'}}}}");
    let nobody = CloudProject::new(&config).env("AWS_EC2_METADATA_DISABLED", "true");
    nobody
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("no usable AWS credentials")
        .hints("set AWS_PROFILE");

    let regionless = CloudProject::new(&config)
        .env("AWS_ACCESS_KEY_ID", "imgctl")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    regionless.imgctl(&["cloud:ec2", "distribution:ubuntu2404", "up"]).fails(2).says("region");
}
