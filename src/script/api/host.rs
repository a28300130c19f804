//! A machine, and the commands run on it.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::sync::{Arc, OnceLock};

use rhai::plugin::*;
use rhai::{Array, Map};

use super::host_options::RunOptions;
use super::result::CommandResult;
use super::{host_exchange, options, room};
use crate::run::Kind;
use crate::run::access::target::Reached;
use crate::run::access::{facts, unreachable};
use crate::run::known::kernel;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::kind::kind;
use crate::script::running::Script;
use crate::ssh::{Command, Output, Remote, bytes_in_words, command_failed, shortened};
use crate::ui::{Begun, Running};
use crate::{Code, Error};

/// Shown in place of a command with a secret.
const SECRET: &str = "a command with a secret";

/// A machine that scripts run commands on. Copies stand for the same machine.
#[derive(Clone)]
pub struct Host {
    pub reached: Reached,
    /// Of the inventory; empty for a machine that is not in it.
    pub vars: Arc<Map>,
    facts: Arc<OnceLock<Map>>,
}

impl Host {
    #[must_use]
    pub fn new(reached: Reached) -> Host {
        Host { reached, vars: Arc::default(), facts: Arc::default() }
    }

    /// The connection in use.
    #[must_use]
    pub fn remote(&self) -> Arc<dyn Remote> {
        self.reached.remote()
    }

    /// Throws an error of the connection, with what the cloud says of the instance.
    pub fn answered<T>(&self, script: &Script, result: crate::Result<T>) -> Fallible<T> {
        let role = self.reached.role.as_deref();
        result.map_err(|error| unreachable::explain(&script.run, role, error)).or_throw()
    }

    /// Runs a command that only reads and must succeed.
    pub fn read_fact(&self, call: &NativeCallContext, line: &str) -> Fallible<String> {
        let command = Command { line: line.to_string(), ..Command::default() };
        let output = execute(call, self, command, line, Some(&[0]))?;
        Ok(CommandResult::from(output).stdout)
    }
}

/// The line for the shell: a command is text, or an array of words to be quoted.
pub fn command_line(command: Dynamic) -> Fallible<String> {
    if let Some(words) = command.read_lock::<Array>() {
        room::fits(room::size_of_items(&*words))?;
        let is_none = |it: &Dynamic| it.is_unit() || it.is_array() || it.is_map() || it.is_fnptr();
        if let Some((at, word)) = words.iter().enumerate().find(|(_, word)| is_none(word)) {
            let found = kind(word.type_name());
            let message = format!("word {} of a command is {found}", at + 1);
            let hint = "words are text and numbers; a list is added by `[\"ls\"] + paths`";
            return Err(throw(Error::new(Code::Script, message).hint(hint)));
        }
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        if words.is_empty() {
            let error = Error::new(Code::Script, "a command has no words");
            return Err(throw(error.hint("begin the array with a program: [\"ls\", path]")));
        }
        return shlex::try_join(words.iter().map(String::as_str)).map_err(|_| {
            throw(Error::new(Code::Script, "a command's words cannot contain a NUL character"))
        });
    }
    let line = command.into_string().map_err(|name| {
        throw(Error::new(
            Code::Script,
            format!("a command is text or a list of words, not {}", kind(name)),
        ))
    })?;
    if line.trim().is_empty() {
        let error = Error::new(Code::Script, "a command is empty");
        return Err(throw(
            error.hint("a shell would do nothing, with success: leave the call out"),
        ));
    }
    Ok(line)
}

fn execute(
    call: &NativeCallContext,
    host: &Host,
    command: Command,
    shown: &str,
    ok: Option<&[i32]>,
) -> Fallible<Output> {
    let script = Script::of(call)?;
    let (remote, watch) = (host.remote(), &script.run.watch);
    let begun = Begun {
        host: remote.label(),
        role: host.reached.role.as_deref(),
        instance: host.reached.role.as_ref().map(|_| host.reached.scope.as_str()),
        command: if command.secret { SECRET } else { shown },
        reads: !command.live,
    };
    let running = script.run.ui.command(&begun, watch);
    let watch = running.as_ref().map_or(watch, Running::watch);
    let result = remote.exec(&command, watch);
    if let (Some(running), Ok(output)) = (running, &result) {
        running.ended(output.status);
    }
    let mut output = host.answered(&script, result)?;
    host_exchange::tell(&script, remote.label(), shown, &command, &output);
    if output.truncated {
        // The stream that was cut has as many bytes as are kept of one.
        let kept = output.stdout.len().max(output.stderr.len());
        let kept = bytes_in_words(kept);
        let message = format!(
            "command output exceeded {kept}: the rest is not in the result (ask for more with `keep`)"
        );
        script.run.watch.report.log(crate::report::Level::Warning, &message);
    }
    if ok.is_some_and(|ok| !ok.contains(&output.status)) {
        if command.secret {
            output = Output { status: output.status, signal: output.signal, ..Output::default() };
        }
        let shown = if command.secret { SECRET } else { shown };
        let error = command_failed(host.remote().label(), shown, &output);
        return Err(throw(kernel::explain(
            &script.run,
            host.reached.role.as_deref(),
            shown,
            error,
        )));
    }
    Ok(output)
}

/// `run` and `sudo`: not done under `--dry-run`, and throws on a status that is not allowed.
fn change(
    call: &NativeCallContext,
    host: &Host,
    command: Dynamic,
    sudo: bool,
    map: Map,
) -> Fallible<CommandResult> {
    let line = command_line(command)?;
    crate::script::errors::call_begins(call);
    let mut given: RunOptions = options::read("run", map)?;
    if sudo && given.user.is_none() {
        given.user = Some("root".to_string());
    }
    let script = Script::of(call)?;
    let shown = if given.secret { SECRET } else { line.as_str() };
    let shown = shortened(shown);
    let what = format!("run on {}: {shown}", host.remote().label());
    if !script.run.may(Kind::Command, &what, || None) {
        script.run.plans.change(&host.remote().address());
        return Ok(crate::ssh::Output::default().into());
    }
    if host.reached.role.is_some() {
        script.run.store.lock().or_throw()?;
    }
    let ok = given.ok.clone().unwrap_or_else(|| vec![0]);
    let command = given.command(line.clone(), true);
    let output = execute(call, host, command, &line, Some(&ok))?;
    Ok(result(host, &line, output, &given))
}

/// `query` and `test`: also done under `--dry-run`, shows nothing, and throws only on a status that is
/// not among those given.
fn look(
    call: &NativeCallContext,
    host: &Host,
    command: Dynamic,
    map: Map,
) -> Fallible<CommandResult> {
    let line = command_line(command)?;
    crate::script::errors::call_begins(call);
    let given: RunOptions = options::read("query", map)?;
    let command = given.command(line.clone(), false);
    let output = execute(call, host, command, &line, given.ok.as_deref())?;
    Ok(result(host, &line, output, &given))
}

fn result(host: &Host, line: &str, output: Output, given: &RunOptions) -> CommandResult {
    let shown = if given.secret { SECRET } else { line };
    CommandResult::shown(host.remote().label(), shown, output, given.keep_bytes)
}

#[export_module]
pub mod functions {
    /// Runs a command that changes something, shows its output live, and throws when its status is not
    /// 0. The command is text for the shell, or an array of words.
    ///
    /// ```rhai
    /// host.run("make -C /srv/tool install");
    /// host.run(["cp", "file with spaces", "/tmp"]);
    /// ```
    #[rhai_fn(name = "run", pure, return_raw)]
    pub fn run_plain(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
    ) -> Fallible<CommandResult> {
        change(&call, host, command, false, Map::new())
    }

    /// As `run(command)`, with options: `env`, `cwd`, `user` (through sudo), `timeout`, `pty`, `ok`
    /// (the allowed statuses), `stdin`, `quiet` (does not show the output), `secret` (shows neither
    /// command nor output), `keep` (how much output the result holds, 16 MiB of each stream unless told)
    /// and `keep_bytes` (as for `read`, for the result and for `stdin`; without it, bytes that are not UTF-8
    /// become U+FFFD, and a warning says so).
    ///
    /// ```rhai
    /// host.run("./configure", #{ cwd: "/srv/tool", env: #{ CC: "clang" }, timeout: "10m" });
    /// ```
    #[rhai_fn(name = "run", pure, return_raw)]
    pub fn run_with(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
        options: Map,
    ) -> Fallible<CommandResult> {
        change(&call, host, command, false, options)
    }

    /// As `run(command)`, as root.
    ///
    /// ```rhai
    /// host.sudo("systemctl restart nginx");
    /// ```
    #[rhai_fn(name = "sudo", pure, return_raw)]
    pub fn sudo(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
    ) -> Fallible<CommandResult> {
        change(&call, host, command, true, Map::new())
    }

    /// As `run(command, options)`, as root or as `user`.
    ///
    /// ```rhai
    /// host.sudo("psql -c 'select 1'", #{ user: "postgres" });
    /// ```
    #[rhai_fn(name = "sudo", pure, return_raw)]
    pub fn sudo_with(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
        options: Map,
    ) -> Fallible<CommandResult> {
        change(&call, host, command, true, options)
    }

    /// Runs a command that only reads: it also runs under `--dry-run`, its output is not shown, and it
    /// does not throw, whatever the status. More output than 16 MiB is an error, see `keep`.
    ///
    /// ```rhai
    /// let kernel = host.query("uname -r").stdout;
    /// ```
    #[rhai_fn(name = "query", pure, return_raw)]
    pub fn query(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
    ) -> Fallible<CommandResult> {
        look(&call, host, command, Map::new())
    }

    /// As `query(command)`, with the options of `run`. With `ok`, any other status throws.
    ///
    /// ```rhai
    /// let shadow = host.query("getent shadow ci", #{ user: "root", ok: [0] }).stdout;
    /// ```
    #[rhai_fn(name = "query", pure, return_raw)]
    pub fn query_with(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
        options: Map,
    ) -> Fallible<CommandResult> {
        look(&call, host, command, options)
    }

    /// True when a command that only reads exits with status 0.
    ///
    /// ```rhai
    /// if !host.test("command -v git") { log::warn("git is missing"); }
    /// ```
    #[rhai_fn(name = "test", pure, return_raw)]
    pub fn test(call: NativeCallContext, host: &mut Host, command: Dynamic) -> Fallible<bool> {
        Ok(look(&call, host, command, Map::new())?.status == 0)
    }

    /// As `test(command)`, with the options of `run`.
    ///
    /// ```rhai
    /// let locked = host.test("fuser /var/lib/dpkg/lock", #{ user: "root" });
    /// ```
    #[rhai_fn(name = "test", pure, return_raw)]
    pub fn test_with(
        call: NativeCallContext,
        host: &mut Host,
        command: Dynamic,
        options: Map,
    ) -> Fallible<bool> {
        Ok(look(&call, host, command, options)?.status == 0)
    }

    /// Facts of the operating system: `id` ("debian"), `version` ("12"), `family` ("debian",
    /// "redhat", "suse", "arch", "alpine") and `arch` ("x86_64"). They are read once.
    ///
    /// ```rhai
    /// let packages = global::PACKAGES[host.os.family];
    /// ```
    #[rhai_fn(get = "os", pure, return_raw)]
    pub fn os(call: NativeCallContext, host: &mut Host) -> Fallible<Map> {
        if let Some(facts) = host.facts.get() {
            return Ok(facts.clone());
        }
        let text = host.read_fact(&call, facts::OS_COMMAND)?;
        let os = facts::os(&text).or_throw()?;
        let facts: Map = crate::script::api::known::FACTS
            .into_iter()
            .zip([os.id, os.version, os.family, os.arch])
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Ok(host.facts.get_or_init(|| facts).clone())
    }

    /// The host's name, which is shown before its output.
    ///
    /// ```rhai
    /// log::info(`${host.name} is ready`);
    /// ```
    #[rhai_fn(get = "name", pure)]
    pub fn name(host: &mut Host) -> String {
        host.remote().label().to_string()
    }

    /// `address:port`.
    ///
    /// ```rhai
    /// print(host.address);
    /// ```
    #[rhai_fn(get = "address", pure)]
    pub fn address(host: &mut Host) -> String {
        host.remote().address()
    }

    /// The login user.
    ///
    /// ```rhai
    /// host.sudo(`usermod -aG docker ${host.user}`);
    /// ```
    #[rhai_fn(get = "user", pure, return_raw)]
    pub fn user(call: NativeCallContext, host: &mut Host) -> Fallible<String> {
        // When the user comes from ssh's configuration, only the host knows it.
        if host.reached.user.is_empty() {
            host.read_fact(&call, "id -un")
        } else {
            Ok(host.reached.user.clone())
        }
    }

    /// The host's name, where the host is used as text.
    ///
    /// ```rhai
    /// print(`working on ${host}`);
    /// ```
    #[rhai_fn(name = "to_string", pure)]
    pub fn to_string(host: &mut Host) -> String {
        host.remote().label().to_string()
    }
}
