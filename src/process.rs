//! Processes, as /proc and pid files name them.

use rustix::process::Pid;

/// The process with this id in decimal. Zero and negative numbers are none: Linux gives −1 as the parent of a
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
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    parent_in(&stat)
}

/// The parent in a line of /proc/PID/stat. After the command's name, which may contain anything, come the state
/// and the parent.
fn parent_in(stat: &str) -> Option<Pid> {
    pid(stat.rsplit_once(") ")?.1.split(' ').nth(1)?)
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
    fn a_process_that_is_ending_has_no_parent() {
        assert_eq!(parent_in("7 (a) b) -1 (x) S 5 7 7 0 -1 4194304").map(Pid::as_raw_pid), Some(5));
        assert_eq!(parent_in("7 (sh) Z -1 -1 -1 0 -1 4194304"), None);
        assert_eq!(parent_in("7 (sh) S 0 7 7 0 -1 4194304"), None);
        assert_eq!(parent_in("7 (sh"), None);
    }
}
