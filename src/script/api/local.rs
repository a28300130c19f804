//! Commands on this machine.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::command_line;
use super::options;
use super::result::CommandResult;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Output, command_failed};
use crate::{Code, Error};

/// The option map of `local::run` and `local::query`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LocalOptions {
    env: Option<BTreeMap<String, String>>,
    cwd: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
    ok: Option<Vec<i32>>,
}

fn execute(call: &NativeCallContext, line: &str, given: &LocalOptions) -> Fallible<Output> {
    let script = Script::of(call)?;
    let folder = script.run.options.project.join(given.cwd.as_deref().unwrap_or("."));
    let mut command = tokio::process::Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command.envs(given.env.iter().flatten());
    let started = std::time::Instant::now();
    let activity = script.run.watch.report.activity(&format!("local: {line}"));
    let output = script.run.block_on(async {
        let failed = |error| Error::new(Code::Io, format!("cannot run `{line}`")).cause(error);
        let Some(timeout) = given.timeout else { return command.output().await.map_err(failed) };
        tokio::time::timeout(timeout, command.output())
            .await
            .map_err(|_| {
                let waited = format!("`{line}` took longer than {} s", timeout.as_secs());
                Error::new(Code::Timeout, waited)
            })?
            .map_err(failed)
    });
    drop(activity);
    let output = output.or_throw()?;
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    Ok(Output {
        stdout: output.stdout,
        stderr: output.stderr,
        status: output.status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default()),
        signal: signal.map(|number| number.to_string()),
        truncated: false,
        seconds: started.elapsed().as_secs_f64(),
    })
}

fn change(call: &NativeCallContext, command: Dynamic, map: Map) -> Fallible<CommandResult> {
    let line = command_line(command)?;
    let given: LocalOptions = options::read("local::run", map)?;
    if !Script::of(call)?.run.may_change(&format!("run on this machine: {line}")) {
        return Ok(Output::default().into());
    }
    let output = execute(call, &line, &given)?;
    if !given.ok.as_deref().unwrap_or(&[0]).contains(&output.status) {
        return Err(throw(command_failed("local", &line, &output)));
    }
    Ok(output.into())
}

#[export_module]
pub mod functions {
    /// Runs a command on this machine, in the project folder; throws when its status is not 0.
    ///
    /// ```rhai
    /// local::run("git archive -o agent.tar HEAD");
    /// ```
    #[rhai_fn(name = "run", return_raw)]
    pub fn run_plain(call: NativeCallContext, command: Dynamic) -> Fallible<CommandResult> {
        change(&call, command, Map::new())
    }

    /// As `run(command)`, with `env`, `cwd`, `timeout` and `ok` (the allowed statuses).
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
        let line = command_line(command)?;
        Ok(execute(&call, &line, &LocalOptions::default())?.into())
    }
}
