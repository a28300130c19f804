//! The JSON Schema beside config.yaml. It is a file of the project, so that editors of all who have a copy of it
//! find it without a network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::write::write_new;
use crate::config::json_schema;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

/// The text of a config.yaml, with the line by which editors find its schema.
pub fn named_in(text: &str) -> String {
    format!("# yaml-language-server: $schema=./{}\n{text}", json_schema::FILE)
}

/// Where it is.
pub fn path(config: &Path) -> PathBuf {
    config.with_file_name(json_schema::FILE)
}

/// Writes the schema, or brings it up to this version: nobody edits it.
pub fn write(ui: &Arc<Ui>, config: &Path) -> Result<()> {
    let path = path(config);
    let text = json_schema::text() + "\n";
    if path.symlink_metadata().is_err() {
        return write_new(ui, &path, &text).map(drop);
    }
    let known = crate::read::text(&path).map_err(|error| Error::io("read", &path, error))?;
    if known == text {
        return Ok(());
    }
    let is_ours = serde_json::from_str(&known)
        .is_ok_and(|known: serde_json::Value| known["title"] == json_schema::TITLE);
    if !is_ours {
        let message = format!("{} is another file, and is not changed", path.display());
        ui.log(Level::Warning, &message);
        return Ok(());
    }
    std::fs::write(&path, text).map_err(|error| Error::io("write", &path, error))?;
    ui.log(Level::Success, &format!("brought {} up to this version", path.display()));
    Ok(())
}
