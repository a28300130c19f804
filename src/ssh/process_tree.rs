//! A program with all that it started, which ends together.

use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, kill_process_group, waitid,
};

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
        let session = process::session(getpid());
        let others = family.others.into_iter().filter(|pid| process::session(*pid) == session);
        Some(Family { others: others.collect(), ..family })
    }

    fn is_running(&self) -> bool {
        std::iter::once(&self.first).chain(&self.others).any(|pid| process::is_running(*pid))
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

/// The time for programs to end by themselves when this one does.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Ends all programs that this process has started and that still run: whoever started them had no time
/// to, or could not. Those that are meant to outlive it go on, as [`Family::of_session`] has it.
pub fn end_all() {
    // Most runs have none, and a look through /proc takes longer.
    let any = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    if waitid(WaitId::All, any).is_err() {
        return;
    }
    let (own, session) = (getpid(), process::session(getpid()));
    let ends = |child: &Pid| {
        process::parent(*child) == Some(own)
            && process::session(*child) == session
            && !process::outlives(*child)
    };
    let children = descendants(own).into_iter().filter(ends);
    let families: Vec<Family> = children
        .filter_map(|child| {
            let has_group = process::group(child) == Some(child.as_raw_pid());
            Family::of_session(child.as_raw_pid().cast_unsigned(), has_group)
        })
        .collect();
    for signal in [Signal::TERM, Signal::KILL] {
        for family in families.iter().filter(|family| family.is_running()) {
            family.send(signal);
        }
        let began = Instant::now();
        while families.iter().any(Family::is_running) && began.elapsed() < LAST_WORDS {
            // The process ends: nothing is left that could cancel this.
            std::thread::park_timeout(Duration::from_millis(5));
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
