//! Files on a host.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::path::Path;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::fs::read_file;
use super::host::{self, Host};
use super::host_options::path_of_host;
use super::{keep_bytes, options, template};
use crate::run::Kind;
use crate::script::difference;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Command, PutOptions, TOO_MUCH, quote_path};
use crate::ui::Direction;
use crate::{Code, Error};

/// The option map of functions that write a remote file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WriteOptions {
    /// Octal text: `"0644"`.
    mode: Option<String>,
    owner: Option<String>,
    sudo: bool,
    /// Neither the contents nor their size are shown.
    secret: bool,
    /// The text came from `read` with the same option.
    keep_bytes: bool,
    /// What the file holds, as `read` has just told: it is not read again.
    was: Option<String>,
}

/// The option map of functions that read a remote file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReadOptions {
    sudo: bool,
    /// Bytes that are not UTF-8 are kept.
    keep_bytes: bool,
    /// Bytes that the file may have.
    #[serde(deserialize_with = "options::size")]
    most: Option<usize>,
}

/// The option map of the other functions that look at remote files.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LookOptions {
    sudo: bool,
}

/// Bytes of a file that is read, unless another limit is given.
const MOST: usize = 16 << 20;

/// How a file is written. The mode is octal text.
pub fn put_options(mode: Option<&str>, owner: Option<String>, sudo: bool) -> Fallible<PutOptions> {
    Ok(PutOptions { mode: mode.map(options::mode).transpose()?, owner, sudo })
}

/// The contents of a remote file, if it exists and has no more than `most` bytes.
fn current(
    call: &NativeCallContext,
    host: &Host,
    path: &str,
    sudo: bool,
    most: usize,
) -> Fallible<Option<Vec<u8>>> {
    let script = Script::of(call)?;
    if let Some(planned) = script.run.plans.file(&host.remote().address(), path) {
        return Ok(Some(planned));
    }
    match host.remote().read(path, sudo, most, &script.run.watch) {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if error.code() == Code::NotFound || error.subject() == Some(TOO_MUCH) => {
            Ok(None)
        }
        Err(error) => host.answered(&script, Err(error)),
    }
}

/// `mode owner:group` of a remote file, in numbers where the wanted owner is written in numbers.
fn attributes(
    call: &NativeCallContext,
    host: &Host,
    path: &str,
    sudo: bool,
    wanted: Option<&str>,
) -> Fallible<String> {
    let script = Script::of(call)?;
    let quoted = quote_path(path).or_throw()?;
    let (user, group) = owner_parts(wanted.unwrap_or_default());
    let user = if is_number(user) { "%u" } else { "%U" };
    let group = if is_number(group) { "%g" } else { "%G" };
    let command = Command {
        line: format!("stat -Lc '%a {user}:{group}' -- {quoted}"),
        sudo: sudo.then(|| "root".to_string()),
        ..Command::default()
    };
    let output = host.answered(&script, host.remote().exec(&command, &script.run.watch))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// User and group of "user", "user:group" or ":group"; empty where it names none.
fn owner_parts(owner: &str) -> (&str, &str) {
    owner.split_once(':').unwrap_or((owner, ""))
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a file has the wanted mode and owner already.
fn attributes_match(found: &str, wanted: &PutOptions) -> bool {
    let (mode, owner) = found.split_once(' ').unwrap_or((found, ""));
    let (user, group) = owner_parts(owner);
    let (wanted_user, wanted_group) = owner_parts(wanted.owner.as_deref().unwrap_or_default());
    wanted.mode.is_none_or(|wanted| u32::from_str_radix(mode, 8) == Ok(wanted))
        && (wanted_user.is_empty() || wanted_user == user)
        && (wanted_group.is_empty() || wanted_group == group)
}

/// Writes a file unless it has this text already; true when something changed.
fn write_if_different(
    call: &NativeCallContext,
    host: &Host,
    path: &str,
    text: &str,
    map: Map,
) -> Fallible<bool> {
    let given: WriteOptions = options::read("write", map)?;
    path_of_host(path)?;
    let wanted = put_options(given.mode.as_deref(), given.owner.clone(), given.sudo)?;
    let bytes = |text: &str| match given.keep_bytes {
        true => keep_bytes::to_bytes(text),
        false => text.as_bytes().to_vec(),
    };
    let contents = bytes(text);
    // Each is a round trip, so that mode and owner are looked at only where they decide.
    let is_plain = wanted.mode.is_none() && wanted.owner.is_none();
    let script = Script::of(call)?;
    // Of a longer file no more is read than shows that it differs, unless the difference is shown.
    let most = match script.run.options.dry_run {
        true => contents.len().max(difference::MOST),
        false => contents.len(),
    };
    let present = match &given.was {
        Some(was) => Some(bytes(was)),
        None => current(call, host, path, given.sudo, most)?,
    };
    let label = host.remote().label().to_owned();
    let is_same = present.as_ref().is_some_and(|present| *present == contents);
    let has_attributes = || -> Fallible<bool> {
        let owner = wanted.owner.as_deref();
        Ok(attributes_match(&attributes(call, host, path, given.sudo, owner)?, &wanted))
    };
    if is_same && (is_plain || has_attributes()?) {
        script.run.ui.exchange(Direction::Compared, &label, path, || "the same".to_owned());
        return Ok(false);
    }
    let size =
        if given.secret { "a secret".to_string() } else { format!("{} bytes", contents.len()) };
    let mode = given.mode.iter().map(|mode| format!("mode {mode}"));
    let owner = given.owner.iter().map(|owner| format!("owner {owner}"));
    let attributes: Vec<String> = mode.chain(owner).collect();
    let what = match is_same {
        true => format!("change {path} on {label} ({})", attributes.join(", ")),
        false => {
            let told: Vec<String> = [size].into_iter().chain(attributes).collect();
            format!("write {path} on {label} ({})", told.join(", "))
        }
    };
    let diff = || difference::unified(path, present.as_deref(), &contents);
    if !script.run.may(Kind::File, &what, || (!given.secret && !is_same).then(diff)) {
        script.run.plans.change(&host.remote().address());
        script.run.plans.write(&host.remote().address(), path, &contents);
        return Ok(true);
    }
    if host.reached.role.is_some() {
        script.run.store.lock().or_throw()?;
    }
    if !given.secret {
        let sent = || String::from_utf8_lossy(&contents).into_owned();
        script.run.ui.exchange(Direction::Sent, &label, path, sent);
    }
    host.answered(&script, host.remote().write(&contents, path, &wanted, &script.run.watch))?;
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
        write_if_different(&call, host, path, text, Map::new())
    }

    /// As `write(path, text)`, with `mode` ("0644"), `owner` ("user" or "user:group"), `sudo`, `secret`
    /// (does not show the size), `keep_bytes` for a text that was read with `keep_bytes`, and `was`: the
    /// text that `read` has just returned, so that the file is not read again.
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
        write_if_different(&call, host, path, text, options)
    }

    /// The text of a remote file; throws `not_found` when it does not exist, and `failed` when it is not
    /// UTF-8.
    ///
    /// ```rhai
    /// let hosts = host.read("/etc/hosts");
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read(call: NativeCallContext, host: &mut Host, path: &str) -> Fallible<String> {
        read_with(call, host, path, Map::new())
    }

    /// As `read(path)`, with `sudo` to read as root, and `keep_bytes` for files that are not all UTF-8:
    /// each other byte becomes a character, which `write` with `keep_bytes` turns into that byte again.
    /// `most` is how large the file may be, 16 MiB unless told.
    ///
    /// ```rhai
    /// let text = host.read("/etc/old.conf", #{ sudo: true, keep_bytes: true });
    /// text = regex::replace(`(?m)^port=.*$`, text, "port=80");
    /// host.write("/etc/old.conf", text, #{ sudo: true, keep_bytes: true });
    /// ```
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read_with(
        call: NativeCallContext,
        host: &mut Host,
        path: &str,
        options: Map,
    ) -> Fallible<String> {
        crate::script::errors::call_begins(&call);
        let given: ReadOptions = super::options::read("read", options)?;
        path_of_host(path)?;
        let most = given.most.unwrap_or(MOST);
        let script = Script::of(&call)?;
        let bytes = match script.run.plans.file(&host.remote().address(), path) {
            Some(planned) => planned,
            None => {
                let read = host.remote().read(path, given.sudo, most, &script.run.watch);
                host.answered(&script, read)?
            }
        };
        let read = || String::from_utf8_lossy(&bytes).into_owned();
        script.run.ui.exchange(Direction::Read, host.remote().label(), path, read);
        if given.keep_bytes {
            return Ok(keep_bytes::to_text(&bytes));
        }
        String::from_utf8(bytes).map_err(|_| {
            let message = format!("[{}] {path} is not UTF-8 text", host.remote().label());
            let hint = "read and write it with #{ keep_bytes: true }: its other bytes are kept";
            throw(Error::failed(message).hint(hint))
        })
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
        crate::script::errors::call_begins(&call);
        let given: LookOptions = super::options::read("exists", options)?;
        if Script::of(&call)?.run.plans.file(&host.remote().address(), path).is_some() {
            return Ok(true);
        }
        let line = format!("test -e {}", quote_path(path).or_throw()?);
        let mut how = Map::new();
        if given.sudo {
            how.insert("user".into(), "root".into());
        }
        host::functions::test_with(call, host, line.into(), how)
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
        crate::script::errors::call_begins(&call);
        let given: LookOptions = super::options::read("get", options)?;
        path_of_host(remote)?;
        let script = Script::of(&call)?;
        let what = format!("copy {remote} of {} to {local}", host.remote().label());
        if !script.run.may(Kind::File, &what, || None) {
            return Ok(());
        }
        let path = script.run.options.project.join(local);
        script.wrote(&path);
        host.answered(
            &script,
            host.remote().get(remote, Path::new(&path), given.sudo, &script.run.watch),
        )
    }

    /// Renders a template file of the project, in Jinja syntax (`{{ port }}`), and writes the result, unless the
    /// file has that text already. True when something changed.
    ///
    /// ```rhai
    /// host.template("files/agent.conf.j2", "agent.conf", #{ port: 8080 });
    /// ```
    #[rhai_fn(name = "template", pure, return_raw)]
    pub fn write_plain_template(
        call: NativeCallContext,
        host: &mut Host,
        local: &str,
        remote: &str,
        values: Map,
    ) -> Fallible<bool> {
        write_template(call, host, local, remote, values, Map::new())
    }

    /// As `template(local, remote, values)`, with the options of `write`.
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
        let source = read_file(&call, local)?;
        let text = template::render(&script, local, &source, values)?;
        write_if_different(&call, host, remote, &text, options)
    }
}
