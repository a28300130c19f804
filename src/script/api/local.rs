//! Commands on this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use bytesize::ByteSize;
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::command_line;
use super::result::CommandResult;
use super::secret::shown_line;
use super::{host_exchange, options};
use crate::run::Kind;
use crate::run::program::{self, Bounds};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Output, command_failed, shortened};
use crate::ui::{Begun, Running};
use crate::{Code, Error};

/// The option map of `local::run` and `local::query`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LocalOptions {
    env: Option<BTreeMap<String, String>>,
    cwd: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
    ok: Option<Vec<i32>>,
    keep: Option<ByteSize>,
    /// Bytes that are not UTF-8 are kept in the result.
    keep_bytes: bool,
}

/// Runs a line that no program it starts can see.
const FROM_ENVIRONMENT: &str = "imgctl_line=$IMGCTL_LINE; unset IMGCTL_LINE; eval \"$imgctl_line\"";

/// A line for the shell, and the line to show.
struct Line {
    line: String,
    shown: String,
}

impl Line {
    fn of(script: &Script, command: Dynamic) -> Fallible<Line> {
        let shown = shown_line(script, &command)?;
        let line = command_line(command)?;
        Ok(Line { shown: shown.unwrap_or_else(|| line.clone()), line })
    }
}

/// The shell and the system take other names for something else.
fn is_odd(name: &str) -> bool {
    name.is_empty() || name.contains(['=', '\0'])
}

fn execute(script: &Script, line: &Line, given: &LocalOptions, reads: bool) -> Fallible<Output> {
    let Line { line, shown } = line;
    if let Some(answer) = script.run.answer_here(line).or_throw()? {
        return Ok(answer);
    }
    let reaches = script.run.may_reach_out(&format!("run `{shown}` on this machine"));
    let hint = "answer commands by `fake_local(#{ … })`; `imgctl test --reach-out` allows it";
    reaches.map_err(|error| error.hint(hint)).or_throw()?;
    let folder = script.run.options.project.join(given.cwd.as_deref().unwrap_or("."));
    if !folder.is_dir() {
        let message = format!("cannot run `{}` in {}", shortened(shown), folder.display());
        let error = Error::new(Code::NotFound, message).cause("there is no such folder");
        return Err(throw(error.hint("create it first, or change the option `cwd`")));
    }
    if let Some(name) = given.env.iter().flatten().map(|(name, _)| name).find(|name| is_odd(name)) {
        let message = format!("`{}` is not the name of a variable", name.escape_debug());
        return Err(throw(Error::usage(message).hint("write `env: #{ NAME: \"value\" }`")));
    }
    let mut command = tokio::process::Command::new("sh");
    // All users of this machine can read the arguments of programs, and only this one the environment.
    match script.run.watch.is_secret(line) {
        true => command.arg("-c").arg(FROM_ENVIRONMENT).env("IMGCTL_LINE", line),
        false => command.arg("-c").arg(line),
    };
    command.current_dir(folder);
    command.envs(given.env.iter().flatten());
    let keep = match given.keep {
        Some(keep) => keep,
        None => script.run.config.limits().or_throw()?.output,
    };
    let bounds = Bounds { timeout: given.timeout, keep: keep.as_u64() };
    let started = std::time::Instant::now();
    let watch = &script.run.watch;
    let begun = Begun { host: "local", role: None, instance: None, command: shown, reads };
    let running = script.run.ui.command(&begun, watch);
    let watch = running.as_ref().map_or(watch, Running::watch);
    let activity = watch.report.activity(&format!("local: {shown}"));
    let ended = script.run.finish(program::run(command, shown, &bounds, watch));
    drop(activity);
    let ended = ended.or_throw()?;
    let signal = std::os::unix::process::ExitStatusExt::signal(&ended.status);
    let status = ended.status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default());
    if let Some(running) = running {
        running.ended(status);
    }
    let output = Output {
        stdout: ended.stdout,
        stderr: ended.stderr,
        status,
        signal: signal.map(|number| number.to_string()),
        truncated: false,
        seconds: started.elapsed().as_secs_f64(),
    };
    host_exchange::tell_output(script, "local", shown, &output);
    Ok(output)
}

fn change(call: &NativeCallContext, command: Dynamic, map: Map) -> Fallible<CommandResult> {
    let script = Script::of(call)?;
    let line = Line::of(&script, command)?;
    let given: LocalOptions = options::read("local::run", map)?;
    if !script.run.may(Kind::Command, &format!("run on this machine: {}", line.shown), || None) {
        return Ok(Output::default().into());
    }
    let output = execute(&script, &line, &given, false)?;
    if !given.ok.as_deref().unwrap_or(&[0]).contains(&output.status) {
        return Err(throw(command_failed("local", &line.shown, &output)));
    }
    Ok(CommandResult::shown("local", &line.shown, output, given.keep_bytes))
}

fn query_line(call: &NativeCallContext, command: Dynamic, map: Map) -> Fallible<CommandResult> {
    let script = Script::of(call)?;
    let line = Line::of(&script, command)?;
    let given: LocalOptions = options::read("local::query", map)?;
    let output = execute(&script, &line, &given, true)?;
    Ok(CommandResult::shown("local", &line.shown, output, given.keep_bytes))
}

#[export_module]
pub mod functions {
    /// Runs a command on this machine, in the project folder; throws when its status is not 0. What it leaves
    /// running in the background (`serve >log 2>&1 &`) ends with imgctl; `setsid` lets it go on.
    ///
    /// ```rhai
    /// local::run("git archive -o agent.tar HEAD");
    /// ```
    #[rhai_fn(name = "run", return_raw)]
    pub fn run_plain(call: NativeCallContext, command: Dynamic) -> Fallible<CommandResult> {
        change(&call, command, Map::new())
    }

    /// As `run(command)`, with `env`, `cwd`, `timeout`, `ok` (the allowed statuses), `keep_bytes` (as for
    /// `host.run`) and `keep`: the most that it may print, such as `"64MiB"` (the default is the setting
    /// `limits.output`, 16 MiB).
    ///
    /// ```rhai
    /// local::run(["make", "agent"], #{ cwd: "agent", timeout: "5m" });
    /// ```
    #[rhai_fn(name = "run", return_raw)]
    pub fn run_with(
        call: NativeCallContext,
        command: Dynamic,
        options: Map,
    ) -> Fallible<CommandResult> {
        change(&call, command, options)
    }

    /// Runs a command that only reads: it also runs under `--dry-run`, and does not throw, whatever the
    /// status.
    ///
    /// ```rhai
    /// let commit = local::query("git rev-parse --short HEAD").stdout;
    /// ```
    #[rhai_fn(name = "query", return_raw)]
    pub fn query(call: NativeCallContext, command: Dynamic) -> Fallible<CommandResult> {
        query_line(&call, command, Map::new())
    }

    /// As `query(command)`, with the options of `run`, except `ok`.
    ///
    /// ```rhai
    /// let log = local::query("git log", #{ cwd: "agent", keep: "64MiB" }).stdout;
    /// ```
    #[rhai_fn(name = "query", return_raw)]
    pub fn query_with(
        call: NativeCallContext,
        command: Dynamic,
        options: Map,
    ) -> Fallible<CommandResult> {
        query_line(&call, command, options)
    }
}
