//! Files of this machine. Relative paths start at the project folder.

use std::path::PathBuf;

use rhai::Array;
use rhai::plugin::*;

use crate::Error;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;

fn resolve(call: &NativeCallContext, path: &str) -> Fallible<PathBuf> {
    Ok(Script::of(call)?.run.options.project.join(path))
}

#[export_module]
pub mod functions {
    /// The text of a file.
    ///
    /// ```rhai
    /// let motd = fs::read("files/motd");
    /// ```
    #[rhai_fn(name = "read", return_raw)]
    pub fn read(call: NativeCallContext, path: &str) -> Fallible<String> {
        let path = resolve(&call, path)?;
        std::fs::read_to_string(&path).map_err(|error| throw(Error::io("read", &path, error)))
    }

    /// Writes a file atomically: it is never half-written.
    ///
    /// ```rhai
    /// fs::write("image-id.txt", image.id);
    /// ```
    #[rhai_fn(name = "write", return_raw)]
    pub fn write(call: NativeCallContext, path: &str, text: &str) -> Fallible<()> {
        let path = resolve(&call, path)?;
        if !Script::of(&call)?.run.may_change(&format!("write {}", path.display())) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(std::path::Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| throw(Error::io("write", &path, error)))
    }

    /// True when a file or folder exists.
    ///
    /// ```rhai
    /// if fs::exists("files/motd") { host.put("files/motd", "/etc/motd", #{ sudo: true }); }
    /// ```
    #[rhai_fn(name = "exists", return_raw)]
    pub fn exists(call: NativeCallContext, path: &str) -> Fallible<bool> {
        Ok(resolve(&call, path)?.exists())
    }

    /// The names of the files and folders in a folder, sorted.
    ///
    /// ```rhai
    /// for name in fs::list("files") { print(name); }
    /// ```
    #[rhai_fn(name = "list", return_raw)]
    pub fn list(call: NativeCallContext, path: &str) -> Fallible<Array> {
        let path = resolve(&call, path)?;
        let read = || -> std::io::Result<Vec<String>> {
            let entries = std::fs::read_dir(&path)?;
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().to_string())).collect()
        };
        let mut names = read().map_err(|error| throw(Error::io("list", &path, error)))?;
        names.sort();
        Ok(names.into_iter().map(Dynamic::from).collect())
    }

    /// Removes a file; true when it existed.
    ///
    /// ```rhai
    /// fs::remove("image-id.txt");
    /// ```
    #[rhai_fn(name = "remove", return_raw)]
    pub fn remove(call: NativeCallContext, path: &str) -> Fallible<bool> {
        let path = resolve(&call, path)?;
        if !Script::of(&call)?.run.may_change(&format!("remove {}", path.display())) {
            return Ok(path.exists());
        }
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(throw(Error::io("remove", &path, error))),
        }
    }
}
