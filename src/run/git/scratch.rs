//! What an edit needs for a while: a folder, a worktree in it, and references of its own. All of it is removed
//! with the edit, or by the next one if this process was killed.

use std::fs::{File, TryLockError};
use std::path::{Component, Path, PathBuf};

use super::program::Git;
use super::repository::Repository;
use crate::{Error, Result};

/// In the folder that all worktrees of a repository share, and below `refs/`.
const HOME: &str = "imgctl";
const PREFIX: &str = "edit-";
const LOCK: &str = "lock";
const TREE: &str = "tree";

pub struct Scratch {
    git: Git,
    folder: PathBuf,
    /// `refs/imgctl/edit-1a2b`
    pub references: String,
    /// The kernel's lock on this file says that the edit goes on.
    _lock: File,
}

impl Scratch {
    /// Removes what ended processes left, and makes a folder.
    pub fn new(repository: &Repository) -> Result<Scratch> {
        let home = repository.common.join(HOME);
        let failed = |error| Error::io("make a folder in", &home, error);
        std::fs::create_dir_all(&home).map_err(failed)?;
        sweep(&repository.git.to_the_end(), &home);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&home).map_err(failed)?;
        let lock = File::create_new(folder.path().join(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let folder = folder.keep();
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let references = format!("refs/{HOME}/{id}");
        Ok(Scratch { git: repository.git.to_the_end(), folder, references, _lock: lock })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn tree(&self) -> PathBuf {
        self.folder.join(TREE)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.git, &self.folder);
        if let Some(home) = self.folder.parent() {
            // It stays while another edit goes on.
            let _ = std::fs::remove_dir(home);
        }
    }
}

/// Removes the folders that nobody locks.
fn sweep(git: &Git, home: &Path) {
    for entry in std::fs::read_dir(home).into_iter().flatten().flatten() {
        let folder = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let locked = File::open(folder.join(LOCK))
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        if !locked {
            remove(git, &folder);
        }
    }
}

/// As far as it goes: what stays is tried again by the next edit.
fn remove(git: &Git, folder: &Path) {
    let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let tree = folder.join(TREE);
    if tree.exists() {
        let _ = git.output(&["worktree", "remove", "--force", "--force", &tree.to_string_lossy()]);
    }
    let below = format!("refs/{HOME}/{id}/");
    let names = git.output(&["for-each-ref", "--format=%(refname)", &below]);
    for name in names.iter().flat_map(|names| names.stdout.lines()) {
        let _ = git.output(&["update-ref", "-d", name]);
    }
    let _ = std::fs::remove_dir_all(folder);
}

/// The name of a file to show: that in the repository, for one in a worktree of an edit.
#[must_use]
pub fn shown(path: &str) -> String {
    match in_tree(path) {
        Some((_, name)) => name.to_string_lossy().into_owned(),
        None => path.to_owned(),
    }
}

/// Whether a file in a worktree of an edit is a link out of it: what is changed behind that is in no commit, and
/// may be a file of the user's that the repository has no business with.
#[must_use]
pub fn leads_out(path: &str) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    in_tree(path).is_some_and(|(tree, _)| match (real(&tree), real(Path::new(path))) {
        (Some(tree), Some(file)) => !file.starts_with(tree),
        _ => false,
    })
}

/// The worktree of an edit that a path leads into, and the path in it.
fn in_tree(path: &str) -> Option<(PathBuf, PathBuf)> {
    let parts: Vec<Component> = Path::new(path).components().collect();
    let is = |part: &Component, name: &str| part.as_os_str() == name;
    let at = parts.windows(3).position(|three| {
        is(&three[0], HOME)
            && three[1].as_os_str().to_string_lossy().starts_with(PREFIX)
            && is(&three[2], TREE)
    })?;
    let (tree, name) = parts.split_at(at + 3);
    (!name.is_empty()).then(|| (tree.iter().collect(), name.iter().collect()))
}
