//! Building a base in memory, where there is plenty of it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use tokio::process::Command;

use crate::{Error, Result};

const SCRIPT: &str = include_str!("memory.sh");

/// The most bytes of temporary files that a build without packages of the user's own has; measured:
/// 1.2 GiB.
const SIZE: u64 = 2 << 30;

/// What must be free, in bytes: other programs want some, too.
const NEEDED: u64 = 4 << 30;

/// Where a build has its temporary files.
pub struct Place(Option<TempDir>);

impl Place {
    /// In memory, if that is `wanted` and there is enough of it; else where they are by default. Only
    /// root can mount a place in memory, and what a killed build leaves in another one would stay there.
    pub fn new(wanted: bool) -> Result<Place> {
        let is_enough = || spare(Path::new("/proc"), Path::new("/sys/fs/cgroup")) >= NEEDED;
        if !wanted || !rustix::process::geteuid().is_root() || !is_enough() {
            return Ok(Place(None));
        }
        let parent = std::env::temp_dir();
        let folder = tempfile::Builder::new()
            .prefix("imgctl-base-")
            // apt's downloads are done by a user of its own.
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(&parent)
            .map_err(|error| Error::io("create a folder in", &parent, error))?;
        Ok(Place(Some(folder)))
    }

    /// Runs `program` with its temporary files there.
    pub fn command(&self, program: &Path) -> Command {
        let Some(folder) = &self.0 else { return Command::new(program) };
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).arg(folder.path()).arg(SIZE.to_string()).arg(program);
        command
    }
}

/// Bytes of memory that this process may still use: those of the computer, or of the cgroup that it is
/// in; 0 where that is not known.
fn spare(proc: &Path, cgroups: &Path) -> u64 {
    let Some(available) = field(&proc.join("meminfo"), "MemAvailable:") else { return 0 };
    let groups = std::fs::read_to_string(proc.join("self/cgroup")).unwrap_or_default();
    let limits = groups.lines().filter_map(|line| {
        let mut words = line.splitn(3, ':').skip(1);
        match (words.next()?, words.next()?.trim_start_matches('/')) {
            ("", path) => least(cgroups, path, ("memory.max", "memory.current", "inactive_file")),
            ("memory", path) => least(
                &cgroups.join("memory"),
                path,
                ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
            ),
            _ => None,
        }
    });
    limits.fold(available * 1024, u64::min)
}

/// The least that is free in a cgroup and those around it. `names`: the files with the limit and with
/// what is in use, and the line of `memory.stat` with what the kernel would give back of that.
fn least(root: &Path, path: &str, names: (&str, &str, &str)) -> Option<u64> {
    let read =
        |path: &Path| -> Option<u64> { std::fs::read_to_string(path).ok()?.trim().parse().ok() };
    root.join(path)
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .filter_map(|folder| {
            // "max", and no file, are no limit.
            let limit = read(&folder.join(names.0))?;
            let used = read(&folder.join(names.1))?;
            let returned = field(&folder.join("memory.stat"), names.2).unwrap_or_default();
            Some(limit.saturating_sub(used.saturating_sub(returned)))
        })
        .min()
}

/// The number behind a name in a file.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(name)).then(|| words.next()?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_cgroup_counts_and_what_the_kernel_gives_back() {
        let folder = tempfile::tempdir().unwrap();
        let (proc, groups) = (folder.path().join("proc"), folder.path().join("cgroup"));
        let write = |path: &Path, text: &str| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(spare(&proc, &groups), 0);
        write(&proc.join("meminfo"), "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n");
        write(&proc.join("self/cgroup"), "4:memory:/a/b\n0::/c/d\n");
        assert_eq!(spare(&proc, &groups), 8000 * 1024);
        write(&groups.join("c/d/memory.max"), "max\n");
        write(&groups.join("c/d/memory.current"), "5\n");
        assert_eq!(spare(&proc, &groups), 8000 * 1024);
        write(&groups.join("c/memory.max"), "5000\n");
        write(&groups.join("c/memory.current"), "3000\n");
        write(&groups.join("c/memory.stat"), "anon 1\ninactive_file 1000\n");
        assert_eq!(spare(&proc, &groups), 3000);
        write(&groups.join("memory/memory.limit_in_bytes"), "700\n");
        write(&groups.join("memory/memory.usage_in_bytes"), "600\n");
        assert_eq!(spare(&proc, &groups), 100);
    }
}
