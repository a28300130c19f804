//! Files on a host.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::path::Path;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::{self, Host};
use super::{options, run, template};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::ssh::{Command, PutOptions};
use crate::{Code, Error};

/// The option map of everything that writes a remote file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileOptions {
    /// Octal text: `"0644"`.
    mode: Option<String>,
    owner: Option<String>,
    sudo: bool,
    /// The contents are not shown, not even as a size.
    secret: bool,
}

/// The option map of everything that reads a remote file or looks for it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ReadOptions {
    sudo: bool,
}

impl FileOptions {
    fn put_options(&self) -> Fallible<PutOptions> {
        let mode = self.mode.as_deref().map(|text| {
            u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777).ok_or_else(|| {
                throw(
                    Error::new(Code::Script, format!("`{text}` is no file mode"))
                        .hint("a mode is octal text, such as \"0644\""),
                )
            })
        });
        Ok(PutOptions { mode: mode.transpose()?, owner: self.owner.clone(), sudo: self.sudo })
    }
}

/// `mode owner:group` and contents of a remote file, if it is there and may be read.
fn current(
    context: &NativeCallContext,
    host: &Host,
    path: &str,
    sudo: bool,
) -> Fallible<Option<(String, Vec<u8>)>> {
    let run = run(context)?;
    let watch = &run.context.watch;
    let contents = match host.remote.read(path, sudo, watch) {
        Ok(contents) => contents,
        Err(error) if error.code() == Code::NotFound => return Ok(None),
        Err(error) => return host.reached(&run, Err(error)),
    };
    let quoted = shlex::try_quote(path).map_err(|error| throw(Error::usage(error.to_string())))?;
    let command = Command {
        line: format!("stat -Lc '%a %U:%G' -- {quoted}"),
        sudo: sudo.then(|| "root".to_string()),
        ..Command::default()
    };
    let output = host.reached(&run, host.remote.exec(&command, watch))?;
    Ok(Some((String::from_utf8_lossy(&output.stdout).trim().to_string(), contents)))
}

/// Whether a file's mode and owner are as wanted already.
fn attributes_match(found: &str, wanted: &PutOptions) -> bool {
    let (mode, owner) = found.split_once(' ').unwrap_or((found, ""));
    let user = owner.split(':').next().unwrap_or_default();
    wanted.mode.is_none_or(|wanted| u32::from_str_radix(mode, 8) == Ok(wanted))
        && wanted.owner.as_deref().is_none_or(|wanted| wanted == owner || wanted == user)
}

/// Writes contents unless the file is so already; true when something changed.
fn write_if_different(
    context: &NativeCallContext,
    host: &Host,
    path: &str,
    contents: &[u8],
    map: Map,
) -> Fallible<bool> {
    let given: FileOptions = options::read("write", map)?;
    let wanted = given.put_options()?;
    if let Some((attributes, present)) = current(context, host, path, given.sudo)?
        && present == contents
        && attributes_match(&attributes, &wanted)
    {
        return Ok(false);
    }
    let run = run(context)?;
    let size =
        if given.secret { "a secret".to_string() } else { format!("{} bytes", contents.len()) };
    if !run.context.may_change(&format!("write {path} on {} ({size})", host.remote.label())) {
        return Ok(true);
    }
    if host.role.is_some() {
        run.context.store.lock().or_throw()?;
    }
    host.reached(&run, host.remote.write(contents, path, &wanted, &run.context.watch))?;
    Ok(true)
}

#[export_module]
pub mod functions {
    /// Writes text to a remote file, complete or not at all, unless it is so already. True when
    /// something changed. A file that is there keeps its mode and owner; a new one has mode 0644.
    ///
    /// ```rhai
    /// host.write("/tmp/note", "built by imgctl\n");
    /// ```
    #[rhai_fn(name = "write", pure, return_raw)]
    pub fn write(
        context: NativeCallContext,
        host: &mut Host,
        path: &str,
        text: &str,
    ) -> Fallible<bool> {
        write_if_different(&context, host, path, text.as_bytes(), Map::new())
    }

    /// As `write(path, text)` with `mode` ("0644"), `owner` ("user" or "user:group"), `sudo` and
    /// `secret`.
    ///
    /// ```rhai
    /// host.write("/etc/profile.d/umask.sh", "umask 022\n", #{ sudo: true, mode: "0644" });
    /// ```
    #[rhai_fn(name = "write", pure, return_raw)]
    pub fn write_with(
        context: NativeCallContext,
        host: &mut Host,
        path: &str,
        text: &str,
        options: Map,
    ) -> Fallible<bool> {
        write_if_different(&context, host, path, text.as_bytes(), options)
    }

    /// The text of a remote file; throws `not_found` when there is none.
    ///
    /// ```rhai
    /// let hosts = host.read("/etc/hosts");
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read(context: NativeCallContext, host: &mut Host, path: &str) -> Fallible<String> {
        read_with(context, host, path, Map::new())
    }

    /// As `read(path)`; `#{ sudo: true }` reads it as root.
    ///
    /// ```rhai
    /// let shadow = host.read("/etc/shadow", #{ sudo: true });
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read_with(
        context: NativeCallContext,
        host: &mut Host,
        path: &str,
        options: Map,
    ) -> Fallible<String> {
        let given: ReadOptions = super::options::read("read", options)?;
        let run = run(&context)?;
        let bytes = host.reached(&run, host.remote.read(path, given.sudo, &run.context.watch))?;
        Ok(String::from_utf8_lossy(&bytes).to_string())
    }

    /// True when a file or folder is there, as the login user sees it: what is in folders closed to
    /// that user is not there.
    ///
    /// ```rhai
    /// if host.exists("/var/run/reboot-required") { host.reboot(); }
    /// ```
    #[rhai_fn(name = "exists", pure, return_raw)]
    pub fn exists(context: NativeCallContext, host: &mut Host, path: &str) -> Fallible<bool> {
        exists_with(context, host, path, Map::new())
    }

    /// As `exists(path)`; `#{ sudo: true }` looks as root.
    ///
    /// ```rhai
    /// if !host.exists("/root/.netrc", #{ sudo: true }) { log::warn("there is no .netrc"); }
    /// ```
    #[rhai_fn(name = "exists", pure, return_raw)]
    pub fn exists_with(
        context: NativeCallContext,
        host: &mut Host,
        path: &str,
        options: Map,
    ) -> Fallible<bool> {
        let given: ReadOptions = super::options::read("exists", options)?;
        let words: rhai::Array = vec!["test".into(), "-e".into(), path.to_string().into()];
        let mut how = Map::new();
        if given.sudo {
            how.insert("user".into(), "root".into());
        }
        host::functions::test_with(context, host, words.into(), how)
    }

    /// Copies a local file, or a folder with all in it, to the host.
    ///
    /// ```rhai
    /// host.put("files/tools", "/opt/tools");
    /// ```
    #[rhai_fn(name = "put", pure, return_raw)]
    pub fn put(
        context: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
    ) -> Fallible<()> {
        put_with(context, host, local, remote, Map::new())
    }

    /// As `put(local, remote)` with `mode`, `owner` and `sudo`.
    ///
    /// ```rhai
    /// host.put("files/agent", "/usr/local/bin/agent", #{ sudo: true, mode: "0755", owner: "root" });
    /// ```
    #[rhai_fn(name = "put", pure, return_raw)]
    pub fn put_with(
        context: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        options: Map,
    ) -> Fallible<()> {
        let given: FileOptions = super::options::read("put", options)?;
        let wanted = given.put_options()?;
        let run = run(&context)?;
        let path = run.context.options.project.join(local);
        if !path.exists() {
            return Err(throw(
                Error::not_found(format!("there is no file {}", path.display()))
                    .hint("paths of local files are relative to the project folder"),
            ));
        }
        if !run.context.may_change(&format!("copy {local} to {remote} on {}", host.remote.label()))
        {
            return Ok(());
        }
        if host.role.is_some() {
            run.context.store.lock().or_throw()?;
        }
        host.reached(&run, host.remote.put(&path, remote, &wanted, &run.context.watch))
    }

    /// Copies a remote file or folder to this machine.
    ///
    /// ```rhai
    /// host.get("/var/log/cloud-init.log", "logs/cloud-init.log");
    /// ```
    #[rhai_fn(name = "get", pure, return_raw)]
    pub fn get(
        context: NativeCallContext,
        host: &mut Host,
        remote: &str,
        local: &str,
    ) -> Fallible<()> {
        get_with(context, host, remote, local, Map::new())
    }

    /// As `get(remote, local)`; `#{ sudo: true }` reads as root.
    ///
    /// ```rhai
    /// host.get("/etc/sudoers.d", "audit/sudoers.d", #{ sudo: true });
    /// ```
    #[rhai_fn(name = "get", pure, return_raw)]
    pub fn get_with(
        context: NativeCallContext,
        host: &mut Host,
        remote: &str,
        local: &str,
        options: Map,
    ) -> Fallible<()> {
        let given: ReadOptions = super::options::read("get", options)?;
        let run = run(&context)?;
        if !run.context.may_change(&format!("copy {remote} of {} to {local}", host.remote.label()))
        {
            return Ok(());
        }
        let path = run.context.options.project.join(local);
        host.reached(
            &run,
            host.remote.get(remote, Path::new(&path), given.sudo, &run.context.watch),
        )
    }

    /// Fills in a template file of the project and writes the result, unless it is so already.
    /// True when something changed.
    ///
    /// ```rhai
    /// host.template("files/agent.conf.j2", "/etc/agent.conf", #{ port: 8080 }, #{ sudo: true });
    /// ```
    #[rhai_fn(name = "template", pure, return_raw)]
    pub fn write_template(
        context: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        values: Map,
        options: Map,
    ) -> Fallible<bool> {
        let run = run(&context)?;
        let path = run.context.options.project.join(local);
        let source = std::fs::read_to_string(&path)
            .map_err(|error| throw(Error::io("read", &path, error)))?;
        let text = template::render(local, &source, values)?;
        write_if_different(&context, host, remote, text.as_bytes(), options)
    }
}
