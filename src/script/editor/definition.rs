//! Where a name is declared.

use std::ops::Range;
use std::path::PathBuf;

use super::cursor::{Before, word_at};
use super::desk::{Desk, Script};
use super::modules::Module;
use super::outline::{Import, Outline};

/// A place in this script, in another file, or in a script that is shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub file: Place,
    /// The text that the range is of.
    pub text: String,
    pub range: Range<usize>,
}

/// Where a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    /// By its path in a project: `stdlib/service.rhai`.
    Shipped(String),
}

impl Desk {
    #[must_use]
    pub fn definition(&self, script: &Script<'_>, offset: usize) -> Option<Target> {
        let outline = Outline::of(script.text);
        let is_here = |it: &&Import| it.range.start <= offset && offset <= it.range.end;
        if let Some(import) = outline.imports.iter().find(is_here) {
            return self.imported(script, import).map(|module| beginning(&module));
        }
        let (range, before) = word_at(script.text, offset)?;
        let name = script.text.get(range.clone())?;
        match before {
            Before::Namespace(namespace) => {
                let module = self.imported(script, outline.import(&namespace)?)?;
                let found = module.outline.functions.iter().find(|it| it.name == name)?;
                Some(Target { range: found.range.clone(), ..beginning(&module) })
            }
            Before::Value(_) => None,
            Before::Nothing => {
                let here = |range: &Range<usize>| Target {
                    file: Place::File(script.path.to_path_buf()),
                    text: script.text.to_owned(),
                    range: range.clone(),
                };
                // At the declaration itself there is nothing above it.
                if let Some(found) = outline.name(name, range.end) {
                    return Some(here(&found.range));
                }
                if let Some(found) = outline.functions.iter().find(|it| it.name == name) {
                    return Some(here(&found.range));
                }
                let module = self.imported(script, outline.import(name)?)?;
                Some(beginning(&module))
            }
        }
    }
}

/// The first line of a module.
fn beginning(module: &Module) -> Target {
    let file = match &module.source.path {
        Some(path) => Place::File(path.clone()),
        None => Place::Shipped(module.source.name.clone()),
    };
    Target { file, text: module.source.text.clone(), range: 0..0 }
}
