//! The whole chain against emulated clouds with known delays. The time above their sum is the cost of imgctl
//! itself: its requests, its polling, SSH and the scripts. On EC2, Packer does the same.

use std::time::Duration;

use super::clouds::{WAITS, on_ec2, on_gce, on_openstack};
use super::packer;
use super::results::Results;

const ROUNDS: usize = 3;

/// What is measured, the chain on a cloud, and its settings there.
type Row = (&'static str, fn(&str) -> f64, &'static str);

/// EC2's users have the default of 5 s.
const ON_EC2: [Row; 2] = [
    ("`up` … `destroy` on EC2", on_ec2, "{poll_every: 5s}"),
    ("the same, poll_every: 500ms", on_ec2, "{}"),
];
const ELSEWHERE: [Row; 2] = [
    ("`up` … `destroy` on OpenStack", on_openstack, "{}"),
    ("`up` … `destroy` on Google", on_gce, ""),
];

/// The time of the same waits, in seconds, with polling at a fixed interval: each wait ends at the next
/// multiple of `gap`. The work of the bake itself is not included.
fn fixed_pace(gap: f64) -> f64 {
    WAITS.iter().map(|wait| (wait.as_secs_f64() / gap).ceil().max(1.0) * gap).sum()
}

pub fn chain(results: &mut Results) {
    on_ec2_and_by_packer(results);
    for (what, cloud, settings) in ELSEWHERE {
        rows(results, what, &(0..ROUNDS).map(|_| cloud(settings)).collect::<Vec<_>>());
    }
}

/// Packer has one pace of its own, so that its times serve both rows; all three are measured in turn.
fn on_ec2_and_by_packer(results: &mut Results) {
    let mut walls = [Vec::new(), Vec::new()];
    let mut packers = Vec::new();
    for _ in 0..ROUNDS {
        for (walls, (_, cloud, settings)) in walls.iter_mut().zip(ON_EC2) {
            walls.push(cloud(settings));
        }
        if packer::is_there() {
            packers.push(packer::wall());
        }
    }
    for (walls, (what, ..)) in walls.iter().zip(ON_EC2) {
        rows(results, what, walls);
        if !packers.is_empty() {
            results.row(what, "s", walls.clone(), "Packer", packers.clone());
        }
    }
}

/// Wall times, in seconds, beside what the cloud's delays alone would take.
fn rows(results: &mut Results, what: &str, walls: &[f64]) {
    let sum: f64 = WAITS.iter().map(Duration::as_secs_f64).sum();
    for (peer, theirs) in [
        ("the sum of the cloud's delays", sum),
        ("that, 3 % and 1 s", sum * 1.03 + 1.0),
        ("the waits alone, polled every 5 s", fixed_pace(5.0)),
    ] {
        results.row(what, "s", walls.to_vec(), peer, vec![theirs]);
    }
}
