//! Several combinations on emulated clouds: killed again and again, and with one login.

#![cfg(all(feature = "ec2", feature = "openstack"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "support/guest.rs"]
mod guest;
#[path = "support/openstack_server/mod.rs"]
mod openstack_server;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use ec2_server::world::ACCOUNT;
use ec2_server::{Delays, Ec2Server};
use guest::{CloudProject, proxy_command, user};
use openstack_server::OpenStackServer;
use serde_json::{Value, json};

const REGION: &str = "us-west-2";
/// Of each cloud.
const COUNT: usize = 10;
/// The lines of its output after which imgctl is killed.
const KILLS: [usize; 3] = [90, 30, 170];

/// A bake in small.
const CHAIN: [&str; 3] = ["up", "bootstrap", "create_image"];

struct Clouds {
    ec2: Ec2Server,
    openstack: OpenStackServer,
    project: CloudProject,
}

impl Clouds {
    fn start() -> Clouds {
        let (ec2, openstack) = (Ec2Server::start(Delays::default()), OpenStackServer::start());
        let guests =
            |facts: &str| json!({"proxy_command": proxy_command(facts), "ready_timeout": "60s"});
        let debian = json!({"owner": "099720109477", "name": "ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*"});
        let facts = format!("ec2 --endpoint {} --region {REGION}", ec2.endpoint());
        let config = json!({"clouds": {
            "ec2": {
                "region": REGION,
                "ssh_from": "192.0.2.0/24",
                "poll_every": "200ms",
                "settle_timeout": "3s",
                "ssh": guests(&facts),
                "distributions": distributions(&debian),
            },
            "openstack": {
                "ssh_from": "192.0.2.0/24",
                "ssh": guests(&openstack.facts()),
                "distributions": distributions(&json!({"os_distro": "debian", "os_version": "12", "pattern": "*debian*12*", "visibility": "public"})),
            },
        }});
        let project = CloudProject::new(&config.to_string())
            .env("AWS_ENDPOINT_URL", &ec2.endpoint())
            .env("AWS_ACCESS_KEY_ID", "imgctl")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            // Credentials of the machine that runs the tests must not be used.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("OS_AUTH_URL", &openstack.auth_url())
            .env("OS_USERNAME", "me")
            .env("OS_PASSWORD", "secret")
            .env("OS_PROJECT_NAME", "ci");
        Clouds { ec2, openstack, project }
    }

    /// Runs a command, and kills it when it has said so many lines.
    fn kill_after(&self, lines: usize, words: &[&str]) {
        let mut command = self.project.command(words);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let said: Vec<String> = said.lines().take(lines).map(Result::unwrap).collect();
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        println!("killed after {lines} lines:\n{}", said.join("\n"));
    }

    /// By the emulators' own books.
    fn images(&self) -> BTreeSet<String> {
        let of_ec2 = self.ec2.world(|world| {
            let all = world.regions.values().flat_map(|region| &region.images);
            let own = all.filter(|image| image.owner == ACCOUNT);
            own.map(|image| image.id.clone()).collect::<Vec<_>>()
        });
        let of_openstack = self.openstack.world(|world| {
            let id = |image: &Value| image["id"].as_str().unwrap().to_owned();
            world.own_images().into_iter().map(id).collect::<Vec<_>>()
        });
        of_ec2.into_iter().chain(of_openstack).collect()
    }

    /// What costs money or lets somebody in.
    fn left(&self) -> Vec<String> {
        let of_ec2 = self.ec2.world(|world| {
            world.settle();
            let left = world.regions.values().flat_map(|region| region.left_behind());
            left.collect::<Vec<_>>()
        });
        let of_openstack = self.openstack.world(|world| world.debris());
        [of_ec2, of_openstack].concat()
    }

    /// The images that the results name.
    fn results(&self) -> BTreeSet<String> {
        let folders = std::fs::read_dir(self.project.path().join(".imgctl")).unwrap();
        let results = folders.map(|entry| entry.unwrap().path().join("result.json"));
        let read = |path| std::fs::read_to_string(path).ok();
        let results = results.filter_map(read).map(|text| serde_json::from_str::<Value>(&text));
        results.map(|it| it.unwrap()["image"].as_str().unwrap_or("none").to_owned()).collect()
    }
}

fn distributions(base: &Value) -> Value {
    let one = |number| (format!("agent{number:02}"), json!({"username": user(), "base": base}));
    Value::Object((1..=COUNT).map(one).collect())
}

fn names(count: usize) -> String {
    (1..=count).map(|number| format!("agent{number:02}")).collect::<Vec<_>>().join(",")
}

#[test]
fn twenty_are_killed_again_and_again_and_leave_an_image_each() {
    let clouds = Clouds::start();
    let all = names(COUNT);
    let options = ["--cloud", "ec2,openstack", "--distribution", &all, "--jobs", "10"];
    let words = [&CHAIN[..], &options].concat();
    for lines in KILLS {
        clouds.kill_after(lines, &words);
    }
    let ran = clouds.project.imgctl(&words).succeeds();
    assert_eq!(clouds.images(), clouds.results(), "{ran}");
    assert_eq!(clouds.images().len(), 2 * COUNT, "{ran}");

    let words = [&["destroy"][..], &options].concat();
    clouds.kill_after(15, &words);
    let ran = clouds.project.imgctl(&words).succeeds();
    assert_eq!(clouds.left(), Vec::<String>::new(), "{ran}");
    assert_eq!(clouds.images().len(), 2 * COUNT, "{ran}");
}

#[test]
fn four_of_a_cloud_log_in_once() {
    let clouds = Clouds::start();
    let all = names(4);
    let own = ["destroy", "--cloud", "openstack", "--distribution", &all];
    let words = [&CHAIN[..], &own].concat();
    clouds.project.imgctl(&words).succeeds();
    assert_eq!(clouds.images().len(), 4);
    assert_eq!(clouds.openstack.requests("POST /identity").len(), 1);
}
