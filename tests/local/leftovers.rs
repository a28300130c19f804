//! What may be left of a container on this computer besides its files.

use std::path::Path;
use std::time::{Duration, Instant};

/// The kernel may take this long to release what a killed process held.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asserts that nothing is left of the instances in that folder.
pub fn assert_none(folder: &Path, ids: &[String]) {
    let started = Instant::now();
    loop {
        let left = all(folder, ids);
        if left.is_empty() {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "left: {left:#?}");
        std::thread::yield_now();
    }
}

fn all(folder: &Path, ids: &[String]) -> Vec<String> {
    let folder = folder.display().to_string();
    let mut left = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        let read = |name: &str| {
            let bytes = std::fs::read(path.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let line = read("cmdline").replace('\0', " ");
        if ids.iter().any(|id| line.contains(&format!("imgctl-{id}"))) {
            left.push(format!("process {}: {line}", path.display()));
        }
        // Also of processes in the namespaces of a container.
        if let Some(mount) = read("mountinfo").lines().find(|mount| mount.contains(&folder)) {
            left.push(format!("mount of {}: {mount}", path.display()));
        }
    }
    for entry in std::fs::read_dir("/sys/block").unwrap().flatten() {
        let file = std::fs::read_to_string(entry.path().join("loop/backing_file"));
        if file.as_ref().is_ok_and(|file| file.contains(&folder)) {
            left.push(format!("{}: {}", entry.path().display(), file.unwrap()));
        }
    }
    for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"] {
        let cgroups = ids.iter().map(|id| Path::new(root).join(format!("imgctl-{id}")));
        left.extend(cgroups.filter(|path| path.exists()).map(|path| path.display().to_string()));
    }
    for name in ["/run/systemd/nspawn/propagate", "/run/systemd/nspawn/locks"] {
        for entry in std::fs::read_dir(name).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if ids.iter().any(|id| name.contains(id)) {
                left.push(entry.path().display().to_string());
            }
        }
    }
    left
}
