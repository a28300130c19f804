//! A program with all that it started, which ends together.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, kill_process_group, waitid,
};

use crate::process;

/// A variable in the environment of each program that has to be ended. What it starts has it too, also when
/// its parent has ended. `OWN.REACH.RANDOM`: which imgctl, [`Reach`], which program.
const MARK: &str = "IMGCTL_PROGRAM";

/// Whether this process has started a program that may leave others behind, in the background.
static MAY_LEAVE: AtomicBool = AtomicBool::new(false);

/// What belongs to a program besides what it started in the session of imgctl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What it started in sessions of their own, as long as the parents live.
    Sessions,
    /// Nothing: a connection that others share, as OpenSSH's ControlPersist keeps one, is meant to outlive the
    /// program that opened it.
    Session,
}

/// How a program was started, by which all that it starts is found.
#[derive(Debug, Clone)]
pub struct Mark {
    has_group: bool,
    reach: Reach,
    value: String,
}

impl Mark {
    /// Marks a program that is not started yet.
    pub fn on(command: &mut Command, reach: Reach) -> Mark {
        let value = format!("{}.{reach:?}.{:016x}", own(), fastrand::u64(..));
        let mark = Mark { has_group: may_have_group(), reach, value };
        if mark.has_group {
            command.process_group(0);
        }
        if reach == Reach::Sessions {
            MAY_LEAVE.store(true, Ordering::Relaxed);
        }
        command.env(MARK, &mark.value);
        mark
    }

    /// Of a program that is running. Only a program that this process has marked has one of its marks.
    fn of(pid: Pid) -> Mark {
        let value = process::variable(pid, MARK).filter(|value| is_own(value));
        let value = value.unwrap_or_default();
        let is_wide = value.contains(&format!(".{:?}.", Reach::Sessions));
        let reach = if is_wide { Reach::Sessions } else { Reach::Session };
        let has_group = process::group(pid) == Some(pid.as_raw_pid());
        Mark { has_group, reach, value }
    }
}

/// Whether a program may have a process group of its own. With a terminal it may ask for a password
/// there, which only those of imgctl's own process group may do.
fn may_have_group() -> bool {
    std::fs::File::open("/dev/tty").is_err()
}

/// This process: another one that had its id began at another time.
fn own() -> String {
    let began = process::began(getpid()).unwrap_or_default();
    format!("{}-{began}", getpid().as_raw_pid())
}

fn is_own(mark: &str) -> bool {
    mark.split('.').next() == Some(&own())
}

/// Running programs that belong together.
pub struct Family {
    /// The one that all others come from, which was not waited for yet.
    first: Option<Pid>,
    mark: Mark,
    /// Those that were seen and still run.
    others: Vec<Pid>,
}

impl Family {
    /// Of the process with this id, which was marked before it was started.
    #[must_use]
    pub fn of(id: u32, mark: &Mark) -> Option<Family> {
        let first = Some(Pid::from_raw(id.cast_signed())?);
        Some(Family { first, mark: mark.clone(), others: Vec::new() })
    }

    /// What programs that have ended have left behind in this session.
    fn of_orphans() -> Family {
        let mark = Mark { has_group: false, reach: Reach::Sessions, value: own() };
        Family { first: None, mark, others: Vec::new() }
    }

    /// Adds those that were started since.
    fn look(&mut self) {
        let session = process::session(getpid());
        let is_here = |pid: Pid| process::session(pid) == session;
        let whose = &self.mark.value;
        let is_marked = |pid: Pid| {
            let is_this = |value: String| value == *whose || value.split('.').next() == Some(whose);
            !whose.is_empty() && is_here(pid) && process::variable(pid, MARK).is_some_and(is_this)
        };
        let all = all();
        let mut roots: Vec<Pid> = self.first.into_iter().chain(self.others.drain(..)).collect();
        for (pid, _) in &all {
            if !roots.contains(pid) && is_marked(*pid) {
                roots.push(*pid);
            }
        }
        let is_wide = self.mark.reach == Reach::Sessions;
        let started = descendants(&all, &roots).into_iter();
        let started = started.filter(|pid| is_wide || is_here(*pid));
        let mut found: Vec<Pid> = roots.iter().copied().chain(started).collect();
        found.retain(|pid| {
            let is_other = Some(*pid) != self.first && *pid != getpid();
            is_other && process::is_running(*pid) && !process::outlives(*pid)
        });
        self.others = found;
    }

    fn is_running(&self) -> bool {
        self.first.iter().chain(&self.others).any(|pid| process::is_running(*pid))
    }

    fn send(&self, signal: Signal) {
        // Each fails only when that process has ended.
        if let Some(first) = self.first.filter(|_| self.mark.has_group) {
            let _ = kill_process_group(first, signal);
        }
        for pid in self.first.iter().chain(&self.others) {
            let _ = kill_process(*pid, signal);
        }
    }

    /// Ends all of it: by SIGTERM, and what still runs after `grace` by SIGKILL.
    pub fn end(self, grace: Duration) {
        end_together(vec![self], grace);
    }
}

/// The time that the kernel may take to end what was killed.
const DYING: Duration = Duration::from_secs(1);
/// Between two looks.
const PAUSES: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(50)];

fn end_together(mut families: Vec<Family>, grace: Duration) {
    let mut until_ended = |patience: Duration, signal: Option<Signal>| {
        let (began, [mut pause, longest]) = (Instant::now(), PAUSES);
        loop {
            for family in &mut families {
                family.look();
                if let Some(signal) = signal {
                    family.send(signal);
                }
            }
            if began.elapsed() >= patience || !families.iter().any(Family::is_running) {
                return;
            }
            // Something was cancelled: nothing is left that could cancel this.
            std::thread::park_timeout(pause);
            pause = (pause * 2).min(longest);
        }
    };
    if !grace.is_zero() {
        until_ended(Duration::ZERO, Some(Signal::TERM));
        until_ended(grace, None);
    }
    // Again and again: a program may start another one between the look and the signal.
    until_ended(DYING, Some(Signal::KILL));
}

/// The time for programs to end by themselves when this one does.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Ends all programs that this process has started and that still run, and what those that have ended have left
/// behind in this session: whoever started them had no time to, or could not. What is meant to outlive it goes
/// on, as [`Reach::Session`] has it, and so does what has a session of its own by now.
pub fn end_all() {
    // Most runs have none, and a look through /proc takes longer.
    let any = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    if MAY_LEAVE.load(Ordering::Relaxed) || waitid(WaitId::All, any).is_ok() {
        end_all_at_once();
    }
}

/// As [`end_all`], without asking whether there is any.
pub fn end_all_at_once() {
    let families = children().into_iter().chain([Family::of_orphans()]);
    end_together(families.collect(), LAST_WORDS);
}

fn children() -> Vec<Family> {
    let (own, session) = (getpid(), process::session(getpid()));
    let is_meant = |pid: &Pid| process::session(*pid) == session && !process::outlives(*pid);
    let children = all().into_iter().filter(|(_, parent)| *parent == own).map(|(pid, _)| pid);
    children
        .filter(is_meant)
        .map(|pid| Family { first: Some(pid), mark: Mark::of(pid), others: Vec::new() })
        .collect()
}

/// All processes with their parents; empty where there is no /proc.
fn all() -> Vec<(Pid, Pid)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    let pids = entries.filter_map(|entry| process::pid(entry.ok()?.file_name().to_str()?));
    pids.filter_map(|pid| Some((pid, process::parent(pid)?))).collect()
}

/// The programs that these started, and those that they started.
fn descendants(all: &[(Pid, Pid)], of: &[Pid]) -> Vec<Pid> {
    let mut found = of.to_vec();
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let started = all.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid);
        let new: Vec<Pid> = started.filter(|pid| !found.contains(pid)).collect();
        found.extend(new);
        at += 1;
    }
    found.split_off(of.len())
}
