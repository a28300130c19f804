//! Machines of the EL family for tests: Debian's programs, with rpm, dnf and a repository of small
//! packages, under the name of Rocky Linux 9 (`el9`) or CentOS 7 (`el7`, where yum is dnf's name). Each
//! is made once on a container machine, and kept as an image.
//!
//! Use it from a test crate that has `mod container`, with `#[path = "support/el.rs"] mod el;`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use super::container::{Container, Kind, target};

/// The image of `el9` or `el7`, made first unless it is there. Other tests wait meanwhile.
pub fn base(name: &str) -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/el");
    let mut digest = Sha256::new();
    for file in ["become.sh", "build.rhai", "packages.sh", "setup.sh"] {
        digest.update(std::fs::read(scripts.join(file)).unwrap());
    }
    let folder = target().join("el");
    std::fs::create_dir_all(&folder).unwrap();
    let version = format!("{:x}", digest.finalize());
    let image = folder.join(format!("{name}-{}.qcow2", &version[..12]));
    let lock = std::fs::File::create(folder.join(format!("{name}.lock"))).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    if !image.exists() {
        make(name, &scripts, &image);
    }
    image
}

fn make(name: &str, scripts: &Path, image: &Path) {
    let machine = Container::project(&Kind {
        distribution: "debian12",
        machine: "container",
        settings: "{}",
    });
    std::os::unix::fs::symlink(scripts, machine.path().join("el")).unwrap();
    machine.imgctl(&["up"]).succeeds();
    machine.imgctl(&["run", "el/build.rhai", name]).succeeds();
    let file = machine.path().join("image.qcow2");
    let export = format!("export_image:newest,qcow2,{}", file.display());
    machine.imgctl(&[&export]).succeeds();
    // Those made by older scripts are of no use any more.
    let others = std::fs::read_dir(image.parent().unwrap()).unwrap();
    for other in others.map(|entry| entry.unwrap().path()) {
        let known = other.file_name().unwrap().to_str().unwrap();
        if known.starts_with(&format!("{name}-")) {
            std::fs::remove_file(&other).unwrap();
        }
    }
    std::fs::rename(&file, image).unwrap();
}
