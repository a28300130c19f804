//! What an import means: `std/NAME` from the project's stdlib or the shipped one, or a file beside the script.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::shipped::{Shelf, Source, read};
use super::sources::{Sources, plain};
use crate::error::nearest;
use crate::{Code, Error, Result};

/// Finds the texts of modules.
pub struct Imports {
    pub project: PathBuf,
    pub sources: Arc<Sources>,
}

impl Imports {
    #[must_use]
    pub fn new(project: &Path, sources: &Arc<Sources>) -> Imports {
        Imports { project: project.to_path_buf(), sources: sources.clone() }
    }

    /// The text that an import means.
    pub fn source(&self, importer: Option<&str>, importing: &str) -> Result<Source> {
        let path = importing;
        if let Some(name) = path.strip_prefix("std/") {
            let file = format!("{}/{name}.rhai", Shelf::Stdlib.folder());
            if let Some(edited) = self.sources.edited(&self.project.join(&file), &file) {
                return Ok(edited);
            }
            let found = Shelf::Stdlib.find(&self.project, name)?;
            if let Some(found) = found {
                return Ok(found);
            }
            let known = Shelf::Stdlib.names(&self.project)?;
            let error = Error::new(Code::Script, format!("there is no module `{path}`"));
            let stem = name.strip_suffix(".rhai").unwrap_or(name);
            return Err(match nearest(stem, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean `std/{near}`?")),
                None => error.hint(format!("import one of: {}", known.join(", "))),
            });
        }
        let mut file = PathBuf::from(path);
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        let beside = importer.and_then(|name| PathBuf::from(name).parent().map(PathBuf::from));
        let shown = plain(&beside.clone().unwrap_or_default().join(&file)).display().to_string();
        let folder = importer.and_then(|name| self.sources.folder(name));
        let folder = folder.unwrap_or_else(|| self.project.join(beside.unwrap_or_default()));
        let path = folder.join(file);
        if let Some(edited) = self.sources.edited(&path, &shown) {
            return Ok(edited);
        }
        read(&path, shown).map_err(|error| {
            let error = error.with_code(Code::Script);
            let library = Shelf::Stdlib.names(&self.project).unwrap_or_default();
            let name = Path::new(importing).file_name().and_then(|name| name.to_str());
            match name.filter(|name| !path.exists() && library.iter().any(|it| it == name)) {
                Some(name) => error.hint(format!("did you mean `std/{name}`?")),
                None if path.exists() => error,
                None => {
                    error.hint("a module is a file beside the script, or std/NAME of the library")
                }
            }
        })
    }
}
