//! Many rounds side by side, and the report of those that fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::cloud::{Cloud, Open};
use super::plan::{Kind, Measure, Plan};
use super::round::Round;
use super::settings;

/// For each cloud, in an ordinary test.
const ROUNDS: u64 = 6;

pub fn run(kind: Kind, name: &'static str, open: Open) {
    let (rounds, seed) = (settings::rounds(ROUNDS), settings::seed());
    let goal = format!("{kind:?}").to_lowercase();
    println!("{goal} {name}: {rounds} rounds, SEED={seed}");
    let measures = measure(name, open);
    let next = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..settings::jobs().min(rounds) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= rounds {
                        return;
                    }
                    let seed = seed.wrapping_add(number);
                    if let Err(report) = one(kind, name, open, &measures, seed) {
                        println!("{report}\n  make {goal} CLOUD={name} ROUNDS=1 SEED={seed}\n");
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{goal} {name}: {} of {rounds} fail: SEED={failed:?}", failed.len());
}

/// How many changes each step asks for, which is also a round without faults.
fn measure(name: &str, open: Open) -> Vec<Measure> {
    let cloud = open(&mut fastrand::Rng::with_seed(0));
    cloud.calm();
    let round = Round::new(&*cloud);
    match caught(|| round.measure()) {
        Ok(measures) => measures,
        Err(why) => panic!("{name}, without any fault: {}", report(&*cloud, &round, &why)),
    }
}

fn one(kind: Kind, name: &str, open: Open, measures: &[Measure], seed: u64) -> Result<(), String> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let plan = Plan::of(kind, measures, &mut rng);
    let begun = Instant::now();
    let cloud = open(&mut rng);
    let round = Round::new(&*cloud);
    let what = {
        let Plan { story, step, disturbance, gives_up } = &plan;
        let then = if *gives_up { ", then destroy" } else { "" };
        format!("{name} SEED={seed}: {} of {story:?}: {disturbance:?}{then}", story[*step])
    };
    let outcome = caught(|| round.play(&plan));
    let sign = if outcome.is_ok() { "ok  " } else { "FAIL" };
    println!("{sign} {what} ({:.1?})", begun.elapsed());
    outcome.map_err(|why| format!("FAIL {what}\n{}", report(&*cloud, &round, &why)))
}

/// The message of a panic.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

fn report(cloud: &dyn Cloud, round: &Round<'_>, why: &str) -> String {
    let requests = cloud.proxy().map(|proxy| proxy.log().join("\n")).unwrap_or_default();
    let state = std::fs::read_to_string(cloud.project().path().join(".state.json"));
    format!(
        "--- commands\n{}\n--- requests\n{requests}\n--- state\n{}\n--- left: {:?}, images {:?}\n--- {why}",
        round.transcript(),
        state.unwrap_or_default(),
        cloud.left(),
        cloud.images(),
    )
}
