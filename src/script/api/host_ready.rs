//! Waiting for a host to answer, and rebooting it.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::Host;
use super::{options, run};
use crate::Code;
use crate::cloud::wait::{Patience, Poll, until};
use crate::report::{MessagesOnly, Watch};
use crate::script::engine::Run;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::{console, host_key, instances};
use crate::ssh::{Command, Remote, command_failed};

/// The option map of `wait_ready` and `reboot`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WaitOptions {
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
}

/// How long a server that answers may refuse our key.
const KEY_GRACE: Duration = Duration::from_secs(120);

/// How long a machine may show another host key than its console tells.
const HOST_KEY_GRACE: Duration = Duration::from_secs(120);

/// How often the cloud is asked whether the instance still lives, while SSH is waited for.
const CLOUD_INTERVAL: Duration = Duration::from_secs(5);

/// A machine that goes down in mid-answer leaves the connection hanging.
const ANSWER: Duration = Duration::from_secs(20);

const BOOT_ID: &str = "cat /proc/sys/kernel/random/boot_id";

/// Tries to log in until it works; gives up at once on what waiting cannot cure.
fn wait(
    run: &Run,
    host: &mut Host,
    timeout: Duration,
    previous_boot: Option<String>,
) -> crate::Result<()> {
    let what = format!("{} to answer SSH", host.remote.label());
    let patience = Patience::for_up_to(timeout).at_most_every(Duration::from_secs(2));
    let watch = &run.context.watch;
    let mut looked_at_the_cloud = Instant::now();
    let refused_since = &OnceLock::new();
    let (other_key_since, other_key) = (&OnceLock::new(), &Mutex::new(None));
    let role = host.role.as_deref();
    // Another one, when the host key that is expected changes.
    let remote = &Mutex::new(host.remote.clone());
    let look = || {
        let (remote_now, watch, previous) =
            (lock(remote).clone(), watch.clone(), previous_boot.clone());
        let ask_the_cloud = looked_at_the_cloud.elapsed() > CLOUD_INTERVAL;
        if ask_the_cloud {
            looked_at_the_cloud = Instant::now();
        }
        async move {
            if ask_the_cloud {
                instances::still_alive(&run.context, role).await?;
            }
            let tried = tokio::task::spawn_blocking(move || -> crate::Result<Poll<()>> {
                // What it tells of one try is told by the wait, with the reason of the last one.
                let quiet = Watch {
                    report: Arc::new(MessagesOnly(watch.report.clone())),
                    cancel: watch.cancel.clone(),
                };
                remote_now.probe(&quiet)?;
                let Some(previous) = previous else { return Ok(Poll::Ready(())) };
                let command = Command {
                    line: BOOT_ID.to_string(),
                    timeout: Some(ANSWER),
                    ..Command::default()
                };
                let now = remote_now.exec(&command, &watch)?;
                if String::from_utf8_lossy(&now.stdout).trim() == previous {
                    remote_now.disconnect();
                    return Ok(Poll::Pending("it has not gone down yet".to_string()));
                }
                Ok(Poll::Ready(()))
            });
            let tried = tried.await;
            *lock(other_key) = None;
            match tried {
                Ok(Err(error)) if error.code() == Code::HostKeyChanged => {
                    let since = other_key_since.get_or_init(Instant::now);
                    if let Some(anew) = other_key_shown(run, role, &error, since).await? {
                        *lock(remote) = anew;
                    }
                    let status = error.to_string();
                    *lock(other_key) = Some(never_told(error));
                    Ok(Poll::Pending(status))
                }
                Ok(Err(error)) if error.code() == Code::Authentication => {
                    refused(error, refused_since.get_or_init(Instant::now))
                }
                Ok(Err(error)) if can_pass(error.code()) => Ok(Poll::Pending(error.to_string())),
                Ok(result) => result,
                Err(panic) => Err(crate::Error::failed("the SSH probe broke off").cause(panic)),
            }
        }
    };
    let result = run.context.block_on(until(&what, patience, watch, look));
    host.remote = lock(remote).clone();
    result.map_err(|error| match (error.code(), lock(other_key).take()) {
        (Code::Timeout, Some(other)) => other,
        (Code::Timeout, None) => console::with_console(&run.context, host.role.as_deref(), error),
        _ => error,
    })
}

/// A machine that is still booting fails in these ways.
fn can_pass(code: Code) -> bool {
    matches!(code, Code::Connection | Code::Timeout)
}

/// The machine shows another host key than its console has told: it may tell that one late. Gives the
/// way to the machine with the key told now, if that has changed.
async fn other_key_shown(
    run: &Run,
    role: Option<&str>,
    error: &crate::Error,
    since: &Instant,
) -> crate::Result<Option<Arc<dyn Remote>>> {
    let Some(role) = role.filter(|_| host_key::is_told(&run.context).unwrap_or(false)) else {
        return Err(error.clone());
    };
    if host_key::read_again(&run.context, role).await? {
        return Ok(Some(instances::host(&run.context, role)?.remote));
    }
    if since.elapsed() < HOST_KEY_GRACE { Ok(None) } else { Err(never_told(error.clone())) }
}

fn never_told(error: crate::Error) -> crate::Error {
    error.cause("the machine's console, or the cloud's agent on it, does not tell that key").hint(
        "someone may be in between; or the machine cannot tell its key: then set ssh.host_key to \
         handed_in or first_use",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// sshd may be up before the key is in place, but not for long.
fn refused(error: crate::Error, since: &Instant) -> crate::Result<Poll<()>> {
    if since.elapsed() < KEY_GRACE {
        return Ok(Poll::Pending(error.to_string()));
    }
    Err(error.hint(
        "is it the right user and the right key? If something else than std/clean took the keys away, \
         `imgctl down up` hands them in again",
    ))
}

fn patience(run: &Run, given: Option<Duration>) -> Fallible<Duration> {
    match given {
        Some(timeout) => Ok(timeout),
        None => Ok(run.context.selection().or_throw()?.common.ssh.ready_timeout),
    }
}

#[export_module]
pub mod functions {
    /// Waits until the host lets us log in. Says what it waits for and why the last try failed;
    /// when it gives up, shows the end of the instance's console.
    ///
    /// ```rhai
    /// cloud::host().wait_ready();
    /// ```
    #[rhai_fn(name = "wait_ready", pure, return_raw)]
    pub fn wait_ready(context: NativeCallContext, host: &mut Host) -> Fallible<()> {
        wait_ready_with(context, host, Map::new())
    }

    /// As `wait_ready()` with a `timeout` other than the configured `ssh.ready_timeout`.
    ///
    /// ```rhai
    /// host.wait_ready(#{ timeout: "20m" });
    /// ```
    #[rhai_fn(name = "wait_ready", pure, return_raw)]
    pub fn wait_ready_with(
        context: NativeCallContext,
        host: &mut Host,
        options: Map,
    ) -> Fallible<()> {
        let given: WaitOptions = super::options::read("wait_ready", options)?;
        let run = run(&context)?;
        if run.context.options.dry_run {
            return Ok(());
        }
        let timeout = patience(&run, given.timeout)?;
        wait(&run, host, timeout, None).or_throw()
    }

    /// Reboots and waits until it is back, proven by a new boot id.
    ///
    /// ```rhai
    /// step("reboot into the new kernel", || host.reboot());
    /// ```
    #[rhai_fn(name = "reboot", pure, return_raw)]
    pub fn reboot(context: NativeCallContext, host: &mut Host) -> Fallible<()> {
        reboot_with(context, host, Map::new())
    }

    /// As `reboot()` with a `timeout` other than the configured `ssh.ready_timeout`.
    ///
    /// ```rhai
    /// host.reboot(#{ timeout: "20m" });
    /// ```
    #[rhai_fn(name = "reboot", pure, return_raw)]
    pub fn reboot_with(context: NativeCallContext, host: &mut Host, options: Map) -> Fallible<()> {
        let given: WaitOptions = super::options::read("reboot", options)?;
        let run = run(&context)?;
        if !run.context.may_change(&format!("reboot {}", host.remote.label())) {
            return Ok(());
        }
        let timeout = patience(&run, given.timeout)?;
        let before = host.read_fact(&context, BOOT_ID)?;
        let command = Command {
            line: "systemctl --no-block reboot || reboot".to_string(),
            sudo: Some("root".to_string()),
            ..Command::default()
        };
        match host.remote.exec(&command, &run.context.watch) {
            Ok(output) if output.status == 0 => {}
            // The connection may be cut before the answer is out; the boot id will tell.
            Err(error) if error.code() == Code::Connection => {}
            Ok(output) => {
                return Err(throw(command_failed(host.remote.label(), "reboot", &output)));
            }
            Err(error) => return Err(throw(error)),
        }
        host.remote.disconnect();
        wait(&run, host, timeout, Some(before.trim().to_string())).or_throw()
    }
}
