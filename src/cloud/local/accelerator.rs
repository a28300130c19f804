//! Which accelerator works on this machine. That `/dev/kvm` can be opened is no proof: inside another
//! hypervisor a guest may hang with it, or be slower than without. So a tiny guest boots with each
//! accelerator, and KVM or HVF is used only if its guest ends soon.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::command;
use super::machine::Machine;
use super::store::{self, Store};
use crate::config::local::Accelerator;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// The time for the tiny guest with KVM or HVF, besides twice the time it took without (on a loaded
/// machine both are slow). It takes 0.1 s where they work.
const DEADLINE: Duration = Duration::from_millis(1500);

/// The time for it without.
const PATIENCE: Duration = Duration::from_secs(120);

/// A probe may fail because of a moment of load: it is repeated after this time.
const FORGET_FAILURE: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

/// A boot sector that waits for a timer interrupt (`sti; hlt`) and ends QEMU through the exit device,
/// which proves that firmware, interrupts and devices work.
const BOOT_SECTOR: [u8; 9] = [
    0xfb, // sti
    0xf4, // hlt
    0xb0, 0x2a, // mov al, 42
    0xe6, 0xf4, // out 0xf4, al
    0xf4, // hlt
    0xeb, 0xfd, // jmp to the hlt
];

/// The exit device turns the value n into the exit status 2n + 1.
const EXIT_STATUS: i32 = 2 * 0x2a + 1;

/// The result of the probe, kept until this machine boots again.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Finding {
    boot_id: String,
    qemu: PathBuf,
    accelerator: Accelerator,
    reason: String,
    found: jiff::Timestamp,
}

/// The accelerator to use: the configured one, or the best that works. Looked up once a process.
pub struct Accelerators {
    known: OnceCell<Accelerator>,
}

impl Accelerators {
    #[must_use]
    pub fn new() -> Self {
        Accelerators { known: OnceCell::new() }
    }

    pub async fn choose(
        &self,
        wanted: Accelerator,
        machine: Machine,
        qemu: &Path,
        store: &Store,
        watch: &Watch,
    ) -> Result<Accelerator> {
        if wanted != Accelerator::Auto {
            return allowed(wanted, machine);
        }
        self.known.get_or_try_init(|| find(machine, qemu, store, watch)).await.copied()
    }
}

/// The accelerator of this machine's operating system.
fn native() -> Accelerator {
    if cfg!(target_os = "macos") { Accelerator::Hvf } else { Accelerator::Kvm }
}

fn allowed(wanted: Accelerator, machine: Machine) -> Result<Accelerator> {
    if wanted == Accelerator::Tcg || (machine.is_native() && wanted == native()) {
        return Ok(wanted);
    }
    Err(Error::config(format!(
        "accelerator {wanted:?} cannot run {} guests on this machine",
        machine.architecture
    ))
    .hint("use `accelerator: auto`"))
}

async fn find(machine: Machine, qemu: &Path, store: &Store, watch: &Watch) -> Result<Accelerator> {
    let candidate = native();
    let name = candidate.name();
    if !machine.is_native() || (candidate == Accelerator::Kvm && !Path::new("/dev/kvm").exists()) {
        return Ok(Accelerator::Tcg);
    }
    let file = store.cache().join("accelerator.json");
    let boot_id = boot_id();
    let remembered: Option<Finding> = store::read_json(&file).unwrap_or_default();
    if let Some(finding) = remembered
        && boot_id.as_ref() == Some(&finding.boot_id)
        && finding.qemu == qemu
        && (finding.accelerator == candidate
            || finding.found.duration_until(jiff::Timestamp::now()) < FORGET_FAILURE)
    {
        return Ok(finding.accelerator);
    }
    let activity = watch.report.activity(&format!("testing whether {name} works"));
    let (accelerator, reason) = if machine.architecture == "x86_64" {
        compare(candidate, qemu, watch).await?
    } else {
        // The probe is x86 code; on other processors the accelerator is trusted untested.
        (candidate, String::new())
    };
    drop(activity);
    if accelerator == Accelerator::Tcg {
        watch.report.log(Level::Info, &format!("{name} is not used: {reason}"));
    }
    if let Some(boot_id) = boot_id {
        store::create_folder(store.cache())?;
        let found = jiff::Timestamp::now();
        let finding = Finding { boot_id, qemu: qemu.to_owned(), accelerator, reason, found };
        store::write_json(&file, &finding)?;
    }
    Ok(accelerator)
}

/// Boots the tiny guest with each accelerator.
async fn compare(
    candidate: Accelerator,
    qemu: &Path,
    watch: &Watch,
) -> Result<(Accelerator, String)> {
    let without = boot(qemu, Accelerator::Tcg, PATIENCE, watch).await?.map_err(|reason| {
        Error::failed(format!("{} cannot boot even an empty guest", qemu.display())).cause(reason)
    })?;
    let deadline = DEADLINE + 2 * without;
    Ok(match boot(qemu, candidate, deadline, watch).await? {
        Ok(_) => (candidate, String::new()),
        Err(reason) => (Accelerator::Tcg, reason),
    })
}

/// How long the tiny guest took, or why it did not end by itself.
async fn boot(
    qemu: &Path,
    accelerator: Accelerator,
    deadline: Duration,
    watch: &Watch,
) -> Result<Result<Duration, String>> {
    let failed = |error| Error::new(Code::Io, "cannot write a boot sector").cause(error);
    let mut sector = [0; 512];
    sector[..BOOT_SECTOR.len()].copy_from_slice(&BOOT_SECTOR);
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    let disk = tempfile::NamedTempFile::new().map_err(|error| failed(error.to_string()))?;
    std::fs::write(disk.path(), sector)
        // Firmware does not boot from a disk too small for a partition table.
        .and_then(|()| disk.as_file().set_len(1 << 20))
        .map_err(|error| failed(error.to_string()))?;
    let drive = format!(
        "if=none,id=disk,format=raw,file={}",
        disk.path().display().to_string().replace(',', ",,")
    );
    let (accel, cpu) = command::accelerator_values(accelerator);
    let started = Instant::now();
    let mut child = Command::new(qemu)
        // The same processor options as for an instance: some hosts cannot pass all theirs on.
        .args(["-accel", accel, "-cpu", cpu, "-smp", "2", "-machine", "q35", "-m", "32"])
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-drive", &drive])
        .args(["-device", "ide-hd,drive=disk"])
        .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Error::io("run", qemu, error))?;
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let ended = tokio::select! {
        () = watch.cancel.cancelled() => None,
        ended = tokio::time::timeout(deadline, child.wait()) => Some(ended),
    };
    if !matches!(ended, Some(Ok(_)))
        && let Some(group) = group
    {
        // This fails only when the guest has just ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait().await;
    }
    Ok(match ended {
        None => return Err(Error::interrupted()),
        Some(Err(_)) => Err(format!("a tiny guest did not boot within {deadline:.1?}")),
        Some(Ok(Err(error))) => return Err(Error::io("wait for", qemu, error)),
        Some(Ok(Ok(status))) if status.code() == Some(EXIT_STATUS) => Ok(started.elapsed()),
        Some(Ok(Ok(status))) => Err(format!("a tiny guest ended with {status}")),
    })
}

/// Changes when this machine boots; none where the kernel does not report it.
fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}
