//! Where a report is written: looked at before anything is done, written whole at the end.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::{Code, Error, Result};

/// What a page begins with.
const BEGIN: &[u8] = b"<!doctype html>";

/// A file that can be written.
#[derive(Debug, Clone)]
pub struct Destination {
    /// As it was named, for messages.
    named: PathBuf,
    folder: PathBuf,
    name: OsString,
}

impl Destination {
    /// The file that `option` names.
    ///
    /// # Errors
    /// `Usage` for what is a folder or a device, and where no file can be written.
    pub fn of(option: &str, named: &Path) -> Result<Destination> {
        let refused = |why: String| Error::usage(format!("cannot write {option} {why}"));
        let shown = named.display();
        let is_folder = named.to_string_lossy().ends_with('/') || named.is_dir();
        if is_folder {
            return Err(refused(format!("{shown}: it is a folder"))
                .hint(format!("name a file in it, such as {option} {}", example(option, named))));
        }
        // A link stands for the file that it leads to.
        let path = named.canonicalize().unwrap_or_else(|_| named.to_path_buf());
        match fs::metadata(&path) {
            Err(error) if path.is_symlink() => {
                return Err(refused(format!("{shown}: it is a link that leads nowhere"))
                    .cause(error)
                    .hint("remove the link, or create the folder that it leads to"));
            }
            Ok(found) if !found.is_file() => {
                return Err(refused(format!("{shown}: it is not a regular file"))
                    .hint("name a file: it is replaced at the end"));
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(refused(shown.to_string()).cause(error));
            }
            _ => {}
        }
        let Some(name) = path.file_name().map(ToOwned::to_owned) else {
            return Err(refused(format!("`{shown}`: it names no file")));
        };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let folder = parent.canonicalize().map_err(|error| {
            let is_missing = error.kind() == ErrorKind::NotFound;
            let failed = refused(shown.to_string()).cause(format!("{}: {error}", parent.display()));
            match is_missing {
                true => failed.hint(format!("create the folder: mkdir -p {}", parent.display())),
                false => failed,
            }
        })?;
        let destination = Destination { named: named.to_path_buf(), folder, name };
        // What is tried tells more than permissions do: a file system may be read-only.
        destination.draft().map_err(|error| {
            refused(shown.to_string()).cause(error).hint("name a file in a folder of your own")
        })?;
        Ok(destination)
    }

    /// Whether both are the same file.
    #[must_use]
    pub fn is(&self, other: &Path) -> bool {
        let other = other.canonicalize().unwrap_or_else(|_| other.to_path_buf());
        let Some(name) = other.file_name() else { return false };
        let parent = other.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize();
        name == self.name && folder.is_ok_and(|folder| folder == self.folder)
    }

    /// Refuses to replace what is not a report: a file with contents of its own, and a name that no report has.
    ///
    /// # Errors
    /// `Usage` for such a file, and for one that cannot be read.
    pub fn spare(&self, option: &str) -> Result<()> {
        const NAMES: &str = "name another file, such as report.html or junit.xml";
        let named = self.named.display();
        match self.is_free() {
            Ok(true) => Ok(()),
            Ok(false) => {
                let message = format!("`{option}` would replace {named}, which is not a report");
                Err(Error::usage(message).hint(NAMES))
            }
            Err(error) => {
                let message = format!("`{option}` would replace {named}, which cannot be read");
                Err(Error::usage(message).cause(error).hint(NAMES))
            }
        }
    }

    /// Whether nothing is lost if the file is replaced.
    fn is_free(&self) -> std::io::Result<bool> {
        let extension = Path::new(&self.name).extension().map(|it| it.to_ascii_lowercase());
        if extension.is_some_and(|it| ["html", "htm", "xml"].iter().any(|known| it == *known)) {
            return Ok(true);
        }
        let mut begin = Vec::new();
        let read = fs::File::open(self.path())
            .and_then(|file| file.take(BEGIN.len() as u64).read_to_end(&mut begin));
        match read {
            Ok(0) => Ok(true),
            Ok(_) => Ok(begin == BEGIN || begin.starts_with(b"<?xml")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The whole path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Replaces the file by this text, or leaves it as it was.
    pub fn write(&self, text: &str) -> Result<()> {
        let refused = |why: &str| {
            let message = format!("cannot write {}: {why}", self.named.display());
            Error::new(Code::Io, message).hint("name another file for the report")
        };
        // Something else may have been written there since it was looked at.
        match self.is_free() {
            Ok(true) => {}
            Ok(false) => return Err(refused("it is not a report")),
            Err(error) => {
                return Err(refused("nobody can tell whether it is a report").cause(error));
            }
        }
        let written = self.draft().and_then(|mut draft| {
            draft.write_all(text.as_bytes())?;
            draft.persist(self.path()).map_err(|error| error.error)
        });
        let failed = |error| {
            Error::new(Code::Io, format!("cannot write {}", self.named.display())).cause(error)
        };
        written.map(drop).map_err(failed)
    }

    fn draft(&self) -> std::io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".imgctl-report-");
        // Readable as files are that a program writes, not as secrets are.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        builder.permissions(mode).tempfile_in(&self.folder)
    }
}

fn example(option: &str, folder: &Path) -> String {
    let name = if option == "--junit" { "junit.xml" } else { "report.html" };
    folder.join(name).display().to_string()
}
