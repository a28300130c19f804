//! QEMU's command line. Files are named relative to the instance's folder, in which QEMU starts.

use std::ffi::OsString;
use std::path::Path;

use super::disk::OVERLAY;
use super::instance::Record;
use super::machine::Machine;
use super::process::{self, PID_FILE};
use super::{console, qmp, seed};
use crate::config::local::Accelerator;

/// The SMBIOS string with which the base's boot loader starts its newest kernel without an initial
/// RAM disk.
pub const QUICK_BOOT: &str = "imgctl.boot=kernel";

/// Everything after the program's name.
pub fn arguments(
    record: &Record,
    machine: Machine,
    accelerator: Accelerator,
    firmware: Option<&Path>,
    has_seed: bool,
) -> Vec<OsString> {
    let mut line = Line(Vec::new());
    line.add("-name", process::name(&record.id));
    line.add("-machine", machine.kind);
    let (accel, cpu) = accelerator_values(accelerator);
    line.add("-accel", accel);
    line.add("-cpu", cpu);
    line.add("-smp", record.cpus.to_string());
    line.add("-m", format!("{}M", record.memory >> 20));
    if let Some(firmware) = firmware.or(machine.firmware.map(Path::new)) {
        line.add("-bios", firmware);
    }
    line.flag("-no-user-config");
    line.flag("-nodefaults");
    line.add("-display", "none");
    line.add("-pidfile", PID_FILE);
    line.add("-qmp", format!("unix:{},server=on,wait=off", qmp::SOCKET));
    line.add("-chardev", format!("file,id=console,path={},append=on", console::FILE));
    line.add("-serial", "chardev:console");
    line.add(
        "-drive",
        format!("if=none,id=disk,file={OVERLAY},format=qcow2,discard=unmap,detect-zeroes=unmap"),
    );
    line.add("-device", "nvme,drive=disk,serial=imgctl-disk,bootindex=0");
    if has_seed {
        // Not virtio: without an initial RAM disk its driver is loaded after cloud-init has looked
        // for its data.
        line.add("-drive", format!("if=none,id=seed,file={},format=raw,readonly=on", seed::FILE));
        line.add("-device", "nvme,drive=seed,serial=imgctl-seed");
    }
    line.add("-netdev", format!("user,id=net,hostfwd=tcp:127.0.0.1:{}-:22", record.ssh_port));
    line.add("-device", "virtio-net-pci,netdev=net,romfile=");
    line.add("-device", "virtio-rng-pci");
    if record.quick_boot {
        line.add("-smbios", format!("type=1,sku={QUICK_BOOT}"));
    }
    for credential in &record.credentials {
        // As a file: every user of this machine can read a command line.
        line.add("-smbios", format!("type=11,path={credential}"));
    }
    line.0
}

/// The values of `-accel` and `-cpu`.
pub fn accelerator_values(accelerator: Accelerator) -> (&'static str, &'static str) {
    match accelerator {
        Accelerator::Kvm => ("kvm", "host"),
        Accelerator::Hvf => ("hvf", "host"),
        Accelerator::Tcg | Accelerator::Auto => ("tcg,thread=multi", "max"),
    }
}

struct Line(Vec<OsString>);

impl Line {
    fn flag(&mut self, name: &str) {
        self.0.push(name.into());
    }

    fn add(&mut self, name: &str, value: impl Into<OsString>) {
        self.0.push(name.into());
        self.0.push(value.into());
    }
}
