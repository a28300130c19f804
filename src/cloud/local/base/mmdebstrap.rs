//! Building a base image from a Debian or Ubuntu mirror, without root or loop devices.

use std::fs::File;
use std::path::{Path, PathBuf};

use tokio::process::Command;
use uuid::Uuid;

use super::{boot_loader, memory, recipe};
use crate::cloud::local::machine::Machine;
use crate::cloud::local::program::{self, Redirect};
use crate::cloud::local::qemu_img::QemuImg;
use crate::cloud::local::{space, store};
use crate::config::local::Mmdebstrap;
use crate::report::Watch;
use crate::{Error, Result};

const BEFORE: &str = include_str!("before.sh");
const SETUP: &str = include_str!("setup.sh");
const DISK: &str = include_str!("disk.sh");

/// The scripts on which a built base depends, besides its packages.
pub fn scripts() -> [&'static str; 3] {
    [BEFORE, SETUP, DISK]
}

/// Bytes of disk for a build: packages, the unpacked root, and the disk image.
pub const SPACE: u64 = 3 << 30;

/// How lines of mmdebstrap begin that tell how far it is.
const INFORMS: &str = "I: ";

/// Properties of a base that was built.
pub struct Built {
    /// Whether its kernel boots without an initial RAM disk.
    pub quick_boot: bool,
}

/// Builds a bootable qcow2 image as `disk.qcow2` in `work`, an empty folder.
pub async fn build(
    wanted: &Mmdebstrap,
    machine: Machine,
    work: &Path,
    qemu_img: &QemuImg,
    watch: &Watch,
) -> Result<Built> {
    let mmdebstrap = check(machine)?;
    let recipe = recipe::of(wanted, machine)?;
    let activity = watch.report.activity(&format!("building {} from its mirror", wanted.suite));
    let partition = Uuid::new_v4();
    let setup = SETUP
        .replace("@ROOT_PARTUUID@", &partition.to_string())
        .replace("@CONSOLE@", machine.console)
        .replace("@HOSTNAME@", recipe.hostname);
    let is_root = rustix::process::geteuid().is_root();
    // Packages of the user's own may be of any size.
    let place = memory::Place::new(wanted.packages.is_empty() && wanted.kernel.is_none())?;
    let mut command = place.command(&mmdebstrap);
    command
        .arg(if is_root { "--mode=root" } else { "--mode=unshare" })
        .args(["--variant=minbase", "--format=tar"])
        .arg(format!("--architectures={}", machine.debian))
        .arg(format!("--components={}", wanted.components.join(",")))
        .arg(format!("--include={}", recipe.packages.join(",")))
        // With the package lists `apt-get update` in a guest has little to download.
        .arg("--skip=cleanup/apt/lists")
        // A build that a crash ends begins anew: dpkg need not sync each of 17,000 files.
        .arg("--dpkgopt=force-unsafe-io")
        .arg(format!("--essential-hook={BEFORE}"))
        .arg(format!("--customize-hook={setup}"));
    for file in ["boot.img", "core.img", "quick"] {
        let target = shell_word(&work.join(file))?;
        command.arg(format!("--customize-hook=download /imgctl-out/{file} {target}"));
    }
    command.arg("--customize-hook=rm -r \"$1/imgctl-out\"");
    let tar = work.join("root.tar");
    command.arg("--").arg(&wanted.suite).arg(&tar).args(&recipe.sources);
    let on_line = |line: &str| {
        if let Some(text) = line.strip_prefix(INFORMS)
            && !text.contains("hook")
        {
            activity.status(text.trim_end_matches("..."));
        }
    };
    let ended = program::run_to_end(command, Redirect::default(), watch, on_line).await;
    ended
        .and_then(|ended| succeeded(&ended, "mmdebstrap"))
        .map_err(|error| explain(error, wanted))?;
    activity.status("making the disk image");
    let disk = work.join("disk.qcow2");
    let mut command = if is_root {
        place.command(Path::new("sh"))
    } else {
        let mut command = Command::new(&mmdebstrap);
        command.args(["--unshare-helper", "sh"]);
        command
    };
    command.args(["-c", DISK]);
    let files = Redirect { stdin: Some(open(&tar)?), stdout: Some(create(&disk)?) };
    let ended = program::run_to_end(command, files, watch, |_| ()).await;
    ended.and_then(|ended| succeeded(&ended, "making its disk")).map_err(|error| {
        if program::was_interrupted(&error) {
            return error;
        }
        error.context(format!("cannot make a disk image of {}", wanted.suite)).hint(format!(
            "its lines above name what failed; a build wants {} in the cache and in the folder for \
             temporary files (TMPDIR), and the programs tar, mke2fs and qemu-img",
            bytesize::ByteSize::b(SPACE)
        ))
    })?;
    store::remove(&tar)?;
    activity.status("writing the boot loader");
    let read = |name: &str| {
        let path = work.join(name);
        std::fs::read(&path).map_err(|error| Error::io("read", &path, error))
    };
    let size = qemu_img.info(&disk, watch).await?.virtual_size;
    let head = boot_loader::head(size, partition, &read("boot.img")?, &read("core.img")?)?;
    for (offset, bytes) in head {
        qemu_img.write_at(&disk, offset, &bytes, watch).await?;
    }
    Ok(Built { quick_boot: read("quick")?.starts_with(b"yes") })
}

/// Its shell has no name that would tell anything, so `name` stands in its place.
fn succeeded(ended: &program::Ended, name: &str) -> Result<()> {
    match ended.status.success() {
        true => Ok(()),
        false => Err(ended.failure(name, |line| !line.starts_with(INFORMS))),
    }
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::io("open", path, error))
}

fn create(path: &Path) -> Result<File> {
    File::create(path).map_err(|error| Error::io("create", path, error))
}

/// Checks what a build needs, and returns the path of mmdebstrap.
///
/// # Errors
/// `Config` if a program or a range of user ids is missing.
pub fn check(machine: Machine) -> Result<PathBuf> {
    if machine.architecture != "x86_64" {
        return Err(Error::config(format!(
            "a base image for {} cannot be built on this machine",
            machine.architecture
        ))
        .hint("set `base: {url, sha256}` to a vendor's cloud image"));
    }
    let mmdebstrap = program::find("mmdebstrap", None, "mmdebstrap")?;
    program::find("mke2fs", None, "e2fsprogs")?;
    program::find("qemu-img", None, "qemu-utils")?;
    if !rustix::process::geteuid().is_root() {
        program::find("newuidmap", None, "uidmap")?;
        let uid = rustix::process::geteuid().as_raw();
        for file in ["/etc/subuid", "/etc/subgid"] {
            check_range(Path::new(file), uid)?;
        }
    }
    Ok(mmdebstrap)
}

/// Without root, the users of an image need a range of ids that belongs to this user.
fn check_range(file: &Path, uid: u32) -> Result<()> {
    let user = user_name(uid);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let has = text.lines().any(|line| {
        let owner = line.split(':').next().unwrap_or_default();
        owner == user || owner == uid.to_string()
    });
    if has {
        return Ok(());
    }
    Err(Error::config(format!("{} has no range of ids for user {user}", file.display())).hint(format!(
        "run `echo {user}:100000:65536 | sudo tee -a {}` (with an unused range), or run as root",
        file.display()
    )))
}

fn user_name(uid: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
    let name = line.and_then(|line| line.split(':').next()).map(str::to_owned);
    name.or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| uid.to_string())
}

/// The path as a word of the shell, in which mmdebstrap's hooks run.
fn shell_word(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Error::config(format!("the path of the cache folder {} is not UTF-8", path.display()))
    })?;
    shlex::try_quote(text).map(|word| word.into_owned()).map_err(|error| {
        Error::config(format!(
            "the path of the cache folder {} cannot be used in a shell",
            path.display()
        ))
        .cause(error)
    })
}

/// Adds a hint. mmdebstrap exits with the same status for every failure, so that its messages and
/// apt's are all there is to decide by.
fn explain(error: Error, wanted: &Mmdebstrap) -> Error {
    if program::was_interrupted(&error) {
        return error;
    }
    let text = error.to_string();
    let error = error.context(format!("cannot build {} from its mirror", wanted.suite));
    if text.contains("unshare") || text.contains("newuidmap") {
        error.hint("run as root, or allow user namespaces for this user")
    } else if text.contains("No space left on device") {
        error.hint(space::CURE)
    } else if text.contains("NO_PUBKEY") || text.contains("not signed") || text.contains("keyring")
    {
        error.hint("install the distribution's keyring: debian-archive-keyring or ubuntu-keyring")
    } else {
        error.hint(
            "check that the mirror can be reached, or set `base: {mmdebstrap: {suite, mirror}}`",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::report::Silent;

    /// As root, mmdebstrap runs below a shell, whose name would tell nothing.
    #[tokio::test]
    async fn a_build_that_fails_tells_the_last_lines_of_what_failed() {
        let mut command = Command::new("sh");
        let printed = "I: running apt-get update...\nE: 404 Not Found\nI: removing tempdir\n";
        command.args(["-c", "printf \"$1\" >&2; exit 25", "sh", printed]);
        let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
        let ended = program::run_to_end(command, Redirect::default(), &watch, |_| ()).await;
        let error = succeeded(&ended.unwrap(), "mmdebstrap").unwrap_err();
        let wanted = serde_json::from_value(serde_json::json!({"suite": "bookworm"})).unwrap();
        let error = explain(error, &wanted);
        assert_eq!(error.message(), "cannot build bookworm from its mirror");
        assert_eq!(error.causes(), ["mmdebstrap failed (exit status: 25)", "E: 404 Not Found"]);
        assert!(error.hint_text().unwrap().contains("the mirror can be reached"));
    }

    #[test]
    fn a_user_without_a_range_of_ids_is_told_the_line_to_add() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "somebody:100000:65536\n").unwrap();
        let error = check_range(file.path(), 4_000_000).unwrap_err();
        assert!(error.hint_text().unwrap().contains(":100000:65536 | sudo tee -a"), "{error:?}");
        std::fs::write(file.path(), "4000000:100000:65536\n").unwrap();
        check_range(file.path(), 4_000_000).unwrap();
    }
}
