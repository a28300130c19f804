//! The process of an instance, QEMU or the keeper of a container: found by its pid file and recognised
//! by its command line, since another process may have got the same pid.

use std::path::Path;

use rustix::process::{Pid, Signal};

use crate::{Error, Result, process};

/// The pid file's name in the instance's folder, where it is removed at an orderly end.
pub const PID_FILE: &str = "pid";

/// The name of the file with the messages of a container's keeper.
pub const KEEPER_LOG: &str = "keeper.log";

/// The name of the file with QEMU's messages.
pub const LOG: &str = "qemu.log";

/// A running process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(Pid);

/// The argument by which an instance's process is recognised.
#[must_use]
pub fn name(id: &str) -> String {
    format!("imgctl-{id}")
}

/// The process that runs this instance, if one does.
pub fn find(id: &str, folder: &Path) -> Option<Process> {
    let recorded = std::fs::read_to_string(folder.join(PID_FILE)).ok();
    let recorded = recorded.and_then(|text| process::pid(&text));
    recorded.filter(|pid| runs(*pid, id)).map(Process).or_else(|| search(id))
}

impl Process {
    #[must_use]
    pub fn pid(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    /// Tells its child process to end: the keeper of a container powers the guest off.
    pub fn terminate_child(self, id: &str) -> Result<()> {
        let child = all(id).find(|pid| process::parent(*pid) == Some(self.0)).unwrap_or(self.0);
        rustix::process::kill_process(child, Signal::TERM).map_err(|error| {
            Error::failed(format!("cannot signal the container of {id}")).cause(error)
        })
    }

    /// Kills it, if it still is the instance's process.
    pub fn kill(self, id: &str) -> Result<()> {
        match send_kill(self.0, id) {
            Err(error) if error != rustix::io::Errno::SRCH => {
                Err(Error::failed(format!("cannot kill the process of {id} ({})", self.pid()))
                    .cause(error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(target_os = "linux")]
fn send_kill(pid: Pid, id: &str) -> rustix::io::Result<()> {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    // The descriptor refers to this process even if its pid is reused.
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    if runs(pid, id) { pidfd_send_signal(process, Signal::KILL) } else { Ok(()) }
}

#[cfg(not(target_os = "linux"))]
fn send_kill(pid: Pid, id: &str) -> rustix::io::Result<()> {
    if runs(pid, id) { rustix::process::kill_process(pid, Signal::KILL) } else { Ok(()) }
}

#[cfg(target_os = "linux")]
fn runs(pid: Pid, id: &str) -> bool {
    let name = name(id);
    let line = std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()));
    // A process that has ended and was not waited for has an empty command line.
    line.is_ok_and(|line| line.split(|byte| *byte == 0).any(|word| word == name.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
fn runs(pid: Pid, id: &str) -> bool {
    let name = name(id);
    let pid = pid.as_raw_nonzero().to_string();
    std::process::Command::new("ps")
        .args(["-o", "command=", "-p", &pid])
        .output()
        .is_ok_and(|ps| String::from_utf8_lossy(&ps.stdout).split(' ').any(|word| word == name))
}

/// Looks at every process: imgctl may have been killed before the pid file was written.
#[cfg(target_os = "linux")]
fn search(id: &str) -> Option<Process> {
    all(id).next().map(Process)
}

/// The processes with that instance on their command line.
fn all(id: &str) -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| process::pid(entry.file_name().to_str()?))
        .filter(|pid| runs(*pid, id))
}

#[cfg(not(target_os = "linux"))]
fn search(_: &str) -> Option<Process> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_pid_is_not_taken_for_the_instance() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PID_FILE), std::process::id().to_string()).unwrap();
        assert_eq!(find("vm-x", folder.path()), None);
        let me = Process(Pid::from_raw(std::process::id().cast_signed()).unwrap());
        me.kill("vm-x").unwrap();
    }
}
