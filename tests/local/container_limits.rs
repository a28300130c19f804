//! What a container cannot do, and what this computer may lack for one: each is told with its cure.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::bed::{Bed, cache};
use crate::ran::Ran;

/// A project whose instances are containers.
pub fn project(bed: &Bed, machine: &str) {
    let config = format!(
        "defaults: {{cloud: local, distribution: debian12}}\n\
         clouds: {{local: {{machine: {machine}, folder: data, cache: '{}'}}}}\n",
        cache().display()
    );
    std::fs::write(bed.folder.path().join("config.yaml"), config).unwrap();
}

pub fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command
}

pub fn imgctl(folder: &Path, words: &[&str]) -> Ran {
    let ran = Ran::new(words, command(folder, words).output().unwrap());
    println!("{ran}");
    ran
}

#[test]
fn a_script_is_told_that_a_container_has_no_kernel() {
    let Some(bed) = Bed::with_containers() else { return };
    // A distribution may differ from the others.
    project(&bed, "vm, distributions: {debian12: {machine: container}}");
    let folder = bed.folder.path();
    imgctl(folder, &["up"]).succeeds().says("container: `machine: container` is set");
    imgctl(folder, &["status"]).succeeds().says(", container, running");
    imgctl(folder, &["run", "-e", "print(cloud::host().can(\"kernel\"))"]).succeeds().says("false");
    imgctl(folder, &["run", "-e", "cloud::host().require(\"kernel\")"])
        .fails(2)
        .says("is a container: it has no kernel of its own")
        .hints("machine: vm");
    imgctl(folder, &["run", "-e", "cloud::host().sudo(\"modprobe br_netfilter\")"])
        .fails(1)
        .says("br_netfilter")
        .hints("machine: vm");
    imgctl(folder, &["run", "-e", "cloud::host().run(\"false\")"]).fails(1).never_says("kernel");
    imgctl(folder, &["destroy"]).succeeds();
}

/// A folder with links to the programs of this computer, but for one.
fn path_without(bed: &Bed, missing: &str) -> std::path::PathBuf {
    let path = bed.folder.path().join("bin");
    std::fs::create_dir(&path).unwrap();
    for entry in std::fs::read_dir("/usr/bin").unwrap().flatten() {
        if entry.file_name() != missing {
            symlink(entry.path(), path.join(entry.file_name())).unwrap();
        }
    }
    path
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    for (program, package) in
        [("systemd-nspawn", "systemd-container"), ("slirp4netns", "slirp4netns")]
    {
        let Some(bed) = Bed::with_containers() else { return };
        project(&bed, "container");
        let path = path_without(&bed, program);
        let mut up = command(bed.folder.path(), &["up"]);
        let ran = Ran::new(&["up"], up.env("PATH", &path).output().unwrap());
        let ran = ran.fails(2).says(program).hints(&format!("sudo apt install {package}"));
        // Before minutes are spent on a base.
        ran.never_says("base image");
        imgctl(bed.folder.path(), &["destroy"]).succeeds();
        bed.assert_nothing_left();
    }
}

#[test]
fn without_what_a_container_needs_auto_starts_a_virtual_machine() {
    let Some(bed) = Bed::with_containers() else { return };
    project(&bed, "auto");
    let path = path_without(&bed, "slirp4netns");
    let mut up = command(bed.folder.path(), &["--set", "ssh.ready_timeout=1s", "up"]);
    let ran = Ran::new(&["up"], up.env("PATH", &path).output().unwrap());
    imgctl(bed.folder.path(), &["destroy"]).succeeds();
    bed.assert_nothing_left();
    if ran.stdout.contains("virtual machine: accelerator ") {
        println!("skipped: with KVM no container is considered");
        return;
    }
    // It does not answer within that second.
    ran.fails(1).says("virtual machine: emulated, and no container: ").says("slirp4netns");
}

#[test]
fn a_container_is_refused_to_another_user_than_root_and_without_loop_devices() {
    let Some(bed) = Bed::with_containers() else { return };
    project(&bed, "container");
    // In a user namespace without a mapping this process is not root.
    let no_root: &[&str] = &["--user", "--", env!("CARGO_BIN_EXE_imgctl"), "up"];
    let no_devices: &[&str] = &[
        "--mount",
        "--",
        "sh",
        "-c",
        "exec 3>/dev/null; mount -t tmpfs tmpfs /dev; mknod -m 666 /dev/null c 1 3; \
         mknod -m 666 /dev/urandom c 1 9; exec \"$0\" up",
        env!("CARGO_BIN_EXE_imgctl"),
    ];
    // As root of a container of somebody else's may be.
    let imgctl_path = env!("CARGO_BIN_EXE_imgctl");
    let no_nodes: &[&str] =
        &["--mount", "--", "setpriv", "--bounding-set", "-mknod", imgctl_path, "up"];
    let no_mounts: &[&str] =
        &["--mount", "--", "setpriv", "--bounding-set", "-sys_admin", imgctl_path, "up"];
    for (words, said, cure) in [
        (
            no_nodes,
            "to make device nodes, which is refused here",
            "privileged, or set `machine: vm`",
        ),
        (no_mounts, "namespaces of its own, which is refused here", "or set `machine: vm`"),
        (no_root, "a container needs root", "run as root, or set `machine: vm`"),
        (no_devices, "/dev/loop-control, which does not exist", "modprobe loop"),
    ] {
        let output = Command::new("unshare")
            .args(words)
            .current_dir(bed.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran::new(words, output).fails(2).says(said).hints(cure);
        imgctl(bed.folder.path(), &["destroy"]).succeeds();
    }
    bed.assert_nothing_left();
}

/// In a mount namespace of its own: a small file system for the instance, which the guest fills. The
/// filler makes room for what is logged at the end.
const FULL_DISK: &str = r#"
mkdir data
mount -t tmpfs -o size=1600m tmpfs data
dd if=/dev/zero of=data/filler bs=1M count=20 2>/dev/null
"$0" up
"$0" ssh:'sudo dd if=/dev/urandom of=/big bs=1M count=1800 2>/dev/null; sync'
"$0" status
"$0" run -e 'cloud::host().run("false")' || true
rm data/filler
"$0" down
"$0" status
"$0" up
echo "status of up: $?"
"$0" destroy
"#;

#[test]
fn what_a_full_disk_of_this_computer_has_lost_is_told() {
    let Some(bed) = Bed::with_containers() else { return };
    project(&bed, "container");
    let words: &[&str] = &["--mount", "--", "sh", "-c", FULL_DISK, env!("CARGO_BIN_EXE_imgctl")];
    let output = Command::new("unshare")
        .args(words)
        .current_dir(bed.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran::new(words, output)
        .succeeds()
        .says("running: this computer has only ")
        .says("hint: make room on this computer, then run `imgctl destroy up`")
        .says("could not be written: make room for it on this computer")
        .says("container, failed")
        .says("status of up: 1");
}
