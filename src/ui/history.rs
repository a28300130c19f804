//! The file with the lines that were typed at consoles.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// `~/.local/state/imgctl/repl_history`, in a folder that only the user can read. None: there is no such place,
/// and lines are kept until the console is left.
pub fn file() -> Option<PathBuf> {
    let places = etcetera::choose_base_strategy().ok()?;
    let folder = places.state_dir().unwrap_or_else(|| places.data_dir()).join("imgctl");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder.join("repl_history"))
}
