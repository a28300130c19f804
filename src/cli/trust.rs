//! Whose project it is. The configuration and scripts of a folder run as the user: one that was only
//! found by the search upwards must be the user's own, as with git's `safe.directory`.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::state::owner::{TRUSTED, is_listed, is_trusted};
use crate::{Error, Result};

/// What a project is loaded from.
const LOADED: [&str; 3] = ["config.yaml", "scripts", "stdlib"];
/// What single commands run or print of a project.
const ASKED_FOR: [&str; 2] = ["tests", "plans"];

/// Refuses a project that other users have written, or can write.
///
/// # Errors
/// `Code::Config`, with the ways to trust it.
pub fn check(project: &Path) -> Result<()> {
    let present = |name: &&str| project.join(name).symlink_metadata().is_ok();
    // A folder from which nothing is loaded may be anybody's.
    if !LOADED.iter().any(present) {
        return Ok(());
    }
    let mut all = LOADED.iter().chain(&ASKED_FOR).copied().filter(present);
    let refusal = own(project).and_then(|()| all.try_for_each(|name| tree(&project.join(name))));
    match refusal {
        Err((path, why)) if !is_listed(project) => Err(refuse(project, &path, &why)),
        _ => Ok(()),
    }
}

/// The path that is not trusted, and why.
type Doubt = (std::path::PathBuf, Why);

enum Why {
    Owner(u32),
    Mode(u32),
}

/// A file, or a folder with everything in it.
fn tree(path: &Path) -> Result<(), Doubt> {
    own(path)?;
    // A link to a folder is followed once: what it leads to is loaded, and a circle has no end.
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let below = entry.path();
        if is_folder { tree(&below)? } else { own(&below)? }
    }
    Ok(())
}

/// A path and, for a link, what it leads to.
fn own(path: &Path) -> Result<(), Doubt> {
    for found in [path.symlink_metadata(), path.metadata()].into_iter().flatten() {
        doubt(&found).map_or(Ok(()), |why| Err((path.to_path_buf(), why)))?;
    }
    Ok(())
}

fn doubt(found: &Metadata) -> Option<Why> {
    const STICKY: u32 = 0o1000;
    if !is_trusted(found.uid()) {
        return Some(Why::Owner(found.uid()));
    }
    // In a sticky folder nobody can replace another user's files, and those are looked at, too.
    let open = found.mode() & 0o002 != 0 && !found.is_symlink();
    (open && !(found.is_dir() && found.mode() & STICKY != 0))
        .then(|| Why::Mode(found.mode() & 0o7777))
}

fn refuse(project: &Path, path: &Path, why: &Why) -> Error {
    let shown = project.display();
    let trust = format!(
        "set {TRUSTED}={shown} (or `*`), or name the project with `--config {}`",
        project.join("config.yaml").display()
    );
    let (why, cure) = match why {
        Why::Owner(uid) => (format!("belongs to another user (uid {uid})"), trust),
        Why::Mode(mode) => (
            format!("can be written by every user (mode {mode:04o})"),
            format!("take that from them (`chmod -R o-w {shown}`), or {trust}"),
        ),
    };
    Error::config(format!("the project {shown} is not trusted: its scripts would run as you"))
        .cause(format!("{} {why}", path.display()))
        .hint(format!("read its files, then {cure}"))
}
