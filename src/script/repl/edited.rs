//! What was edited while a console is open: a step is only repeated where its scripts can be read again.

use std::path::Path;
use std::sync::Arc;

use rhai::Engine;

use crate::Result;
use crate::script::check;
use crate::script::running::Script;
use crate::script::shipped::read;
use crate::script::sources::Sources;

/// Refuses texts that could not be run.
///
/// # Errors
/// The mistakes of the script and its modules, as they are on the disk by now.
pub fn check(script: &Script, bare: fn() -> Engine) -> Result<()> {
    let name = &script.source_name;
    let (Some(folder), Some(file)) = (script.sources.folder(name), Path::new(name).file_name())
    else {
        return Ok(());
    };
    if !script.sources.have_changed() {
        return Ok(());
    }
    let source = read(&folder.join(file), name.clone())?;
    let (run, sources) = (&script.run, Arc::new(Sources::default()));
    let project = &run.options.project;
    let found = check::script(&mut bare(), project, &sources, Some(&run.config), &source);
    check::as_error(&found).map_or(Ok(()), Err)
}
