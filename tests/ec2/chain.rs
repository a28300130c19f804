//! The whole chain, as a user runs it, and that nothing is left behind.

use super::ask::{ask, texts};
use super::guest::{CloudProject, Ran};
use super::moto::Moto;
use super::world::{REGION, created_image, events, project, words};

/// Resources of a run that cost money or are open to the network.
pub fn left_behind(moto: &Moto) -> Vec<String> {
    let ask = |action: &str, parameters: &[(&str, &str)]| {
        ask(&moto.endpoint(), REGION, action, parameters)
    };
    let mut alive = vec![("Filter.1.Name", "instance-state-name")];
    let states = ["pending", "running", "stopping", "stopped", "shutting-down"];
    let names: Vec<String> = (1..=states.len()).map(|n| format!("Filter.1.Value.{n}")).collect();
    alive.extend(names.iter().map(String::as_str).zip(states));
    let mut left = texts(&ask("DescribeInstances", &alive), "instanceId");
    left.extend(texts(&ask("DescribeVolumes", &[]), "volumeId"));
    left.extend(texts(&ask("DescribeKeyPairs", &[]), "keyName"));
    left.extend(texts(&ask("DescribeSecurityGroups", &[]), "groupName"));
    left.retain(|name| name != "default");
    left
}

fn instances(moto: &Moto) -> String {
    ask(&moto.endpoint(), REGION, "DescribeInstances", &[])
}

fn status(project: &CloudProject) -> Ran {
    project.imgctl(&["status"]).succeeds()
}

#[test]
fn the_whole_chain_bakes_an_image_and_leaves_nothing_else() {
    let moto = Moto::start();
    let settings = "
ssh_from: [192.0.2.0/24, 198.51.100.9]
tags: {team: infrastructure}
disk: {size: 24GiB, encrypted: true}
endpoint:
";
    // The endpoint comes from where the SDK looks for it.
    let project = project(&moto.endpoint(), settings).env("AWS_ENDPOINT_URL", &moto.endpoint());
    // The text is what bootstrap read on the guest.
    project.imgctl(&words(&["up", "bootstrap", "tests"])).succeeds().says("made by bootstrap");

    let found = instances(&moto);
    let id = texts(&found, "instanceId").remove(0);
    assert_eq!(texts(&found, "imageId"), ["ami-02400000000000003"], "the newest of the vendor's");
    assert_eq!(texts(&found, "httpTokens"), ["required"], "IMDSv2");
    check_tags(&moto, &id);
    check_disk(&moto);
    check_group(&moto);
    assert!(project.guest(&id).join("home/agent.txt").exists());

    status(&project).says(&id).says("running").says("key-").says("sg-").says("step done");

    project.imgctl(&["up"]).succeeds().says("was up already");
    assert_eq!(texts(&instances(&moto), "instanceId").len(), 1, "no second one");

    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    project.imgctl(&["list_images"]).succeeds().says(&image);
    status(&project).says(&format!("image {image}"));
    check_image(&moto, &project, &image);

    project.imgctl(&["down"]).succeeds();
    status(&project).says("stopped");
    project.imgctl(&["up"]).succeeds();
    status(&project).says("running");
    project.imgctl(&["ssh:test -d ."]).succeeds();

    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&moto), Vec::<String>::new());
    assert!(!project.has_state(), "the state file is removed last");

    let cloud = words(&[]);
    let again = |word: &str| project.imgctl(&[&cloud[..], &[word]].concat()).succeeds();
    again("list_images").says(&image);
    again(&format!("delete_image:{image}"));
    again("list_images:all=true").never_says(&image);
    let snapshots = ask(&moto.endpoint(), REGION, "DescribeSnapshots", &[("Owner.1", "self")]);
    assert!(!snapshots.contains(&image), "its snapshot went with it");
    // There is nothing left to remove.
    project.imgctl(&["destroy"]).succeeds();
}

/// The tags of a resource: `key=value`.
fn tags_of(moto: &Moto, filter: &str, value: &str) -> Vec<String> {
    let filters = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
    let xml = ask(&moto.endpoint(), REGION, "DescribeTags", &filters);
    let pairs = texts(&xml, "key").into_iter().zip(texts(&xml, "value"));
    pairs.map(|(key, value)| format!("{key}={value}")).collect()
}

fn check_tags(moto: &Moto, instance: &str) {
    let volume =
        texts(&ask(&moto.endpoint(), REGION, "DescribeVolumes", &[]), "volumeId").remove(0);
    for id in [instance, &volume] {
        let tags = tags_of(moto, "resource-id", id);
        assert!(tags.iter().any(|tag| tag.starts_with("imgctl-run=20")), "{id}: {tags:?}");
        assert!(tags.contains(&"team=infrastructure".to_owned()), "{id}: {tags:?}");
        assert!(tags.contains(&"Name=imgctl-ubuntu2404".to_owned()), "{id}: {tags:?}");
    }
}

fn check_disk(moto: &Moto) {
    let volumes = ask(&moto.endpoint(), REGION, "DescribeVolumes", &[]);
    assert_eq!(texts(&volumes, "size"), ["24"]);
    assert_eq!(texts(&volumes, "encrypted"), ["true"]);
}

/// The temporary group allows SSH from the ranges of the settings, and nothing else.
fn check_group(moto: &Moto) {
    let filters = [("Filter.1.Name", "tag-key"), ("Filter.1.Value.1", "imgctl-run")];
    let groups = ask(&moto.endpoint(), REGION, "DescribeSecurityGroups", &filters);
    let ingress = texts(&groups, "ipPermissions").remove(0);
    assert_eq!(texts(&ingress, "cidrIp"), ["192.0.2.0/24", "198.51.100.9/32"]);
    assert_eq!(
        (texts(&ingress, "fromPort"), texts(&ingress, "toPort")),
        (vec!["22".into()], vec!["22".into()])
    );
    assert_eq!(texts(&ingress, "ipProtocol"), ["tcp"]);
}

/// Name, tags of the image and its snapshot, and the row of `--output json`.
fn check_image(moto: &Moto, project: &CloudProject, image: &str) {
    let printed = project.imgctl(&["--output", "json", "list_images"]).succeeds().stdout;
    let rows: Vec<_> =
        events(&printed).into_iter().filter(|event| event["event"] == "row").collect();
    assert_eq!(rows.len(), 1, "{printed}");
    let row = &rows[0]["row"];
    assert_eq!(row["id"], image, "{row}");
    assert!(row["name"].as_str().unwrap().starts_with("imgctl-ubuntu2404-20"), "{row}");
    assert_eq!(row["state"], "available");
    let created: jiff::Timestamp = row["created"].as_str().unwrap().parse().unwrap();
    assert_eq!(row["created"], created.to_string(), "in the form of every cloud");
    assert!(row["size"].is_number(), "bytes: {row}");

    let described = ask(&moto.endpoint(), REGION, "DescribeImages", &[("ImageId.1", image)]);
    let snapshot = texts(&described, "snapshotId").remove(0);
    for id in [image, &snapshot] {
        let tags = tags_of(moto, "resource-id", id);
        assert!(tags.iter().any(|tag| tag.starts_with("imgctl-run=20")), "{id}: {tags:?}");
        assert!(tags.contains(&"team=infrastructure".to_owned()), "{id}: {tags:?}");
    }
}

#[test]
fn a_key_pair_of_the_users_own_is_used_and_kept() {
    use base64::Engine;
    let moto = Moto::start();
    let pair = imgctl::ssh::keys::generate("mine").unwrap();
    let public = base64::prelude::BASE64_STANDARD.encode(&pair.public);
    let project = project(&moto.endpoint(), "{}");
    project.write("key.pem", &pair.private);
    project.write("key.pem.pub", &pair.public);
    let file = project.path().join("key.pem").display().to_string();
    let project = project.env("AWS_KEY_PAIR", "mine").env("AWS_KEY_FILENAME", &file);

    project.imgctl(&words(&["up"])).fails(2).says("mine").says(REGION);
    assert_eq!(left_behind(&moto), Vec::<String>::new());

    let key = [("KeyName", "mine"), ("PublicKeyMaterial", &public)];
    ask(&moto.endpoint(), REGION, "ImportKeyPair", &key);
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    assert_eq!(texts(&instances(&moto), "keyName"), ["mine"]);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&moto), ["mine"], "it belongs to the user");
}

#[test]
fn destroy_accepts_that_resources_are_gone_already() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let id = texts(&instances(&moto), "instanceId").remove(0);
    ask(&moto.endpoint(), REGION, "TerminateInstances", &[("InstanceId.1", &id)]);
    for name in texts(&ask(&moto.endpoint(), REGION, "DescribeKeyPairs", &[]), "keyName") {
        ask(&moto.endpoint(), REGION, "DeleteKeyPair", &[("KeyName", &name)]);
    }

    project.imgctl(&["up"]).fails(1).says(&id).says("imgctl destroy");
    project.imgctl(&["status"]).succeeds();

    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(left_behind(&moto), Vec::<String>::new());
    assert!(!project.has_state());
}
