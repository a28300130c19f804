//! Files of this machine. Relative paths start at the project folder.

use std::path::{Path, PathBuf};

use rhai::Array;
use rhai::plugin::*;

use crate::run::digest;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::paths;
use crate::script::running::Script;
use crate::state::InputKind;
use crate::{Error, read};

fn resolve(call: &NativeCallContext, path: &str) -> Fallible<PathBuf> {
    Ok(Script::of(call)?.run.options.project.join(path))
}

/// Writes a file beside its place and moves it there, with the mode of the one it replaces. A link
/// stays and its target is replaced. What is no file, such as a device, is not replaced.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = match path.canonicalize() {
        Ok(target) => target,
        Err(_) if path.is_symlink() => {
            return Err(std::io::Error::other("it is a link to a file that does not exist"));
        }
        Err(_) => path.to_owned(),
    };
    let mode = match path.metadata() {
        Ok(found) if found.is_dir() => return Err(std::io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        Ok(found) => Some(found.permissions()),
        Err(_) => None,
    };
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))
        .map_err(|error| error.raw_os_error().map_or(error, std::io::Error::from_raw_os_error))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// The text of a file of the project, up to the limit.
pub fn read_file(call: &NativeCallContext, path: &str) -> Fallible<String> {
    let script = Script::of(call)?;
    script.notes_file(path, false).or_throw()?;
    let path = script.run.options.project.join(path);
    let most = script.run.config.limits().or_throw()?.file.as_u64();
    let cancelled = || script.run.watch.cancel.is_cancelled();
    read::text_of(&path, most, &cancelled).map_err(|error| {
        let is_large = error.kind() == std::io::ErrorKind::FileTooLarge;
        let error = Error::io("read", &path, error);
        throw(match is_large {
            true => error.hint("raise the setting limits.file, or let a program read it"),
            false => error,
        })
    })
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
        read_file(&call, path)
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
        Script::of(&call)?.wrote(&path);
        replace(&path, text).map_err(|error| throw(Error::io("write", &path, error)))
    }

    /// True when a file or folder exists.
    ///
    /// ```rhai
    /// if fs::exists("files/motd") { host.put("files/motd", "/etc/motd", #{ sudo: true }); }
    /// ```
    #[rhai_fn(name = "exists", return_raw)]
    pub fn exists(call: NativeCallContext, path: &str) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let found = script.run.options.project.join(path);
        script.notes_digest(InputKind::Exists, path, || paths::existence(&found));
        Ok(found.exists())
    }

    /// The names of the files and folders in a folder, sorted.
    ///
    /// ```rhai
    /// for name in fs::list("files") { print(name); }
    /// ```
    #[rhai_fn(name = "list", return_raw)]
    pub fn list(call: NativeCallContext, path: &str) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let folder = script.run.options.project.join(path);
        script.notes_digest(InputKind::Names, path, || paths::names_digest(&folder));
        let names = paths::names(&folder).or_throw()?;
        Ok(names.into_iter().map(Dynamic::from).collect())
    }

    /// The files and folders that a pattern matches, sorted. `*` and `?` are parts of a name, `[abc]` one
    /// of these letters, `**` any folders; what begins with a dot must be asked for with a dot. Paths
    /// are relative when the pattern is.
    ///
    /// ```rhai
    /// for path in fs::glob("files/sudoers/*") { print(path); }
    /// ```
    #[rhai_fn(name = "glob", return_raw)]
    pub fn glob(call: NativeCallContext, pattern: &str) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let run = &script.run;
        let paths = paths::matches(&run.options.project, pattern, &run.watch).or_throw()?;
        script.notes_digest(InputKind::Matches, pattern, || digest::of(&paths));
        Ok(paths.into_iter().map(Dynamic::from).collect())
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
        Script::of(&call)?.wrote(&path);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(throw(Error::io("remove", &path, error))),
        }
    }
}
