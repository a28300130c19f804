//! The main job: the shipped binary and scripts bake an image in a virtual machine, with a reboot in the
//! middle, verify it in a second one, and leave nothing but the image.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/ran.rs"]
mod ran;

use std::path::Path;
use std::process::{Command, Stdio};

use ran::Ran;

/// Runs imgctl in the project.
fn imgctl(project: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(words)
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let ran = Ran::new(words, output);
    // Shown when the test fails.
    println!("{ran}");
    ran
}

/// Processes with the project's folder on their command line.
fn processes_of(project: &Path) -> Vec<String> {
    let folder = project.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
        .filter(|words| words.contains(&folder))
        .collect()
}

/// Destroys the test's machines whatever fails.
struct Cleaned<'a>(&'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        if self.0.join(".state.json").exists() {
            imgctl(self.0, &["destroy"]);
        }
    }
}

/// The small image, and what takes little time of the full one.
const CI_IMAGE: &str = "
ci_image:
  user: {name: ci}
  sudo: {enabled: true}
  firewall: {enabled: true, program: nftables}
  bash_as_sh: {enabled: true}
  known_hosts: {enabled: true}
  ssh_key: {enabled: true, type: ed25519}
  path: {enabled: true}
";

/// What the distribution leaves after an update of the kernel or the C library.
const ASK_FOR_REBOOT: &str = "cloud::host().sudo(\"touch /run/reboot-required\")";

/// Bakes an image on that kind of machine, verifies it, removes all else, and returns its id.
fn bake(project: &Path, machine: &str) -> String {
    let setting = format!("clouds.local.machine={machine}");
    let up = ["--set", &setting, "cloud:local", "distribution:debian12", "up"];
    imgctl(project, &up).succeeds();
    imgctl(project, &["run", "-e", ASK_FOR_REBOOT]).succeeds();
    let boot = || imgctl(project, &["ssh:cat /proc/sys/kernel/random/boot_id"]).succeeds().stdout;
    let first = boot();
    // For the file, or for a newer kernel, if the distribution has one today.
    imgctl(project, &["bootstrap", "tests"]).succeeds().says("→ reboot");
    assert_ne!(boot(), first, "the machine was rebooted in `bootstrap`");
    // The command's own status is passed on.
    imgctl(project, &["ssh:exit 7"]).fails(7);
    let baked = imgctl(project, &["create_image", "verify_image"]).succeeds();
    let id = baked.announced().pop_first().unwrap();

    imgctl(project, &["destroy"]).succeeds();
    assert!(!project.join(".state.json").exists(), "the state goes last");
    assert_eq!(processes_of(project), Vec::<String>::new());
    let instances = std::fs::read_dir(project.join("machines/instances"));
    assert_eq!(instances.map_or(0, Iterator::count), 0, "no file of an instance is left");
    imgctl(project, &["list_images"]).succeeds().says(&id);
    id
}

/// Prints kind, mode, owner and target of every file on the root partition of the raw image $1, and
/// the units that are enabled.
const LISTING: &str = r#"
set -e
mkdir -p "$1.root"
mount -o loop,ro,noload,offset=2097152 "$1" "$1.root"
cd "$1.root"
find . -xdev -printf '%p %y %m %U:%G %l\n' | sort
systemctl --root="$PWD" list-unit-files --no-legend --no-pager | awk '{print "unit " $1 " " $2}'
"#;

/// Names of files that differ between any two runs: logs, caches, what is named after a time or an
/// identity, and what systemd and udev keep about the machine it last ran on.
const VARIABLE: [&str; 9] = [
    "./var/log/",
    "./var/cache/",
    "./var/lib/systemd/",
    "./var/lib/dhcp",
    "./var/lib/apt/lists/",
    "./var/backups/",
    "./var/lib/dpkg/",
    "./boot/grub/",
    "./lost+found",
];

/// What is on the disk of an image.
fn listing(project: &Path, id: &str) -> Vec<String> {
    let raw = project.join(format!("{id}.raw"));
    let raw = raw.to_str().unwrap();
    imgctl(project, &[&format!("export_image:{id},raw,{raw}")]).succeeds();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", LISTING, "sh", raw])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(raw).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // The machine wrote these once more while it stopped.
    for trace in ["./var/log/journal/", "./var/lib/systemd/random-seed"] {
        assert!(!text.lines().any(|line| line.starts_with(trace)), "{trace} is in the image");
    }
    let lines = text.lines().filter(|line| !VARIABLE.iter().any(|name| line.starts_with(name)));
    lines.map(str::to_owned).collect()
}

#[test]
fn an_image_is_baked_and_verified_and_all_else_is_removed() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let project = folder.path();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-cache");
    let config = format!(
        "clouds: {{local: {{folder: '{}', cache: '{}'}}}}\n{CI_IMAGE}",
        project.join("machines").display(),
        cache.display()
    );
    std::fs::write(project.join("config.yaml"), config).unwrap();
    let _cleaned = Cleaned(project);

    // Only root can run containers, and look into images.
    let is_root = rustix::process::geteuid().is_root();
    let mut images = Vec::new();
    if is_root {
        images.push(bake(project, "container"));
    }
    // The same on a machine with an emulated processor takes as long as a hundred other tests.
    if !is_root || std::env::var_os("EVERYTHING").is_some() {
        images.push(bake(project, "vm"));
    }
    let on_disk = |id: &String| if is_root { listing(project, id) } else { Vec::new() };
    if let [ours, theirs] = &images.iter().map(on_disk).collect::<Vec<_>>()[..] {
        let more: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).collect();
        let less: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).collect();
        assert!(more.is_empty() && less.is_empty(), "more: {more:#?}\nless: {less:#?}");
    }
    for id in images {
        imgctl(project, &[&format!("delete_image:{id}")]).succeeds();
        imgctl(project, &["list_images"]).succeeds().never_says(&id);
    }
}

/// A disk whose boot sector writes this text on the serial port and does nothing more.
fn disk_that_says(text: &str) -> Vec<u8> {
    let mut disk = vec![
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0xbe, 0x16, 0x7c, // mov si, the text behind the code
        0xba, 0xf8, 0x03, // mov dx, the first serial port
        0xfc, // cld
        0xac, // next: lodsb
        0x84, 0xc0, // test al, al
        0x74, 0x03, // jz end
        0xee, // out dx, al
        0xeb, 0xf8, // jmp next
        0xf4, // end: hlt
        0xeb, 0xfd, // jmp end
    ];
    disk.extend(text.bytes());
    disk.resize(510, 0);
    disk.extend([0x55, 0xaa]);
    disk.resize(1 << 20, 0);
    disk
}

#[test]
fn a_machine_whose_kernel_dies_is_told_at_once_and_begun_again_while_emulated() {
    let project = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let project = project.path();
    let _cleaned = Cleaned(project);
    let text = "Oops: int3\r\nKernel panic - not syncing: Attempted to kill the idle task!\r\n";
    std::fs::write(project.join("dead.raw"), disk_that_says(text)).unwrap();
    std::fs::write(
        project.join("config.yaml"),
        "\
defaults: {cloud: local, distribution: dead}
clouds:
  local:
    machine: vm
    accelerator: tcg
    folder: machines
    cache: cache
    memory: 128MiB
    disk: {size: 64MiB}
    distributions: {dead: {username: ci, base: {file: dead.raw, handover: credentials}}}
",
    )
    .unwrap();
    let ran = imgctl(project, &["up"]).fails(1);
    ran.says("imgctl-dead does not boot: its kernel died")
        .says("console: Oops: int3")
        .says("console: Kernel panic - not syncing: Attempted to kill the idle task!")
        .says("the boot is begun again (1 of 2)")
        .says("the boot is begun again (2 of 2)")
        .hints("`imgctl destroy` removes it");
    imgctl(project, &["destroy"]).succeeds();
    assert_eq!(processes_of(project), Vec::<String>::new());
}
