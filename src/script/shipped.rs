//! The scripts inside the binary, and the project's own, which take precedence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::{Code, Error, Result};

static SCRIPTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/scripts");
static STDLIB: Dir = include_dir!("$CARGO_MANIFEST_DIR/stdlib");

/// A folder of scripts, in the project and in the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    Scripts,
    Stdlib,
}

/// The text of a script, and its name in errors.
#[derive(Debug, Clone)]
pub struct Source {
    /// `scripts/up.rhai`: the path in the project folder, also of a shipped one.
    pub name: String,
    pub text: String,
    /// None for a shipped one.
    pub path: Option<PathBuf>,
}

impl Source {
    /// Exactly this text is in the binary, and the project has no file in its place.
    #[must_use]
    pub fn is_shipped(&self) -> bool {
        let text = |shelf: Shelf| {
            let file = shelf.file(&self.name).and_then(|file| shelf.shipped().get_file(file))?;
            file.contents_utf8()
        };
        let shelves = [Shelf::Scripts, Shelf::Stdlib];
        self.path.is_none() && shelves.iter().any(|shelf| text(*shelf) == Some(&self.text))
    }
}

impl Shelf {
    /// The file in this folder that a text's name means: `file.rhai` of `stdlib/file.rhai`.
    #[must_use]
    pub fn file(self, name: &str) -> Option<&str> {
        name.strip_prefix(self.folder())?.strip_prefix('/')
    }

    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Shelf::Scripts => "scripts",
            Shelf::Stdlib => "stdlib",
        }
    }

    fn shipped(self) -> &'static Dir<'static> {
        match self {
            Shelf::Scripts => &SCRIPTS,
            Shelf::Stdlib => &STDLIB,
        }
    }

    /// The script of that name (without `.rhai`): the project's own, else the shipped one.
    pub fn find(self, project: &Path, name: &str) -> Result<Option<Source>> {
        let file = format!("{name}.rhai");
        let shown = format!("{}/{file}", self.folder());
        let path = project.join(self.folder()).join(&file);
        if path.is_file() {
            return read(&path, shown).map(Some);
        }
        let found = path.symlink_metadata();
        if let Err(error) = found.as_ref()
            && !is_missing(error)
        {
            let error = std::io::Error::from(error.kind());
            return Err(Error::new(Code::Script, format!("cannot read {shown}")).cause(error));
        }
        if found.is_ok() {
            let why = match (path.is_dir(), path.is_symlink()) {
                (true, _) => "it is a folder",
                (false, true) => "it is a broken link",
                (false, false) => "it is not a regular file",
            };
            return Err(Error::new(Code::Script, format!("cannot use {shown} as a script"))
                .cause(why)
                .hint("remove it, or give it another name"));
        }
        let shipped = self.shipped().get_file(&file).and_then(include_dir::File::contents_utf8);
        Ok(shipped.map(|text| Source { name: shown, text: text.to_string(), path: None }))
    }

    /// The paths in a project of all shipped scripts, and their texts.
    pub fn all_shipped(self) -> impl Iterator<Item = (String, &'static str)> {
        self.shipped().files().filter_map(move |file| {
            let name = file.path().to_str().filter(|name| name.ends_with(".rhai"))?;
            Some((format!("{}/{name}", self.folder()), file.contents_utf8()?))
        })
    }

    /// The shipped scripts in a folder below this one.
    #[must_use]
    pub fn shipped_below(self, folder: &str) -> Vec<Source> {
        let files = self.shipped().get_dir(folder).into_iter().flat_map(Dir::files);
        files
            .filter_map(|file| {
                let name = format!("{}/{}", self.folder(), file.path().display());
                Some(Source { name, text: file.contents_utf8()?.to_string(), path: None })
            })
            .collect()
    }

    /// The names of all scripts here, sorted, each once.
    ///
    /// # Errors
    /// The project's folder is there and cannot be read.
    pub fn names(self, project: &Path) -> Result<Vec<String>> {
        let shipped = self.shipped().files().map(|file| file.path().to_path_buf());
        let folder = project.join(self.folder());
        let own = || std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect();
        let own: Vec<PathBuf> = match own() {
            Ok(own) => own,
            Err(error) if is_missing(&error) => Vec::new(),
            Err(error) => return Err(Error::io("list", &folder, error).with_code(Code::Script)),
        };
        let mut names: Vec<String> = shipped
            .chain(own)
            .filter(|path| path.extension().is_some_and(|extension| extension == "rhai"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_string()))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// A name that is too long for a file is nobody's.
fn is_missing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

/// `sha256:…` of all scripts and library modules in force, and of `loaded`, other texts by their names.
#[must_use]
pub fn digest(project: &Path, loaded: Vec<(String, String)>) -> String {
    let mut texts: BTreeMap<String, String> = loaded.into_iter().collect();
    for shelf in [Shelf::Scripts, Shelf::Stdlib] {
        // One that cannot be read is told when it is used.
        let found = |name: String| shelf.find(project, &name).ok().flatten();
        let found = shelf.names(project).unwrap_or_default().into_iter().filter_map(found);
        texts.extend(found.map(|source| (source.name, source.text)));
    }
    let mut hasher = Sha256::new();
    for part in texts.iter().flat_map(|(name, text)| [name, text]) {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    format!("sha256:{:x}", hasher.finalize())
}

/// Reads a script file.
pub fn read(path: &Path, name: String) -> Result<Source> {
    let text = crate::read::text(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::Interrupted {
            return Error::interrupted();
        }
        Error::new(Code::Script, format!("cannot read {}", path.display()))
            .cause(error)
            .hint("pass the path of a script file; `imgctl list` shows the tasks")
    })?;
    Ok(Source { name, text: without_head(text), path: Some(path.to_path_buf()) })
}

/// A script's text without what is there for others: the byte order mark of Windows' editors, and the
/// line that tells the system which program runs the file. That line stays, empty, so that the others keep
/// their numbers.
#[must_use]
pub fn without_head(text: String) -> String {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let end = match plain.starts_with("#!") {
        true => plain.find('\n').unwrap_or(plain.len()),
        false => 0,
    };
    let cut = text.len() - plain.len() + end;
    if cut == 0 { text } else { text[cut..].to_owned() }
}
