//! Copies of local files and folders on a host.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::Host;
use super::host_files::put_options;
use super::host_options::path_of_host;
use super::options;
use crate::run::Kind;
use crate::script::difference;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Command, Difference, command_failed};
use crate::ui::Direction;
use crate::{Code, Error, Result};

/// The option map of `put`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Options {
    /// Octal text: `"0644"`.
    mode: Option<String>,
    owner: Option<String>,
    sudo: bool,
    /// Delete what is in the remote folder and not in the local one.
    mirror: bool,
}

/// Folders of the system, in which a mirror would leave nothing of it.
const NO_MIRROR: [&str; 18] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root",
    "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
];

/// Names that a plan shows of a folder.
const LISTED: usize = 50;

/// Bytes of paths in one command.
const MOST: usize = 32 * 1024;

/// Copies unless everything is there already; true when something changed.
fn copy(
    call: &NativeCallContext,
    host: &Host,
    local: &str,
    remote: &str,
    map: Map,
) -> Fallible<bool> {
    let given: Options = options::read("put", map)?;
    path_of_host(remote)?;
    let wanted = put_options(given.mode.as_deref(), given.owner, given.sudo)?;
    let script = Script::of(call)?;
    let path = script.run.options.project.join(local);
    script.notes_tree(local).or_throw()?;
    if !path.exists() {
        return Err(throw(
            Error::not_found(format!("there is no file {}", path.display()))
                .hint("write the path relative to the project folder"),
        ));
    }
    if given.mirror {
        may_mirror(&path, local, remote).or_throw()?;
    }
    let (there, watch) = (host.remote(), &script.run.watch);
    let difference =
        host.answered(&script, there.compare(&path, remote, &wanted, given.mirror, watch))?;
    let Difference { all, differing, names, mut in_the_way, surplus } = difference;
    let surplus = outermost(&surplus);
    if !given.mirror {
        // The copy says what is wrong there.
        in_the_way.clear();
    }
    let label = there.label();
    script.run.ui.exchange(Direction::Compared, label, &format!("{local} with {remote}"), || {
        format!("{differing} of {all} differ, {} are there in surplus", surplus.len())
    });
    if differing == 0 && surplus.is_empty() {
        return Ok(false);
    }
    if script.run.options.dry_run {
        script.run.plans.change(&there.address());
        if differing > 0 {
            let count = if path.is_dir() {
                format!(", {differing} of {all} differ")
            } else {
                String::new()
            };
            let what = format!("copy {local} to {remote} on {label}{count}");
            script.run.may(Kind::File, &what, || match path.is_dir() {
                true => Some(listed(&names)),
                false => changed(&script, host, &path, remote, given.sudo),
            });
        }
        for path in surplus.iter().filter(|path| !in_the_way.contains(path)) {
            let what = format!("delete {path} on {label}: {local} does not have it");
            script.run.may(Kind::File, &what, || None);
        }
        return Ok(true);
    }
    if host.reached.role.is_some() {
        script.run.store.lock().or_throw()?;
    }
    let delete = |paths: Vec<String>| -> Fallible<()> {
        for line in deletions(&paths).or_throw()? {
            let sudo = given.sudo.then(|| "root".to_owned());
            let command = Command { line: line.clone(), sudo, ..Command::default() };
            let output = host.answered(&script, there.exec(&command, watch))?;
            if output.status != 0 {
                return Err(throw(command_failed(label, &line, &output)));
            }
        }
        Ok(())
    };
    delete(outermost(&in_the_way))?;
    if differing > 0 {
        script.run.ui.exchange(
            Direction::Sent,
            label,
            &format!("{local} to {remote}"),
            String::new,
        );
        host.answered(&script, there.put(&path, remote, &wanted, watch))?;
    }
    delete(surplus)?;
    Ok(true)
}

/// The files of a folder that differ, a line each.
fn listed(names: &[String]) -> String {
    let mut lines: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("~ {name}")).collect();
    if names.len() > LISTED {
        lines.push(format!("~ {} more", names.len() - LISTED));
    }
    lines.join("\n")
}

/// The diff of a single file; None where it cannot be read.
fn changed(script: &Script, host: &Host, local: &Path, there: &str, sudo: bool) -> Option<String> {
    let after = crate::read::bytes(local, difference::MOST as u64, &|| false).ok()?;
    let name = local.file_name().unwrap_or_default().to_string_lossy();
    let there = if there.ends_with('/') { format!("{there}{name}") } else { there.to_owned() };
    let read = host.remote().read(&there, sudo, difference::MOST, &script.run.watch);
    Some(difference::unified(&there, read.ok().as_deref(), &after))
}

fn may_mirror(path: &Path, local: &str, remote: &str) -> Result<()> {
    let refuse = |message: String, hint: &str| Err(Error::new(Code::Script, message).hint(hint));
    if !path.is_dir() {
        let message = format!("{local} is not a folder: only folders can be mirrored");
        return refuse(message, "omit `mirror`");
    }
    let parts: Vec<Component> = Path::new(remote).components().collect();
    if !remote.starts_with('/') || parts.contains(&Component::ParentDir) {
        let message = format!("`{remote}` cannot be mirrored to: it is not an absolute path");
        return refuse(message, "write the whole path: mirroring deletes what is there");
    }
    let folder: PathBuf = parts.into_iter().collect();
    if NO_MIRROR.iter().any(|whole| Path::new(whole) == folder) {
        let message =
            format!("{remote} cannot be mirrored to: everything else in it would be deleted");
        return refuse(message, "mirror to a folder inside, or omit `mirror`");
    }
    Ok(())
}

/// The paths that are not inside of another one.
fn outermost(paths: &[String]) -> Vec<String> {
    let all: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let inside = |path: &str| path.match_indices('/').any(|(at, _)| all.contains(&path[..at]));
    all.iter().filter(|path| !inside(path)).map(|path| (*path).to_owned()).collect()
}

/// As few commands as their length allows.
fn deletions(paths: &[String]) -> Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for path in paths {
        let word = shlex::try_quote(path).map_err(|error| Error::usage(error.to_string()))?;
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < MOST => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(format!("rm -rf -- {word}")),
        }
    }
    Ok(lines)
}

#[export_module]
pub mod functions {
    /// Copies a local file, or a folder with everything in it, to the host, unless the host has the same
    /// already. Links inside a folder are copied as links. True when something changed.
    ///
    /// ```rhai
    /// host.put("files/tools", "/opt/tools");
    /// ```
    #[rhai_fn(name = "put", pure, return_raw)]
    pub fn put(
        call: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
    ) -> Fallible<bool> {
        copy(&call, host, local, remote, Map::new())
    }

    /// As `put(local, remote)`, with `mode`, `owner`, `sudo`, and `mirror`, which also deletes what is in
    /// the remote folder and not in the local one.
    ///
    /// ```rhai
    /// host.put("files/agent", "/usr/local/bin/agent", #{ sudo: true, mode: "0755", owner: "root" });
    /// if host.put("files/conf.d", "/etc/agent/conf.d", #{ sudo: true, mirror: true }) {
    ///     host.sudo("systemctl restart agent");
    /// }
    /// ```
    #[rhai_fn(name = "put", pure, return_raw)]
    pub fn put_with(
        call: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        options: Map,
    ) -> Fallible<bool> {
        copy(&call, host, local, remote, options)
    }
}

#[cfg(test)]
mod tests {
    use super::{deletions, outermost};

    #[test]
    fn what_is_inside_goes_with_its_folder() {
        let paths = ["/a/b", "/a/b.x", "/a/b/c", "/a/b/c/d", "/a/e/f"].map(str::to_owned);
        assert_eq!(outermost(&paths), ["/a/b", "/a/b.x", "/a/e/f"]);
    }

    #[test]
    fn many_paths_take_few_commands() {
        assert_eq!(
            deletions(&["/a b".into(), "/c".into()]).unwrap_or_default(),
            ["rm -rf -- '/a b' /c"]
        );
        let many: Vec<String> = (0..3000).map(|n| format!("/srv/files/some name {n}")).collect();
        let lines = deletions(&many).unwrap_or_default();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= super::MOST));
    }
}
