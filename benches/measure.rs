//! Wall time, processor time and memory of work, several times over.

use std::process::{Command, Stdio};
use std::time::Instant;

/// How often each is measured, after once to warm up. What takes minutes says less.
pub const ROUNDS: usize = 5;

/// One run of a program.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Seconds on the clock.
    pub wall: f64,
    /// Seconds of processors, of the program and all it has started.
    pub processor: f64,
    /// The largest resident size of one process, in MiB.
    pub memory: f64,
}

/// Runs a program under one that asks the kernel what it has used.
const WATCHER: &str = r"
import os, subprocess, sys, tempfile, time
with tempfile.TemporaryFile() as errors:
    began = time.perf_counter()
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
    # What was started before this program took its place is not counted.
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    if status:
        errors.seek(0)
        sys.exit(errors.read().decode(errors='replace')[-2000:] or f'status {status}')
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
";

/// # Panics
/// If the program fails: what did not do its work is not compared.
pub fn program(command: &Command) -> Used {
    let mut watched = Command::new("python3");
    watched.args(["-c", WATCHER]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        watched.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => watched.env(name, value),
            None => watched.env_remove(name),
        };
    }
    let output = watched.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    let numbers = String::from_utf8(output.stdout).unwrap();
    let mut numbers = numbers.split_whitespace().map(|number| number.parse().unwrap());
    let mut next = || numbers.next().unwrap();
    Used { wall: next(), processor: next(), memory: next() }
}

/// Seconds of work in this process.
pub fn seconds(work: &mut dyn FnMut()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

/// A figure of several rounds.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Figure {
    pub fn of(mut all: Vec<f64>) -> Figure {
        all.sort_by(f64::total_cmp);
        Figure { median: all[all.len() / 2], least: all[0], most: all[all.len() - 1] }
    }
}

/// Measures all of them in turn, so that what else the machine does meets each.
/// Once before that warms up, unless there is one round only.
pub fn in_turn(rounds: usize, all: &mut [&mut dyn FnMut() -> Used]) -> Vec<Vec<Used>> {
    if rounds > 1 {
        for one in all.iter_mut() {
            one();
        }
    }
    let mut used = vec![Vec::new(); all.len()];
    for _ in 0..rounds {
        for (one, used) in all.iter_mut().zip(&mut used) {
            used.push(one());
        }
    }
    used
}
