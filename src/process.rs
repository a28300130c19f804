//! Processes, as /proc and pid files name them.

use rustix::process::Pid;

/// A variable in the environment of programs that are meant to outlive this process.
pub const OUTLIVES: &str = "IMGCTL_OUTLIVES";

/// The process with this id in decimal; `None` for zero and negative numbers. Linux gives −1 as the parent of a
/// process that ends while its line is read, and a signal to −1 would reach every process of the user.
#[must_use]
pub fn pid(text: &str) -> Option<Pid> {
    let id: i32 = text.trim().parse().ok()?;
    if id > 0 { Pid::from_raw(id) } else { None }
}

/// The process that started this one, by /proc. `None`: it has ended, its parent is outside, or there is no
/// /proc.
#[must_use]
pub fn parent(pid: Pid) -> Option<Pid> {
    Stat::of(pid)?.parent
}

/// The number of its process group: that of the group's first process, or 0 if that is outside of the
/// namespace of this process.
#[must_use]
pub fn group(pid: Pid) -> Option<i32> {
    Some(Stat::of(pid)?.group)
}

/// The number of its session, as [`group`] has it.
#[must_use]
pub fn session(pid: Pid) -> Option<i32> {
    Some(Stat::of(pid)?.session)
}

/// Whether it has not ended. One that was not waited for has.
#[must_use]
pub fn is_running(pid: Pid) -> bool {
    Stat::of(pid).is_some_and(|stat| !["Z", "X"].contains(&stat.state.as_str()))
}

/// Whether this process is meant to outlive the one that started it; see [`OUTLIVES`].
#[must_use]
pub fn outlives(pid: Pid) -> bool {
    variable(pid, OUTLIVES).is_some()
}

/// A variable that the process was started with; `None` also for one of another user, or that has ended.
#[must_use]
pub fn variable(pid: Pid, name: &str) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).ok()?;
    let name = format!("{name}=");
    let mut variables = environment.split(|byte| *byte == 0);
    let value = variables.find_map(|variable| variable.strip_prefix(name.as_bytes()))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// When it began, in ticks since the computer was started.
#[must_use]
pub fn began(pid: Pid) -> Option<u64> {
    Some(Stat::of(pid)?.began)
}

/// The part of /proc/PID/stat that is used here. The calls of the system would do, but that the library
/// takes their answer 0 for impossible.
#[derive(Debug, PartialEq)]
struct Stat {
    state: String,
    parent: Option<Pid>,
    group: i32,
    session: i32,
    began: u64,
}

impl Stat {
    fn of(of: Pid) -> Option<Stat> {
        let line = std::fs::read_to_string(format!("/proc/{}/stat", of.as_raw_nonzero()));
        Stat::parse(&line.ok()?)
    }

    /// After the command's name, which may contain anything, come these.
    fn parse(line: &str) -> Option<Stat> {
        let mut words = line.rsplit_once(") ")?.1.split(' ');
        let state = words.next()?.to_owned();
        let parent = pid(words.next()?);
        let mut number = || words.next()?.parse().ok();
        let (group, session) = (number()?, number()?);
        let began = words.nth(15).and_then(|word| word.parse().ok()).unwrap_or_default();
        Some(Stat { state, parent, group, session, began })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_positive_number_is_a_process() {
        assert_eq!(pid("17\n").map(Pid::as_raw_pid), Some(17));
        for none in ["0", "-1", "-17", "", "self", "4294967295", "99999999999999999999"] {
            assert_eq!(pid(none), None, "{none}");
        }
    }

    #[test]
    fn a_group_or_session_from_outside_of_the_namespace_is_0() {
        let stat = Stat::parse("7 (sh) S 5 0 0 0 -1 4194304").unwrap();
        assert_eq!((stat.group, stat.session), (0, 0));
        let own = rustix::process::getpid();
        assert!(is_running(own) && session(own).is_some() && group(own).is_some());
        assert!(began(own).is_some_and(|began| began > 0));
    }

    #[test]
    fn a_process_that_is_ending_has_no_parent() {
        let parent = |line| Some(Stat::parse(line)?.parent?.as_raw_pid());
        assert_eq!(parent("7 (a) b) -1 (x) S 5 7 7 0 -1 4194304"), Some(5));
        assert_eq!(parent("7 (sh) Z -1 -1 -1 0 -1 4194304"), None);
        assert_eq!(parent("7 (sh) S 0 7 7 0 -1 4194304"), None);
        assert_eq!(parent("7 (sh"), None);
    }
}
