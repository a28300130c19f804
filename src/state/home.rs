//! The folder of this user for what outlives every project: the key of digests, the console's history.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/imgctl`, else `~/.local/state/imgctl`, made if need be and then open to nobody else.
/// None: there is no home, or it cannot be written.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    let folder = state.join("imgctl");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder)
}
