//! `cargo bench --profile dev --bench ec2_chain`: the whole chain against an emulated EC2 with known
//! delays. The time above their sum is the cost of imgctl itself: its requests, its polling, SSH and the
//! scripts.
//!
//! For comparison, the time of the same waits with polling at a fixed interval is computed. No time is
//! asserted.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that fails ends there")]

#[path = "../tests/support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "../tests/support/guest.rs"]
mod guest;
#[path = "../tests/ec2/world.rs"]
mod world;

use std::time::{Duration, Instant};

use ec2_server::{Delays, Ec2Server};
use world::{project, words};

/// The aim: at most this share of the delays, and a second, above their sum.
const SHARE: f64 = 0.03;
const SECOND: f64 = 1.0;

const CHAIN: [&str; 5] = ["up", "bootstrap", "tests", "create_image", "destroy"];

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
fn chain(settings: &str) -> f64 {
    let server = Ec2Server::start(delays());
    let project = project(&server.endpoint(), settings);
    let started = Instant::now();
    project.imgctl(&words(&CHAIN)).succeeds();
    started.elapsed().as_secs_f64()
}

/// The time of the same waits, in seconds, with polling at a fixed interval: each wait ends at the next
/// multiple of `gap`. The work of the bake itself is not included.
fn fixed_pace(gap: f64) -> f64 {
    let delays = delays();
    let waits = [delays.run, delays.stop, delays.image, delays.terminate];
    waits.iter().map(|wait| (wait.as_secs_f64() / gap).ceil().max(1.0) * gap).sum()
}

fn main() {
    let delays = delays();
    let sum = (delays.run + delays.stop + delays.image + delays.terminate).as_secs_f64();
    let aim = SHARE * sum + SECOND;
    println!("{} against an emulated EC2", CHAIN.join(" "));
    println!("{:<44} {sum:>8.2} s", "sum of EC2's delays");
    // Users have the default of 5 s.
    for (what, settings) in [("imgctl", "{poll_every: 5s}"), ("imgctl, poll_every: 500ms", "{}")] {
        let wall = chain(settings);
        let over = wall - sum;
        println!(
            "{what:<44} {wall:>8.2} s   {over:.2} s above the delays ({:.1} %); aim {aim:.2} s; ratio {:.3}",
            100.0 * over / sum,
            wall / sum
        );
    }
    for gap in [5.0, 15.0] {
        let wall = fixed_pace(gap);
        println!(
            "{:<44} {wall:>8.2} s   ratio {:.3}",
            format!("the waits alone, polling every {gap} s"),
            wall / sum
        );
    }
}
