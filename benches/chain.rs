//! The whole chain against an emulated EC2 with known delays. The time above their sum is the cost of imgctl
//! itself: its requests, its polling, SSH and the scripts.

#[path = "../tests/ec2/world.rs"]
mod world;

use std::time::Duration;

use super::ec2_server::{Delays, Ec2Server};
use super::guest;
use super::measure::seconds;
use super::results::Results;
use world::{project, words};

const CHAIN: [&str; 5] = ["up", "bootstrap", "tests", "create_image", "destroy"];
const ROUNDS: usize = 3;

fn delays() -> Delays {
    Delays {
        run: Duration::from_secs(10),
        stop: Duration::from_secs(8),
        image: Duration::from_secs(12),
        terminate: Duration::from_secs(6),
        copy: Duration::ZERO,
    }
}

/// Wall time of the chain, in seconds.
fn wall(settings: &str) -> f64 {
    let server = Ec2Server::start(delays());
    let project = project(&server.endpoint(), settings);
    seconds(&mut || drop(project.imgctl(&words(&CHAIN)).succeeds()))
}

/// The time of the same waits, in seconds, with polling at a fixed interval: each wait ends at the next
/// multiple of `gap`. The work of the bake itself is not included.
fn fixed_pace(gap: f64) -> f64 {
    let delays = delays();
    let waits = [delays.run, delays.stop, delays.image, delays.terminate];
    waits.iter().map(|wait| (wait.as_secs_f64() / gap).ceil().max(1.0) * gap).sum()
}

pub fn chain(results: &mut Results) {
    let delays = delays();
    let sum = (delays.run + delays.stop + delays.image + delays.terminate).as_secs_f64();
    // Users have the default of 5 s.
    for (what, settings) in
        [("`up` … `destroy` on EC2", "{poll_every: 5s}"), ("the same, poll_every: 500ms", "{}")]
    {
        let walls: Vec<f64> = (0..ROUNDS).map(|_| wall(settings)).collect();
        results.row(what, "s", walls.clone(), "the sum of EC2's delays", vec![sum]);
        results.row(what, "s", walls, "the waits alone, polled every 5 s", vec![fixed_pace(5.0)]);
    }
}
