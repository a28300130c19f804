//! Files of this machine. Relative paths start at the project folder.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;

use super::options;
use crate::run::{Kind, digest};
use crate::script::difference;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::paths;
use crate::script::running::Script;
use crate::state::InputKind;
use crate::{Error, read};

/// This machine, in what a dry run would have made.
const HERE: &str = "localhost";
const FOLDER: &str = "folder";

fn resolve(call: &NativeCallContext, path: &str) -> Fallible<PathBuf> {
    Ok(of_project(&Script::of(call)?, path))
}

fn of_project(script: &Script, path: &str) -> PathBuf {
    script.run.options.project.join(path)
}

/// Writes a file beside its place and moves it there, with the mode of the one it replaces if none is
/// given. A link stays and its target is replaced. What is no file, such as a device, is not replaced.
fn replace(path: &Path, text: &str, mode: Option<u32>) -> std::io::Result<()> {
    let path = match path.canonicalize() {
        Ok(target) => target,
        Err(_) if path.is_symlink() => {
            return Err(std::io::Error::other("it is a link to a file that does not exist"));
        }
        Err(_) => path.to_owned(),
    };
    let known = match path.metadata() {
        Ok(found) if found.is_dir() => return Err(std::io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        Ok(found) => Some(found.permissions()),
        Err(_) => None,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    if !folder.is_dir() {
        // The library's own error would name a file that nobody knows.
        let message = format!("there is no folder {}", folder.display());
        return Err(std::io::Error::new(std::io::ErrorKind::NotFound, message));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    if let Some(mode) = mode.map(Permissions::from_mode).or(known) {
        file.as_file().set_permissions(mode)?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// The option map of `write`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WriteOptions {
    /// Octal text: `"0644"`.
    mode: Option<String>,
}

fn write_file(call: &NativeCallContext, path: &str, text: &str, mode: Option<u32>) -> Fallible<()> {
    let path = resolve(call, path)?;
    let script = Script::of(call)?;
    let present = || present(&script, &path).ok();
    let diff =
        || difference::unified(&path.to_string_lossy(), present().as_deref(), text.as_bytes());
    if !script.run.may(Kind::File, &format!("write {}", path.display()), || Some(diff())) {
        script.run.plans.write(HERE, &path.to_string_lossy(), text.as_bytes());
        return Ok(());
    }
    Script::of(call)?.wrote(&path);
    replace(&path, text, mode).map_err(|error| throw(Error::io("write", &path, error)))
}

/// The bytes of a file, up to the limit; what a dry run would have written counts.
fn present(script: &Script, path: &Path) -> std::io::Result<Vec<u8>> {
    let run = &script.run;
    let name = path.to_string_lossy();
    if run.plans.has_removed(HERE, &name) {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    if let Some(planned) = run.plans.file(HERE, &name) {
        return Ok(planned);
    }
    let most = run.config.limits().map_err(std::io::Error::other)?.file.as_u64();
    read::bytes(path, most, &|| run.watch.cancel.is_cancelled())
}

/// The text of a file of the project, up to the limit.
pub fn read_file(call: &NativeCallContext, path: &str) -> Fallible<String> {
    read_of(&Script::of(call)?, path)
}

/// As [`read_file`], for a script.
pub fn read_of(script: &Script, path: &str) -> Fallible<String> {
    script.notes_file(path, false).or_throw()?;
    let path = of_project(script, path);
    let bytes = present(script, &path).and_then(read::utf8);
    bytes.map_err(|error| {
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

    /// Writes a file atomically: it is never half-written. A file that exists keeps its mode; a new one can be
    /// read by its owner only.
    ///
    /// ```rhai
    /// fs::write("image-id.txt", image.id);
    /// ```
    #[rhai_fn(name = "write", return_raw)]
    pub fn write(call: NativeCallContext, path: &str, text: &str) -> Fallible<()> {
        write_file(&call, path, text, None)
    }

    /// As `write(path, text)`, with a `mode` ("0644").
    ///
    /// ```rhai
    /// fs::write("public/image-id.txt", image.id, #{ mode: "0644" });
    /// ```
    #[rhai_fn(name = "write", return_raw)]
    pub fn write_with_options(
        call: NativeCallContext,
        path: &str,
        text: &str,
        options: Map,
    ) -> Fallible<()> {
        let given: WriteOptions = options::read("fs::write", options)?;
        let mode = given.mode.as_deref().map(options::mode).transpose()?;
        write_file(&call, path, text, mode)
    }

    /// True when a file or folder exists. Throws where that cannot be seen.
    ///
    /// ```rhai
    /// if fs::exists("files/motd") { host.put("files/motd", "/etc/motd", #{ sudo: true }); }
    /// ```
    #[rhai_fn(name = "exists", return_raw)]
    pub fn exists(call: NativeCallContext, path: &str) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let found = of_project(&script, path);
        script.notes_digest(InputKind::Exists, path, || paths::existence(&found));
        let (plans, name) = (&script.run.plans, found.to_string_lossy());
        if plans.file(HERE, &name).is_some() || plans.has(HERE, FOLDER, &name) {
            return Ok(true);
        }
        if plans.has_removed(HERE, &name) {
            return Ok(false);
        }
        match found.try_exists() {
            Err(error) if error.kind() != std::io::ErrorKind::NotADirectory => {
                Err(throw(Error::io("look for", &found, error)))
            }
            exists => Ok(exists.unwrap_or_default()),
        }
    }

    /// Makes a folder, and those above it that are missing; true when it did not exist.
    ///
    /// ```rhai
    /// fs::make_folder("images/archive");
    /// ```
    #[rhai_fn(name = "make_folder", return_raw)]
    pub fn make_folder(call: NativeCallContext, path: &str) -> Fallible<bool> {
        let path = resolve(&call, path)?;
        let script = Script::of(&call)?;
        let (plans, name) = (&script.run.plans, path.to_string_lossy());
        let is_there = path.is_dir() && !plans.has_removed(HERE, &name);
        if is_there || plans.has(HERE, FOLDER, &name) {
            return Ok(false);
        }
        if !script.run.may(Kind::File, &format!("make the folder {name}"), || None) {
            plans.add(HERE, FOLDER, &name);
            return Ok(true);
        }
        script.wrote(&path);
        let made = std::fs::create_dir_all(&path);
        made.map_err(|error| throw(Error::io("make the folder", &path, error)))?;
        Ok(true)
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
        let script = Script::of(&call)?;
        if script.run.options.dry_run {
            let (plans, name) = (&script.run.plans, path.to_string_lossy());
            let is_planned = plans.file(HERE, &name).is_some() || plans.has(HERE, FOLDER, &name);
            let exists = is_planned || path.exists() && !plans.has_removed(HERE, &name);
            if exists {
                script.run.may(Kind::File, &format!("remove {name}"), || None);
                plans.forget(HERE, FOLDER, &name);
                plans.remove(HERE, &name);
            }
            return Ok(exists);
        }
        script.wrote(&path);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(throw(Error::io("remove", &path, error))),
        }
    }
}
