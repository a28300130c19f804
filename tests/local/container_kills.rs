//! SIGKILL at any moment: `destroy` leaves nothing.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::leftovers;
use crate::limits::{command, imgctl, project};

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
