//! Files on a host.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::path::Path;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::{self, Host};
use super::{options, template};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Command, PutOptions};
use crate::{Code, Error};

/// The option map of functions that write a remote file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileOptions {
    /// Octal text: `"0644"`.
    mode: Option<String>,
    owner: Option<String>,
    sudo: bool,
    /// Neither the contents nor their size are shown.
    secret: bool,
}

/// The option map of functions that read a remote file.
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
                    Error::new(Code::Script, format!("`{text}` is not a file mode"))
                        .hint("write the mode as octal text, such as \"0644\""),
                )
            })
        });
        Ok(PutOptions { mode: mode.transpose()?, owner: self.owner.clone(), sudo: self.sudo })
    }
}

/// `mode owner:group` and contents of a remote file, if it exists.
fn current(
    call: &NativeCallContext,
    host: &Host,
    path: &str,
    sudo: bool,
) -> Fallible<Option<(String, Vec<u8>)>> {
    let script = Script::of(call)?;
    let watch = &script.run.watch;
    let contents = match host.remote().read(path, sudo, watch) {
        Ok(contents) => contents,
        Err(error) if error.code() == Code::NotFound => return Ok(None),
        Err(error) => return host.answered(&script, Err(error)),
    };
    let quoted = shlex::try_quote(path).map_err(|error| throw(Error::usage(error.to_string())))?;
    let command = Command {
        line: format!("stat -Lc '%a %U:%G' -- {quoted}"),
        sudo: sudo.then(|| "root".to_string()),
        ..Command::default()
    };
    let output = host.answered(&script, host.remote().exec(&command, watch))?;
    Ok(Some((String::from_utf8_lossy(&output.stdout).trim().to_string(), contents)))
}

/// Whether a file has the wanted mode and owner already.
fn attributes_match(found: &str, wanted: &PutOptions) -> bool {
    let (mode, owner) = found.split_once(' ').unwrap_or((found, ""));
    let user = owner.split(':').next().unwrap_or_default();
    wanted.mode.is_none_or(|wanted| u32::from_str_radix(mode, 8) == Ok(wanted))
        && wanted.owner.as_deref().is_none_or(|wanted| wanted == owner || wanted == user)
}

/// Writes a file unless it has these contents already; true when something changed.
fn write_if_different(
    call: &NativeCallContext,
    host: &Host,
    path: &str,
    contents: &[u8],
    map: Map,
) -> Fallible<bool> {
    let given: FileOptions = options::read("write", map)?;
    let wanted = given.put_options()?;
    if let Some((attributes, present)) = current(call, host, path, given.sudo)?
        && present == contents
        && attributes_match(&attributes, &wanted)
    {
        return Ok(false);
    }
    let script = Script::of(call)?;
    let size =
        if given.secret { "a secret".to_string() } else { format!("{} bytes", contents.len()) };
    if !script.run.may_change(&format!("write {path} on {} ({size})", host.remote().label())) {
        return Ok(true);
    }
    if host.reached.role.is_some() {
        script.run.store.lock().or_throw()?;
    }
    host.answered(&script, host.remote().write(contents, path, &wanted, &script.run.watch))?;
    Ok(true)
}

#[export_module]
pub mod functions {
    /// Writes text to a remote file, atomically, unless it has that text already. True when something
    /// changed. An existing file keeps its mode and owner; a new one has mode 0644.
    ///
    /// ```rhai
    /// host.write("/tmp/note", "built by imgctl\n");
    /// ```
    #[rhai_fn(name = "write", pure, return_raw)]
    pub fn write(
        call: NativeCallContext,
        host: &mut Host,
        path: &str,
        text: &str,
    ) -> Fallible<bool> {
        write_if_different(&call, host, path, text.as_bytes(), Map::new())
    }

    /// As `write(path, text)`, with `mode` ("0644"), `owner` ("user" or "user:group"), `sudo`, and
    /// `secret` (does not show the size).
    ///
    /// ```rhai
    /// host.write("/etc/profile.d/umask.sh", "umask 022\n", #{ sudo: true, mode: "0644" });
    /// ```
    #[rhai_fn(name = "write", pure, return_raw)]
    pub fn write_with(
        call: NativeCallContext,
        host: &mut Host,
        path: &str,
        text: &str,
        options: Map,
    ) -> Fallible<bool> {
        write_if_different(&call, host, path, text.as_bytes(), options)
    }

    /// The text of a remote file; throws `not_found` when it does not exist.
    ///
    /// ```rhai
    /// let hosts = host.read("/etc/hosts");
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read(call: NativeCallContext, host: &mut Host, path: &str) -> Fallible<String> {
        read_with(call, host, path, Map::new())
    }

    /// As `read(path)`, with `sudo` to read as root.
    ///
    /// ```rhai
    /// let shadow = host.read("/etc/shadow", #{ sudo: true });
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read_with(
        call: NativeCallContext,
        host: &mut Host,
        path: &str,
        options: Map,
    ) -> Fallible<String> {
        let given: ReadOptions = super::options::read("read", options)?;
        let script = Script::of(&call)?;
        let bytes =
            host.answered(&script, host.remote().read(path, given.sudo, &script.run.watch))?;
        Ok(String::from_utf8_lossy(&bytes).to_string())
    }

    /// True when a file or folder exists and the login user can see it.
    ///
    /// ```rhai
    /// if host.exists("/var/run/reboot-required") { host.reboot(); }
    /// ```
    #[rhai_fn(name = "exists", pure, return_raw)]
    pub fn exists(call: NativeCallContext, host: &mut Host, path: &str) -> Fallible<bool> {
        exists_with(call, host, path, Map::new())
    }

    /// As `exists(path)`, with `sudo` to look as root.
    ///
    /// ```rhai
    /// if !host.exists("/root/.netrc", #{ sudo: true }) { log::warn("there is no .netrc"); }
    /// ```
    #[rhai_fn(name = "exists", pure, return_raw)]
    pub fn exists_with(
        call: NativeCallContext,
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
        host::functions::test_with(call, host, words.into(), how)
    }

    /// Copies a local file, or a folder with everything in it, to the host.
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
    ) -> Fallible<()> {
        put_with(call, host, local, remote, Map::new())
    }

    /// As `put(local, remote)`, with `mode`, `owner` and `sudo`.
    ///
    /// ```rhai
    /// host.put("files/agent", "/usr/local/bin/agent", #{ sudo: true, mode: "0755", owner: "root" });
    /// ```
    #[rhai_fn(name = "put", pure, return_raw)]
    pub fn put_with(
        call: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        options: Map,
    ) -> Fallible<()> {
        let given: FileOptions = super::options::read("put", options)?;
        let wanted = given.put_options()?;
        let script = Script::of(&call)?;
        let path = script.run.options.project.join(local);
        if !path.exists() {
            return Err(throw(
                Error::not_found(format!("there is no file {}", path.display()))
                    .hint("write the path relative to the project folder"),
            ));
        }
        if !script.run.may_change(&format!("copy {local} to {remote} on {}", host.remote().label()))
        {
            return Ok(());
        }
        if host.reached.role.is_some() {
            script.run.store.lock().or_throw()?;
        }
        host.answered(&script, host.remote().put(&path, remote, &wanted, &script.run.watch))
    }

    /// Copies a remote file or folder to this machine.
    ///
    /// ```rhai
    /// host.get("/var/log/cloud-init.log", "logs/cloud-init.log");
    /// ```
    #[rhai_fn(name = "get", pure, return_raw)]
    pub fn get(
        call: NativeCallContext,
        host: &mut Host,
        remote: &str,
        local: &str,
    ) -> Fallible<()> {
        get_with(call, host, remote, local, Map::new())
    }

    /// As `get(remote, local)`, with `sudo` to read as root.
    ///
    /// ```rhai
    /// host.get("/etc/sudoers.d", "audit/sudoers.d", #{ sudo: true });
    /// ```
    #[rhai_fn(name = "get", pure, return_raw)]
    pub fn get_with(
        call: NativeCallContext,
        host: &mut Host,
        remote: &str,
        local: &str,
        options: Map,
    ) -> Fallible<()> {
        let given: ReadOptions = super::options::read("get", options)?;
        let script = Script::of(&call)?;
        if !script.run.may_change(&format!("copy {remote} of {} to {local}", host.remote().label()))
        {
            return Ok(());
        }
        let path = script.run.options.project.join(local);
        host.answered(
            &script,
            host.remote().get(remote, Path::new(&path), given.sudo, &script.run.watch),
        )
    }

    /// Renders a template file of the project and writes the result, unless the file has that text
    /// already. True when something changed. The options are those of `write`.
    ///
    /// ```rhai
    /// host.template("files/agent.conf.j2", "/etc/agent.conf", #{ port: 8080 }, #{ sudo: true });
    /// ```
    #[rhai_fn(name = "template", pure, return_raw)]
    pub fn write_template(
        call: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        values: Map,
        options: Map,
    ) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let path = script.run.options.project.join(local);
        let source = std::fs::read_to_string(&path)
            .map_err(|error| throw(Error::io("read", &path, error)))?;
        let text = template::render(local, &source, values)?;
        write_if_different(&call, host, remote, text.as_bytes(), options)
    }
}
