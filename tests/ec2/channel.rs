//! Channels: parameters of Systems Manager; and what is published to other regions and accounts.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::ask::{ask, texts};
use super::echo::Echo;
use super::guest::CloudProject;
use super::moto::Moto;
use super::world::{REGION, created_image, project, words};

const PARAMETER: &str = "/imgctl/ubuntu2404/stable";

/// The value of a parameter, asked as the AWS command line asks. None: there is none.
fn parameter(moto: &Moto, region: &str, name: &str) -> Option<String> {
    let endpoint = moto.endpoint();
    let host = endpoint.strip_prefix("http://").unwrap();
    let body = json!({ "Name": name }).to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AmazonSSM.GetParameter\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{region}/ssm/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let reply: Value = serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap();
    reply["Parameter"]["Value"].as_str().map(str::to_owned)
}

fn image(project: &CloudProject, name: &str) -> String {
    let create = format!("create_image:name={name}");
    created_image(&project.imgctl(&words(&["up", &create])).succeeds())
}

#[test]
fn a_parameter_leads_to_the_promoted_image_and_is_a_base() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    let first = image(&project, "first");
    let place = format!("parameter {PARAMETER}");
    project
        .imgctl(&["promote:force=true"])
        .succeeds()
        .says(&format!("{place} in {REGION}: none -> {first}"));
    assert_eq!(parameter(&moto, REGION, PARAMETER), Some(first.clone()));
    project.imgctl(&["promote:force=true"]).succeeds().says("already").never_says(" -> ami");
    let second = image(&project, "second");
    project.imgctl(&["promote:force=true"]).succeeds().says(&format!("{first} -> {second}"));
    project.imgctl(&[&format!("promote:id={first},force=true")]).succeeds();
    assert_eq!(parameter(&moto, REGION, PARAMETER), Some(first.clone()));
    project
        .imgctl(&["promote:id=ami-0fffffffffffffff0,force=true"])
        .fails(1)
        .says("does not exist");
    project.imgctl(&["destroy"]).succeeds();

    // What is promoted is a base, by the parameter or by the channel.
    let base = "--set=base.ssm=/imgctl/ubuntu2404/stable";
    for words in [&words(&[base, "up"])[..], &words(&["up:base=channel:stable"])] {
        project.imgctl(words).succeeds().says(&format!("base image: first ({first})"));
        project.imgctl(&["destroy"]).succeeds();
    }
    let secret = "--set=publish.channel_names.ec2=/aws/mine";
    project
        .imgctl(&words(&[secret, &format!("promote:id={first},force=true")]))
        .fails(2)
        .hints("publish.channel_names.ec2");
}

#[test]
fn what_the_parameter_of_the_settings_names_is_not_pruned() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    let old = image(&project, "agent-20260101-000000");
    project.imgctl(&["promote:force=true"]).succeeds();
    image(&project, "agent-20260102-000000");
    let prune = words(&["--set=publish.channel=stable", "prune_images:keep=1,name=agent"]);
    project.imgctl(&prune).succeeds().says(&old).says("it is in the channel stable");
    // Without a setting it is the channel that `promote` takes.
    let plain = words(&["prune_images:keep=1,name=agent"]);
    project.imgctl(&plain).succeeds().says(&old).says("it is in the channel stable");
    let delete = format!("delete_image:{old}");
    project
        .imgctl(&words(&[&delete]))
        .fails(3)
        .says("is in the channel stable")
        .hints("force=true");
    project.imgctl(&["promote:force=true"]).succeeds();
    project.imgctl(&prune).succeeds().says(&format!("deleted agent-20260101-000000 ({old})"));
}

/// Whoever promotes may call channels otherwise than the settings of who deletes.
#[test]
fn what_any_parameter_names_is_neither_pruned_nor_deleted() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    let old = image(&project, "agent-20260101-000000");
    let elsewhere = "--set=publish.channel_names.ec2=/teams/a/{distribution}/{channel}";
    project.imgctl(&[elsewhere, "promote:channel=beta,force=true"]).succeeds();
    image(&project, "agent-20260102-000000");
    let user = "parameter /teams/a/ubuntu2404/beta";
    let prune = words(&["prune_images:keep=1,name=agent"]);
    for more in [&[][..], &["--dry-run"]] {
        let ran = project.imgctl(&[more, &prune[..]].concat()).succeeds();
        ran.says(&format!("kept agent-20260101-000000 ({old})")).says(&format!("{user} uses it"));
    }
    let delete = format!("delete_image:{old}");
    project.imgctl(&words(&[&delete])).fails(3).says("is in use").says(user).hints("force=true");
    project.write("scripts/own.rhai", &format!("//! Deletes.\ncloud::delete_image(\"{old}\");\n"));
    project.imgctl(&words(&["own"])).fails(3).says(user);
    // It is free as soon as another image is in the channel.
    project.imgctl(&[elsewhere, "promote:channel=beta,force=true"]).succeeds();
    project.imgctl(&prune).succeeds().says(&format!("deleted agent-20260101-000000 ({old})"));
    project.imgctl(&["destroy"]).succeeds();
}

/// An account without Systems Manager deletes its images all the same, and is told what is not known.
#[test]
fn parameters_that_may_not_be_read_are_told() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    let image = image(&project, "agent-20260101-000000");
    let ssm = Echo::with(|request| {
        let kind = match request.contains("AmazonSSM.GetParameter\r") {
            true => "ParameterNotFound",
            false => "AccessDeniedException",
        };
        let body = json!({"__type": kind, "message": "no"}).to_string();
        let length = body.len();
        format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    });
    let project = project.env("AWS_ENDPOINT_URL_SSM", &ssm.url());
    let ran = project.imgctl(&words(&[&format!("delete_image:{image}"), "destroy"])).succeeds();
    ran.says("cannot tell which parameters hold the ids of images").says("lack a permission");
}

#[test]
fn a_missing_right_is_named() {
    let moto = Moto::start();
    let project = project(&moto.endpoint(), "{}");
    let first = image(&project, "first");
    // Whoever answers for Systems Manager allows only to read.
    let ssm = Echo::with(|request| {
        let (status, body) = match request.contains("AmazonSSM.GetParameter") {
            true => ("400 Bad Request", json!({"__type": "ParameterNotFound"})),
            false => {
                ("400 Bad Request", json!({"__type": "AccessDeniedException", "message": "no"}))
            }
        };
        let body = body.to_string();
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    });
    let project = project.env("AWS_ENDPOINT_URL_SSM", &ssm.url());
    let ran = project.imgctl(&[&format!("promote:id={first},force=true")]).fails(3);
    ran.says("lack a permission").hints("ssm:PutParameter");
    project.imgctl(&["destroy"]).succeeds();
}

/// The settings of `publish:` for a dictionary in a clone beside the project.
fn published(moto: &Moto) -> CloudProject {
    let project = project(&moto.endpoint(), "{}");
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    config["publish"] = json!({
        "dictionary": {"repository": "clone", "file": "images.yaml", "path": "images.{region}.{distribution}"},
        "regions": {"ec2": ["eu-west-1", "ap-southeast-2"]},
        "accounts": {"ec2": ["444455556666"]},
        "channel": "stable",
        "deprecate": {"ec2": "30d"},
    });
    project.write("config.yaml", &config.to_string());
    project.write(".gitconfig", "[user]\nname = A User\nemail = a@example.com\n");
    let git = |folder: &str, words: &[&str]| {
        let output = std::process::Command::new("git")
            .args(words)
            .current_dir(project.path().join(folder))
            .env("HOME", project.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(".", &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    git(".", &["clone", "--quiet", "remote.git", "clone"]);
    git("clone", &["checkout", "--quiet", "-b", "main"]);
    project.write("clone/images.yaml", "images: {}\n");
    git("clone", &["add", "images.yaml"]);
    git("clone", &["commit", "--quiet", "--message=Images"]);
    git("clone", &["push", "--quiet", "origin", "main"]);
    project
}

#[test]
fn an_image_is_published_to_regions_and_accounts() {
    let moto = Moto::start();
    let project = published(&moto);
    let regions = [REGION, "eu-west-1", "ap-southeast-2"];
    let own = |region: &str| {
        ask(
            &moto.endpoint(),
            region,
            "DescribeImages",
            &[("Owner.1", "self"), ("IncludeDeprecated", "true")],
        )
    };
    let publish = |before: &[&str]| project.imgctl(&[before, &["publish:force=true"]].concat());
    let mut known: Vec<Vec<String>> = vec![Vec::new(); regions.len()];
    for name in ["first", "second"] {
        let made = image(&project, name);
        publish(&[]).succeeds();
        // Again: nothing is made a second time.
        publish(&[]).succeeds().never_says(" -> ami-");
        for (known, region) in known.iter_mut().zip(regions) {
            let now = texts(&own(region), "imageId");
            assert_eq!(now.len(), known.len() + 1, "{region}");
            let new = now.iter().find(|id| !known.contains(id)).unwrap().clone();
            assert!(region != REGION || new == made);
            assert_eq!(parameter(&moto, region, PARAMETER).as_ref(), Some(&new), "{region}");
            let asked = [("ImageId", new.as_str()), ("Attribute", "launchPermission")];
            let shared = ask(&moto.endpoint(), region, "DescribeImageAttribute", &asked);
            assert_eq!(texts(&shared, "userId"), ["444455556666"], "{region}");
            for old in known.iter() {
                let old = ask(&moto.endpoint(), region, "DescribeImages", &[("ImageId.1", old)]);
                assert_eq!(texts(&old, "deprecationTime").len(), 1, "{region}");
            }
            let new_shown = ask(&moto.endpoint(), region, "DescribeImages", &[("ImageId.1", &new)]);
            assert_eq!(texts(&new_shown, "deprecationTime"), Vec::<String>::new(), "{region}");
            known.push(new);
        }
    }
    project.imgctl(&["destroy"]).succeeds();
}
