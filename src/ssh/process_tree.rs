//! A program with all that it started, which ends together.

use rustix::process::{Pid, Signal, getsid, kill_process, kill_process_group};

use crate::process;

/// Whether a program may have a process group of its own. With a terminal it may ask for a password
/// there, which only those of imgctl's own process group may do.
#[must_use]
pub fn may_have_group() -> bool {
    std::fs::File::open("/dev/tty").is_err()
}

/// A running program, which was not waited for yet, and those that it had started when this was made.
pub struct Family {
    first: Pid,
    has_group: bool,
    others: Vec<Pid>,
}

impl Family {
    /// Of the process with this id, which leads a group of its own or not.
    #[must_use]
    pub fn of(id: u32, has_group: bool) -> Option<Family> {
        let first = Pid::from_raw(id.cast_signed())?;
        Some(Family { first, has_group, others: descendants(first) })
    }

    /// As [`Family::of`], without those that began a session of their own: a connection that others share,
    /// as OpenSSH's ControlPersist keeps one, is meant to outlive the program that opened it.
    #[must_use]
    pub fn of_session(id: u32, has_group: bool) -> Option<Family> {
        let family = Family::of(id, has_group)?;
        let session = getsid(None).ok();
        let others = family.others.into_iter().filter(|pid| getsid(Some(*pid)).ok() == session);
        Some(Family { others: others.collect(), ..family })
    }

    pub fn send(&self, signal: Signal) {
        // Each fails only when that process has ended.
        if self.has_group {
            let _ = kill_process_group(self.first, signal);
        }
        for pid in std::iter::once(&self.first).chain(&self.others) {
            let _ = kill_process(*pid, signal);
        }
    }
}

/// The programs that a program started, and those that these started; empty where there is no /proc.
fn descendants(of: Pid) -> Vec<Pid> {
    let all: Vec<(Pid, Pid)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let pid = process::pid(entry.ok()?.file_name().to_str()?)?;
            Some((pid, process::parent(pid)?))
        })
        .collect();
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    found.split_off(1)
}
