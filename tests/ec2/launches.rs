//! The requests RunInstances and CopyImage, by the settings.

use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::crashes::left_behind;
use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server, Form};
use super::guest::{proxy_command, user};
use super::world::{REGION, project, words};

/// Starts an instance with these settings, removes it, and returns the parameters of RunInstances.
fn launch(settings: &str) -> Form {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), settings);
    project.imgctl(&words(&["up", "destroy"])).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    server.requests_of("RunInstances").remove(0).form
}

#[test]
fn the_defaults_are_safe() {
    let form = launch("{}");
    assert_eq!(form.get("MetadataOptions.HttpTokens"), "required", "IMDSv2 only");
    assert_eq!(form.get("InstanceInitiatedShutdownBehavior"), "stop");
    assert_eq!(form.get("InstanceMarketOptions.MarketType"), "");
    assert_eq!(form.get("IamInstanceProfile.Name"), "", "no role");
    assert_eq!((form.get("MinCount"), form.get("MaxCount")), ("1", "1"));
    assert!(!form.get("ClientToken").is_empty());
    for kind in ["instance", "volume", "network-interface"] {
        let tags = form.tags_for(kind);
        assert!(tags.contains_key("imgctl-run") && tags.contains_key("Name"), "{kind}: {tags:?}");
    }
    let disk = form.parts("BlockDeviceMapping").remove(0);
    assert_eq!(disk.get("DeviceName"), "/dev/sda1", "the root device of the image");
    assert_eq!(disk.get("Ebs.DeleteOnTermination"), "true");
}

#[test]
fn the_temporary_group_is_open_to_the_callers_address() {
    let server = Ec2Server::start(Delays::short());
    let settings = format!("{{ssh_from: auto, public_address_url: '{}'}}", server.endpoint());
    let project = project(&server.endpoint(), &settings);
    project.imgctl(&words(&["up"])).succeeds();
    let open = server.world(|world| world.region(REGION).groups[1].open_to(22));
    assert_eq!(open, ["203.0.113.7/32"]);
    let rules = server.world(|world| world.region(REGION).groups[1].ingress.len());
    assert_eq!(rules, 1, "and to nothing else");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn settings_for_network_disk_and_market_are_used() {
    let form = launch(
        "
subnet: subnet-0abc
address: private
ssh_from: 10.0.0.0/8
security_groups: [default]
disk: {device: /dev/xvda, size: 40GiB, type: io2, encrypted: true, encryption_key: alias/images, iops: 4000}
spot: {max_price: '0.05'}
shutdown: terminate
tags: {team: infrastructure}
",
    );
    let interface = form.parts("NetworkInterface").remove(0);
    assert_eq!(interface.get("SubnetId"), "subnet-0abc");
    assert_eq!(interface.get("AssociatePublicIpAddress"), "false");
    assert_eq!(interface.list("SecurityGroupId"), ["sg-0default"]);
    let disk = form.parts("BlockDeviceMapping").remove(0);
    let wanted = [
        ("DeviceName", "/dev/xvda"),
        ("Ebs.VolumeSize", "40"),
        ("Ebs.VolumeType", "io2"),
        ("Ebs.Encrypted", "true"),
        ("Ebs.KmsKeyId", "alias/images"),
        ("Ebs.Iops", "4000"),
    ];
    for (name, value) in wanted {
        assert_eq!(disk.get(name), value, "{name}");
    }
    assert_eq!(form.get("InstanceMarketOptions.MarketType"), "spot");
    assert_eq!(form.get("InstanceMarketOptions.SpotOptions.MaxPrice"), "0.05");
    assert_eq!(form.get("InstanceInitiatedShutdownBehavior"), "terminate");
    assert_eq!(form.tags_for("volume")["team"], "infrastructure");
    assert_eq!(form.tags_for("spot-instances-request")["team"], "infrastructure");
    // A spot instance of one request cannot be stopped, whatever `shutdown` is by default.
    let form = launch("spot: {}");
    assert_eq!(form.get("InstanceInitiatedShutdownBehavior"), "terminate");
}

#[test]
fn a_key_that_ec2_does_not_import_is_installed_by_cloud_init_alone() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "key_file: key");
    let key = project.path().join("key");
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", "", "-t", "ecdsa", "-f"]).arg(&key);
    assert!(command.status().unwrap().success());
    project.imgctl(&words(&["up", "ssh:true", "destroy"])).succeeds();
    assert_eq!(server.requests_of("ImportKeyPair").len(), 0);
    assert_eq!(server.requests_of("RunInstances").remove(0).form.get("KeyName"), "");
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

/// The metadata service answers by IPv6 where that is asked for, and the address of this computer may not be the one
/// that SSH would come from.
#[test]
fn a_subnet_without_ipv4_needs_a_range_of_ipv6() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.ipv6_subnets.insert("subnet-0six".to_owned()));
    let project = project(&server.endpoint(), "subnet: subnet-0six");
    project
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("subnet-0six has IPv6 addresses only")
        .says("192.0.2.0/24")
        .hints("set `ssh_from`");
    assert_eq!(left_behind(&server), Vec::<String>::new());
    project.imgctl(&words(&["--set", "ssh_from=2001:db8::/32", "up", "destroy"])).succeeds();
    let form = server.requests_of("RunInstances").remove(0).form;
    assert_eq!(form.get("MetadataOptions.HttpProtocolIpv6"), "enabled");
    assert_eq!(launch("{}").get("MetadataOptions.HttpProtocolIpv6"), "");
}

#[test]
fn an_instance_profile_is_given_by_its_name_or_arn() {
    let form = launch("instance_profile: ci-build");
    assert_eq!(form.get("IamInstanceProfile.Name"), "ci-build");
    let arn = "arn:aws:iam::111122223333:instance-profile/ci-build";
    let form = launch(&format!("instance_profile: '{arn}'"));
    assert_eq!(form.get("IamInstanceProfile.Arn"), arn);
    assert_eq!(form.get("IamInstanceProfile.Name"), "");
}

#[test]
fn a_public_address_that_comes_late_is_waited_for() {
    let server = Ec2Server::start(Delays::short());
    server.world(|world| world.late_address = 3);
    let public = project(&server.endpoint(), "{}");
    public.imgctl(&words(&["up"])).succeeds();
    let address = server.world(|world| world.region(REGION).instances[0].address.clone());
    public.imgctl(&["status"]).succeeds().says(&address);
    public.imgctl(&["destroy"]).succeeds();

    server.world(|world| world.private_subnets.insert("subnet-0private".to_owned()));
    let private = project(&server.endpoint(), "subnet: subnet-0private");
    private.imgctl(&words(&["up"])).succeeds();
    private.imgctl(&["status"]).succeeds().says("10.0.0.");
    private.imgctl(&["destroy"]).succeeds();
}

#[test]
fn self_destruct_terminates_the_instance_without_imgctl() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{user_data_file: mine.sh, self_destruct: 2h}");
    project.write("mine.sh", "#!/bin/sh\necho mine\n");
    project.imgctl(&words(&["up"])).succeeds();
    let form = server.requests_of("RunInstances").remove(0).form;
    assert_eq!(form.get("InstanceInitiatedShutdownBehavior"), "terminate");
    let id = server.world(|world| world.region(REGION).instances[0].id.clone());
    let parts = std::fs::read_dir(project.guest(&id).join("user-data")).unwrap();
    let parts: Vec<String> =
        parts.map(|part| std::fs::read_to_string(part.unwrap().path()).unwrap()).collect();
    assert!(parts.iter().any(|part| part.contains("echo mine")), "the user's own: {parts:?}");
    assert!(
        parts.iter().any(|part| part.contains("poweroff") || part.contains("shutdown")),
        "{parts:?}"
    );
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn copies_are_encrypted_with_the_key_of_their_region() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "tags: {team: infrastructure}");
    project.write(
        "scripts/publish.rhai",
        "//! Copies.\ncloud::copy_image(\"newest\", [#{ region: \"eu-west-1\", encryption_key: \"alias/one\" }, \
         #{ region: \"eu-west-2\", encryption_key: \"alias/two\" }, \"eu-west-3\"]);\n",
    );
    project.imgctl(&words(&["up", "create_image", "publish", "destroy"])).succeeds();
    let mut keys: Vec<(String, String)> = server
        .requests_of("CopyImage")
        .into_iter()
        .map(|copy| (copy.region.clone(), copy.form.get("KmsKeyId").to_owned()))
        .collect();
    keys.sort();
    let wanted = [("eu-west-1", "alias/one"), ("eu-west-2", "alias/two"), ("eu-west-3", "")];
    assert_eq!(keys, wanted.map(|(region, key)| (region.to_owned(), key.to_owned())));
    let tags = server.world(|world| {
        let images = &world.region("eu-west-3").images;
        images
            .iter()
            .find(|image| image.owner == super::ec2_server::world::ACCOUNT)
            .unwrap()
            .tags
            .clone()
    });
    assert_eq!(tags["team"], "infrastructure", "tags are carried");
}

#[test]
fn gc_finds_the_remains_of_a_run_without_a_state_file() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    std::fs::remove_file(project.path().join(".state.json")).unwrap();
    let cloud = ["--cloud", "ec2", "--region", REGION, "--distribution", "ubuntu2404"];
    project.imgctl(&[&cloud[..], &["--yes", "gc", "--older-than", "0s"]].concat()).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_host_key_the_instance_made_itself_is_read_from_its_console() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let (told, looked) = channel();
    // The console is empty at first.
    server.rule(Rule::before("GetConsoleOutput", move || told.send(()).unwrap()));
    let setting = ["--set", "ssh.host_key=console"];
    let process = project.command(&[&setting[..], &words(&["up", "ssh:true"])].concat()).spawn();
    let mut process = process.unwrap();
    looked.recv_timeout(Duration::from_secs(120)).unwrap();
    let id = server.world(|world| world.region(REGION).instances[0].id.clone());
    let facts = format!("ec2 --endpoint {} --region {REGION}", server.endpoint());
    let boot = proxy_command(&facts).replace("%r", &user()).replace("{instance}", &id) + " --boot";
    let boot = Command::new("sh").arg("-c").arg(boot).current_dir(project.path()).output().unwrap();
    assert!(boot.status.success(), "{boot:?}");
    let console = String::from_utf8(boot.stdout).unwrap();
    assert!(console.contains("BEGIN SSH HOST KEY KEYS"), "{console}");
    server.world(|world| world.console = console);
    assert!(process.wait().unwrap().success());

    // No host key was installed, and none was trusted on first use.
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert!(state["instances"]["build"]["launch"]["host_key"].is_null(), "{state}");
    assert!(state["instances"]["build"]["host_key"].is_string(), "{state}");
    assert_eq!(state["host_keys"], serde_json::json!({}), "pinned by the console's word");
    project.imgctl(&["destroy"]).succeeds();
}
