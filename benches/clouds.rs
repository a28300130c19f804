//! Emulated clouds on which things take known times, with projects on them.

#[path = "../tests/support/beds.rs"]
mod beds;
#[path = "../tests/ec2/world.rs"]
mod ec2;
#[path = "../tests/support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "../tests/support/gce_server.rs"]
mod gce_server;
#[path = "../tests/openstack/world.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod openstack;
#[path = "../tests/support/openstack_server/mod.rs"]
mod openstack_server;

use std::time::Duration;

use super::guest;
use super::measure::seconds;
pub use ec2::REGION;
use ec2_server::Ec2Server;
use gce_server::GceServer;
use guest::CloudProject;
use openstack_server::OpenStackServer;
use openstack_server::world::Delays;

const CHAIN: [&str; 5] = ["up", "bootstrap", "tests", "create_image", "destroy"];

const RUN: Duration = Duration::from_secs(10);
/// Of a server; on Google the deletion of the instance, whose disk the image is made of.
const STOP: Duration = Duration::from_secs(8);
const IMAGE: Duration = Duration::from_secs(12);
/// Of a server; on Google that of the disk.
const DELETE: Duration = Duration::from_secs(6);

/// What the chain waits for, one after the other.
pub const WAITS: [Duration; 4] = [RUN, STOP, IMAGE, DELETE];

pub fn ec2_server() -> Ec2Server {
    let (copy, terminate) = (Duration::ZERO, DELETE);
    Ec2Server::start(ec2_server::Delays { run: RUN, stop: STOP, image: IMAGE, terminate, copy })
}

/// Wall time of the chain, in seconds; `settings` are those of the cloud.
pub fn on_ec2(settings: &str) -> f64 {
    let server = ec2_server();
    wall(&ec2::project(&server.endpoint(), settings), &ec2::words(&CHAIN))
}

/// As [`on_ec2`].
pub fn on_openstack(settings: &str) -> f64 {
    let server = OpenStackServer::start();
    let delays = Delays { run: RUN, stop: STOP, image: IMAGE, delete: DELETE };
    server.world(|world| world.delays = delays);
    wall(&openstack::project(&server, settings), &openstack::words(&CHAIN))
}

/// As [`on_ec2`]; the settings are lines with four spaces before each.
pub fn on_gce(settings: &str) -> f64 {
    let server = GceServer::start();
    let seconds = |delay: Duration| delay.as_secs();
    let delays = serde_json::json!({
        "instances.insert": seconds(RUN),
        "instances.delete": seconds(STOP),
        "images.insert": seconds(IMAGE),
        "disks.delete": seconds(DELETE),
    });
    server.ask("set", serde_json::json!({ "delays": delays }));
    wall(&server.project(settings), &CHAIN)
}

fn wall(project: &CloudProject, words: &[&str]) -> f64 {
    seconds(&mut || drop(project.imgctl(words).succeeds()))
}
