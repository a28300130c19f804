//! What a round does and how it is disturbed, from its seed alone.

use std::time::Duration;

use super::faulty_proxy::{Fault, Moment};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Chaos,
    Kills,
}

/// A command of a round. `delete_image` is given the last image's id.
pub type Step = &'static str;

/// What users do, in this order; `destroy` is last.
pub const STORIES: [&[Step]; 6] = [
    &["up", "create_image", "destroy"],
    &["up", "create_image", "destroy"],
    &["up", "create_image", "delete_image", "destroy"],
    &["up", "bootstrap", "create_image", "verify_image", "destroy"],
    &["up", "down", "up", "destroy"],
    &["up", "destroy"],
];

/// All of the steps once, to be counted without any fault.
pub const WHOLE: &[Step] =
    &["up", "bootstrap", "down", "up", "create_image", "verify_image", "delete_image", "destroy"];

/// What a step does without faults.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub step: Step,
    pub changes: usize,
    pub time: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disturbance {
    Fault(Moment, Fault),
    /// SIGKILL this long after the start.
    KillAfter(Duration),
    /// SIGKILL while this fault holds a request.
    KillAt(Moment, Fault),
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub story: &'static [Step],
    /// The step that is disturbed.
    pub step: usize,
    pub disturbance: Disturbance,
    /// Whether `destroy` is next, in place of the same command again.
    pub gives_up: bool,
}

/// Faults of a network, and what they are chosen as often as.
const FAULTS: [(&str, u32); 16] = [
    ("drop after", 3),
    ("drop before", 1),
    ("reset", 1),
    ("429", 1),
    ("503", 1),
    ("500", 1),
    ("burst", 2),
    ("gateway", 2),
    ("unclear", 2),
    ("expired", 1),
    ("missed", 1),
    ("ignored", 2),
    ("garbage", 2),
    ("truncated", 2),
    ("slow", 1),
    ("late", 3),
];

impl Plan {
    pub fn of(kind: Kind, measures: &[Measure], rng: &mut fastrand::Rng) -> Plan {
        let story = STORIES[rng.usize(..STORIES.len())];
        let measure = |step: &Step| {
            measures.iter().find(|known| known.step == *step).copied().unwrap_or(measures[0])
        };
        // Where much is done, much can go wrong.
        let weigh = |step: &Step| measure(step).changes + 1;
        let weights: Vec<usize> = story.iter().map(weigh).collect();
        let mut at = rng.usize(..weights.iter().sum::<usize>());
        let step = weights.iter().position(|weight| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        });
        let step = step.unwrap();
        let Measure { changes, time, .. } = measure(&story[step]);
        let change = if changes == 0 { 0 } else { rng.usize(1..=changes) };
        let after = if change == 0 { rng.usize(1..4) } else { 0 };
        let disturbance = match kind {
            Kind::Chaos => {
                let looks = if rng.u32(..3) == 0 { rng.usize(1..4) } else { after };
                Disturbance::Fault(Moment { change, after: looks }, fault(rng))
            }
            Kind::Kills => {
                let at = Moment { change, after };
                match rng.u32(..5) {
                    0 => Disturbance::KillAfter(time.mul_f64(rng.f64())),
                    1 | 2 => Disturbance::KillAt(at, Fault::HoldAfter),
                    _ => Disturbance::KillAt(at, Fault::HoldBefore(rng.u64(..3000))),
                }
            }
        };
        let gives_up = kind == Kind::Kills && rng.bool();
        Plan { story, step, disturbance, gives_up }
    }
}

fn fault(rng: &mut fastrand::Rng) -> Fault {
    let faults: Vec<&str> = FAULTS
        .iter()
        .flat_map(|(name, weight)| std::iter::repeat_n(*name, *weight as usize))
        .collect();
    match faults[rng.usize(..faults.len())] {
        "drop after" => Fault::DropAfter,
        "drop before" => Fault::DropBefore,
        "reset" => Fault::Reset,
        "429" => Fault::Refused(429),
        "503" => Fault::Refused(503),
        "500" => Fault::Refused(500),
        "burst" => {
            Fault::Burst { times: rng.usize(2..5), status: *rng.choice(&[429, 503]).unwrap() }
        }
        "gateway" => Fault::Gateway,
        "unclear" => Fault::Unclear,
        "expired" => Fault::Expired,
        "missed" => Fault::Missed,
        "ignored" => Fault::Ignored,
        "garbage" => Fault::Garbage,
        "truncated" => Fault::Truncated,
        "slow" => Fault::Slow(rng.u64(500..3000)),
        _ => Fault::Late(rng.u64(200..3000)),
    }
}
