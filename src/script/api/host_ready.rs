//! Waiting until one can log in to a host, and rebooting it.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::time::Duration;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::Host;
use super::options;
use crate::Code;
use crate::run::access::ready::{self, BOOT_ID};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Command, command_failed};

/// The option map of `wait_ready` and `reboot`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WaitOptions {
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
}

fn patience(script: &Script, given: Option<Duration>) -> Fallible<Duration> {
    match given {
        Some(timeout) => Ok(timeout),
        None => Ok(script.run.selection().or_throw()?.common.ssh.ready_timeout),
    }
}

#[export_module]
pub mod functions {
    /// Waits until one can log in to the host. Shows what it waits for and why the last try failed;
    /// when it gives up, the error shows the end of the instance's console.
    ///
    /// ```rhai
    /// cloud::host().wait_ready();
    /// ```
    #[rhai_fn(name = "wait_ready", pure, return_raw)]
    pub fn wait_ready(call: NativeCallContext, host: &mut Host) -> Fallible<()> {
        wait_ready_with(call, host, Map::new())
    }

    /// As `wait_ready()`, with a `timeout` in place of the configured `ssh.ready_timeout`.
    ///
    /// ```rhai
    /// host.wait_ready(#{ timeout: "20m" });
    /// ```
    #[rhai_fn(name = "wait_ready", pure, return_raw)]
    pub fn wait_ready_with(call: NativeCallContext, host: &mut Host, options: Map) -> Fallible<()> {
        crate::script::errors::call_begins(&call);
        let given: WaitOptions = super::options::read("wait_ready", options)?;
        let script = Script::of(&call)?;
        if script.run.options.dry_run {
            return Ok(());
        }
        let timeout = patience(&script, given.timeout)?;
        ready::wait(&script.run, &host.reached, timeout, None).or_throw()
    }

    /// Reboots the host and waits until it is back, which a new boot id proves.
    ///
    /// ```rhai
    /// step("reboot into the new kernel", || host.reboot());
    /// ```
    #[rhai_fn(name = "reboot", pure, return_raw)]
    pub fn reboot(call: NativeCallContext, host: &mut Host) -> Fallible<()> {
        reboot_with(call, host, Map::new())
    }

    /// As `reboot()`, with a `timeout` in place of the configured `ssh.ready_timeout`.
    ///
    /// ```rhai
    /// host.reboot(#{ timeout: "20m" });
    /// ```
    #[rhai_fn(name = "reboot", pure, return_raw)]
    pub fn reboot_with(call: NativeCallContext, host: &mut Host, options: Map) -> Fallible<()> {
        crate::script::errors::call_begins(&call);
        let given: WaitOptions = super::options::read("reboot", options)?;
        let script = Script::of(&call)?;
        if !script.run.may_change(&format!("reboot {}", host.remote().label())) {
            script.run.plans.change(&host.remote().address());
            return Ok(());
        }
        if host.reached.role.is_some() {
            script.run.store.lock().or_throw()?;
        }
        let timeout = patience(&script, given.timeout)?;
        let before = host.read_fact(&call, BOOT_ID)?;
        let command = Command {
            line: "systemctl --no-block reboot || reboot".to_string(),
            sudo: Some("root".to_string()),
            ..Command::default()
        };
        match host.remote().exec(&command, &script.run.watch) {
            Ok(output) if output.status == 0 => {}
            // The connection may end before the answer arrives; the boot id will tell.
            Err(error) if error.code() == Code::Connection => {}
            Ok(output) => {
                return Err(throw(command_failed(host.remote().label(), "reboot", &output)));
            }
            Err(error) => return Err(throw(error)),
        }
        host.remote().disconnect();
        ready::wait(&script.run, &host.reached, timeout, Some(before.trim().to_string())).or_throw()
    }
}
