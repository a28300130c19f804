//! The shipped scripts as files, so that an editor can show them: read-only, one folder for each version.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::script::shipped::{Shelf, digest};
use crate::{Error, Result};

/// The file of a shipped script, `stdlib/service.rhai`; written if it is not there yet.
///
/// # Errors
/// There is no home folder, or the cache cannot be written to.
pub fn file(name: &str) -> Result<Option<PathBuf>> {
    let mut shipped = [Shelf::Stdlib, Shelf::Scripts].into_iter().flat_map(Shelf::all_shipped);
    let Some((_, text)) = shipped.find(|(known, _)| known == name) else { return Ok(None) };
    let path = folder()?.join(name);
    // An interrupted write leaves no half: it becomes this file only when it is whole.
    if std::fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(Some(path));
    }
    write(&path, text).map_err(|error| Error::io("write", &path, error))?;
    Ok(Some(path))
}

fn folder() -> Result<PathBuf> {
    let home = etcetera::choose_base_strategy()
        .map_err(|error| Error::failed("this user has no home folder").cause(error))?;
    // Builds of one version may differ.
    let shipped = [Shelf::Stdlib, Shelf::Scripts].into_iter().flat_map(Shelf::all_shipped);
    let all = shipped.map(|(name, text)| (name, text.to_owned())).collect();
    let digest = digest(Path::new("/nonexistent"), all);
    let short = digest.trim_start_matches("sha256:").get(..12).unwrap_or_default().to_owned();
    let name = format!("library-{}-{short}", env!("CARGO_PKG_VERSION"));
    Ok(home.cache_dir().join("imgctl").join(name))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o444))?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
