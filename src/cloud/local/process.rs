//! The QEMU process of an instance: found by its pid file and recognised by its command line, since
//! another process may have got the same pid.

use std::path::Path;

use rustix::process::{Pid, Signal};

use crate::{Error, Result};

/// The pid file's name in the instance's folder. QEMU removes it when it ends in order.
pub const PID_FILE: &str = "pid";

/// The name of the file with QEMU's messages.
pub const LOG: &str = "qemu.log";

/// A running QEMU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(Pid);

/// The argument by which an instance's QEMU is recognised.
#[must_use]
pub fn name(id: &str) -> String {
    format!("imgctl-{id}")
}

/// The process that runs this instance, if one does.
pub fn find(id: &str, folder: &Path) -> Option<Process> {
    let recorded = std::fs::read_to_string(folder.join(PID_FILE)).ok();
    let recorded = recorded.and_then(|text| text.trim().parse().ok()).and_then(Pid::from_raw);
    match recorded {
        Some(pid) => runs(pid, id).then_some(Process(pid)),
        None => search(id),
    }
}

impl Process {
    #[must_use]
    pub fn pid(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    /// Kills it, if it still is the instance's QEMU.
    pub fn kill(self, id: &str) -> Result<()> {
        match send_kill(self.0, id) {
            Err(error) if error != rustix::io::Errno::SRCH => {
                Err(Error::failed(format!("cannot kill the QEMU of {id} (process {})", self.pid()))
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

/// Looks at every process: imgctl may have been killed between QEMU's start and its pid file.
#[cfg(target_os = "linux")]
fn search(id: &str) -> Option<Process> {
    let entries = std::fs::read_dir("/proc").ok()?;
    entries
        .flatten()
        .filter_map(|entry| {
            entry.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw)
        })
        .find(|pid| runs(*pid, id))
        .map(Process)
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
