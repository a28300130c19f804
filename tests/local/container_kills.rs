//! SIGKILL at any moment: `destroy` leaves nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::leftovers;
use crate::limits::{command, imgctl, project};
use crate::settings;

/// Files of an instance, in the order in which they appear while it starts.
const MOMENTS: [&str; 7] =
    ["instance.json", "disk.raw", "pid", "console.log", "slirp.log", "ready", "ready"];

/// Who is killed. The name is on the command line.
const VICTIMS: [&[&str]; 6] = [
    &["imgctl"],
    &["unshare\0"],
    &["sh\0"],
    &["systemd-nspawn\0"],
    &["slirp4netns\0"],
    &["imgctl", "systemd-nspawn\0"],
];

/// The folders of the project's instances.
fn instances(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("data/instances"));
    entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Kills the processes of these instances whose command line begins so.
fn kill(begins: &str, ids: &[String]) {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let is_network = begins.starts_with("slirp4netns") && is_inside(&entry.path(), ids);
        let is_ours = is_network || ids.iter().any(|id| line.contains(&format!("imgctl-{id}")));
        if line.starts_with(begins) && is_ours {
            let pid = entry.file_name().to_string_lossy().parse().ok();
            if let Some(pid) = pid.and_then(Pid::from_raw) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Whether a process is in the cgroup of one of these instances.
fn is_inside(process: &Path, ids: &[String]) -> bool {
    let cgroups = std::fs::read_to_string(process.join("cgroup")).unwrap_or_default();
    ids.iter().any(|id| cgroups.contains(&format!("imgctl-{id}")))
}

#[test]
fn nothing_is_left_when_imgctl_or_the_container_is_killed_at_any_moment() {
    let Some(bed) = Bed::with_containers() else { return };
    project(&bed, "container");
    let folder = bed.folder.path();
    // The base is built outside the loop.
    imgctl(folder, &["up", "destroy"]).succeeds();
    for (round, moment) in MOMENTS.iter().cycle().take(MOMENTS.len() * 2).enumerate() {
        let victims = VICTIMS[round % VICTIMS.len()];
        println!("round {round}: {victims:?} at {moment}");
        let mut up =
            command(folder, &["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let reached = || instances(folder).iter().any(|instance| instance.join(moment).exists());
        while !reached() && up.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let ids: Vec<String> = instances(folder)
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        for victim in victims {
            if *victim == "imgctl" {
                up.kill().unwrap();
            } else {
                kill(victim, &ids);
            }
        }
        // One that was not killed ends by itself, whatever it found.
        up.wait().unwrap();
        if folder.join(".state.json").exists() {
            imgctl(folder, &["destroy"]).succeeds();
        }
        assert_eq!(instances(folder), Vec::<PathBuf>::new());
        leftovers::assert_none(folder, &ids);
    }
}

/// What is done in a round; one of the commands is killed.
const STORIES: [&[&str]; 3] =
    [&["up", "create_image", "destroy"], &["up", "down", "up", "destroy"], &["up", "destroy"]];

/// How often a command is tried again.
const TRIES: usize = 3;

/// The images that are there.
fn images(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder.join("data/images")).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter_map(|name| name.split('.').next().map(str::to_owned))
        .filter(|name| name != "lock")
        .collect()
}

/// Runs a command and kills it after this time. Returns what it printed.
fn killed(folder: &Path, step: &str, after: Duration, ids: &mut Vec<String>) -> String {
    let begun = Instant::now();
    let shown = tempfile::NamedTempFile::new().unwrap();
    let file = || shown.as_file().try_clone().unwrap();
    let mut child = command(folder, &[step]).stdout(file()).stderr(file()).spawn().unwrap();
    while begun.elapsed() < after && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let found = instances(folder);
    ids.extend(found.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()));
    std::fs::read_to_string(shown.path()).unwrap()
}

/// Runs a command until it succeeds, as a user does.
fn done(folder: &Path, step: &str) -> String {
    let mut ran = imgctl(folder, &[step]);
    let mut shown = format!("{}{}", ran.stdout, ran.stderr);
    for _ in 1..TRIES {
        if ran.status != 0 {
            ran = imgctl(folder, &[step]);
            shown += &format!("{}{}", ran.stdout, ran.stderr);
        }
    }
    ran.succeeds();
    shown
}

#[test]
fn local_rounds() {
    let Some(bed) = Bed::with_containers() else { return };
    project(&bed, "container");
    let folder = bed.folder.path();
    let (rounds, seed) = (settings::rounds(3), settings::seed());
    println!("kills local: {rounds} rounds, SEED={seed}");
    // Also builds the base.
    let times: Vec<(&str, Duration)> = ["up", "down", "up", "create_image", "destroy"]
        .into_iter()
        .map(|step| {
            let begun = Instant::now();
            imgctl(folder, &[step]).succeeds();
            (step, begun.elapsed())
        })
        .collect();
    let mut known = images(folder);
    for seed in (0..rounds).map(|number| seed.wrapping_add(number)) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let story = STORIES[rng.usize(..STORIES.len())];
        let (at, gives_up) = (rng.usize(..story.len()), rng.bool());
        // The later `up` had its base.
        let (_, time) = times.iter().rev().find(|(step, _)| *step == story[at]).unwrap();
        let kill = time.mul_f64(rng.f64());
        let then = if gives_up { ", then destroy" } else { "" };
        println!("local SEED={seed}: {} of {story:?} is killed after {kill:.1?}{then}", story[at]);
        let (mut ids, mut shown) = (Vec::new(), String::new());
        for (number, step) in story.iter().enumerate() {
            if number == at {
                shown += &killed(folder, step, kill, &mut ids);
                if gives_up {
                    break;
                }
            }
            shown += &done(folder, step);
        }
        shown += &done(folder, "destroy");
        assert_eq!(instances(folder), Vec::<PathBuf>::new(), "SEED={seed}");
        leftovers::assert_none(folder, &ids);
        let new = &images(folder) - &known;
        let unknown: Vec<_> = new.iter().filter(|image| !shown.contains(*image)).collect();
        assert!(unknown.is_empty(), "images that nobody was told of: {unknown:?}, SEED={seed}");
        known.extend(new);
        imgctl(folder, &["gc", "--older-than", "0s", "--yes"])
            .succeeds()
            .says("nothing was left behind");
    }
}
