//! Copies of the shipped scripts in a project.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::record::{self, Shipped};
use super::write::write_new;
use crate::Result;
use crate::report::{Level, Report};
use crate::script::shipped::Shelf;
use crate::ui::Ui;

/// The shipped scripts, by their paths in a project.
pub fn shipped() -> BTreeMap<String, &'static str> {
    [Shelf::Scripts, Shelf::Stdlib].into_iter().flat_map(Shelf::all_shipped).collect()
}

/// Copies what the project does not have yet.
pub fn copy(ui: &Arc<Ui>, project: &Path) -> Result<()> {
    let mut record = record::read(project)?;
    for (name, text) in shipped() {
        if write_new(ui, &project.join(&name), text)? {
            record.insert(name, Shipped::of(text)?);
        }
    }
    record::write(project, &record)?;
    ui.log(
        Level::Warning,
        "the copies are used in place of the shipped scripts, also of those of later versions: keep those \
         that you edit and remove the others; `imgctl diff-scripts` shows what a new version changed",
    );
    Ok(())
}
