//! The inotify instances that containers need: the kernel counts those of all containers together, and
//! a systemd that gets none ends while it boots.

use std::path::Path;

use crate::{Error, Result};

/// How many a system with systemd and its usual services has open; measured: 9 to 11.
const NEEDED: usize = 16;

const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";

/// Checks that another container can be started.
///
/// # Errors
/// `Config` if too many are in use.
pub fn check() -> Result<()> {
    let limit = std::fs::read_to_string(LIMIT).ok().and_then(|text| text.trim().parse().ok());
    let (Some(limit), used) = (limit, used(Path::new("/proc"))) else { return Ok(()) };
    if used + NEEDED <= limit {
        return Ok(());
    }
    let message = format!(
        "a container needs {NEEDED} inotify instances, and {used} of {limit} are in use already"
    );
    Err(Error::config(message).hint(
        "destroy other containers, run `sysctl fs.inotify.max_user_instances=1024`, or set \
         `machine: vm`",
    ))
}

/// Those that are open, by all processes that this one can look into.
fn used(processes: &Path) -> usize {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries(processes)
        .flat_map(|process| entries(&process.path().join("fd")))
        .filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok())
        .filter(|file| file.as_os_str() == "anon_inode:inotify")
        .count()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    #[test]
    fn open_instances_of_all_processes_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for (process, targets) in
            [("1", vec!["anon_inode:inotify", "/dev/null"]), ("2", vec!["anon_inode:inotify"])]
        {
            let descriptors = folder.path().join(process).join("fd");
            std::fs::create_dir_all(&descriptors).unwrap();
            for (number, target) in targets.iter().enumerate() {
                symlink(target, descriptors.join(number.to_string())).unwrap();
            }
        }
        assert_eq!(super::used(folder.path()), 2);
    }
}
