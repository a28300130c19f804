//! `make bench`: imgctl beside the programs that people would use instead, on this machine, in one run.
//! Writes benches/RESULTS.md. Words choose groups, whose sections are replaced: `make bench GROUPS="commands files"`.
//!
//! Each row is the same work done by both in turn. Compare the ratio of the medians: the speed of the machine
//! drifts. No time is asserted. The peers but OpenSSH are there after `make bench-peers`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

#[path = "chain.rs"]
mod chain;
#[path = "clouds.rs"]
mod clouds;
#[path = "fleet.rs"]
mod fleet;
#[path = "../tests/support/guest.rs"]
mod guest;
#[path = "measure.rs"]
mod measure;
#[path = "packer.rs"]
mod packer;
#[path = "results.rs"]
mod results;
#[path = "../tests/support/sshd.rs"]
mod sshd;
#[path = "start.rs"]
mod start;
#[path = "transfers.rs"]
mod transfers;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/ssh/world.rs"]
mod world;

use results::Results;

/// What is measured together.
type Group = (&'static str, fn(&mut Results));

const GROUPS: [Group; 6] = [
    ("start", start::start),
    ("commands", transfers::commands),
    ("files", transfers::files),
    ("trees", transfers::trees),
    ("fleet", fleet::fleet),
    ("chain", chain::chain),
];

fn main() {
    // cargo gives `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    for word in &words {
        assert!(GROUPS.iter().any(|(name, _)| name == word), "there is no group {word}");
    }
    let mut results = Results::new();
    for (name, measure) in GROUPS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            results.group(name);
            measure(&mut results);
        }
    }
    results.write(&GROUPS.map(|(name, _)| name));
}
