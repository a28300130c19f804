//! systemd's units. A unit named like an installed package runs, as Debian has it, until told
//! otherwise.

use super::process::{Process, Reply};
use crate::rehearsal::world::{Disk, Entry, Unit};

const ALWAYS: &[&str] = &["ssh", "sshd", "cron", "systemd-journald", "systemd-networkd"];

/// Units that others look for as a process, and at a port.
const SERVERS: [(&str, u16); 2] = [("ssh", 22), ("nginx", 80)];

/// The state of a unit that was never told anything else.
fn begun(disk: &Disk, name: &str) -> Unit {
    let runs = ALWAYS.contains(&name) || disk.packages.contains(name);
    Unit { enabled: runs, active: runs }
}

/// Shows the servers that run under /proc.
pub(in crate::rehearsal::host) fn show_running(disk: &mut Disk) {
    let mut sockets = "  sl  local_address rem_address   st\n".to_owned();
    for (name, port) in SERVERS {
        let unit = disk.units.get(name).copied().unwrap_or_else(|| begun(disk, name));
        let file = format!("/proc/{}/comm", 1000 + port);
        if unit.active {
            let comm = Entry::file(format!("{name}\n").into_bytes(), "444", "root:root");
            disk.files.insert(file, comm);
            sockets += &format!("   0: 00000000:{port:04X} 00000000:0000 0A\n");
        } else {
            disk.files.remove(&file);
        }
    }
    let sockets = Entry::file(sockets.into_bytes(), "444", "root:root");
    disk.files.insert("/proc/net/tcp".to_owned(), sockets);
}

pub(super) fn run(process: &mut Process, name: &str, args: &[&str]) -> Option<Reply> {
    let words: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    if name == "service" {
        let [unit, verb] = words[..] else { return Some(Reply::default()) };
        return Some(act(process, verb, unit, false));
    }
    if name != "systemctl" {
        return None;
    }
    let Some((verb, units)) = words.split_first() else { return Some(Reply::default()) };
    match *verb {
        "reboot" | "poweroff" | "halt" => return Some(process.power(*verb == "reboot")),
        "is-system-running" => return Some(Reply::prints("running\n")),
        _ => {}
    }
    let mut all = Reply::default();
    for unit in units {
        let reply = act(process, verb, unit.trim_end_matches(".service"), args.contains(&"--now"));
        if !args.contains(&"--quiet") && !args.contains(&"-q") {
            all.stdout.extend(reply.stdout);
        }
        all.status = all.status.max(reply.status);
    }
    Some(all)
}

fn act(process: &mut Process, verb: &str, name: &str, now: bool) -> Reply {
    let disk = &mut process.machine.disk;
    let begun = begun(disk, name);
    let runs = begun.active;
    let mut unit = disk.units.get(name).copied().unwrap_or(begun);
    let before = (unit.enabled, unit.active);
    match verb {
        "start" | "restart" | "reload" | "reload-or-restart" | "try-restart" => unit.active = true,
        "stop" => unit.active = false,
        "enable" | "unmask" => {
            unit.enabled |= verb == "enable";
            unit.active |= now;
        }
        "disable" | "mask" => {
            unit.enabled = false;
            unit.active &= !now;
        }
        "is-active" | "status" => {
            let state = if unit.active { "active\n" } else { "inactive\n" };
            return Reply { status: if unit.active { 0 } else { 3 }, ..Reply::prints(state) };
        }
        "is-enabled" => {
            let state = if unit.enabled { "enabled\n" } else { "disabled\n" };
            return Reply { status: i32::from(!unit.enabled), ..Reply::prints(state) };
        }
        _ => return Reply::default(),
    }
    if before != (unit.enabled, unit.active) || runs {
        disk.units.insert(name.to_owned(), unit);
    }
    Reply::default()
}
