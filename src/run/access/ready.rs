//! Waiting until a machine lets us log in.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::boot::Boot;
use super::console;
use super::target::{self, Reached};
use crate::Code;
use crate::cloud::Capability;
use crate::cloud::wait::{Patience, Poll, until};
use crate::report::{MessagesOnly, Watch};
use crate::run::Run;
use crate::run::keys::host_key;
use crate::run::known::instances;
use crate::ssh::Command;

/// How long a server that answers may refuse our key.
const KEY_GRACE: Duration = Duration::from_secs(120);

/// How often the cloud is asked whether the instance still exists, while SSH does not answer.
const CLOUD_INTERVAL: Duration = Duration::from_secs(5);

/// How long a command may take: a machine that goes down while it answers leaves the connection
/// hanging.
const ANSWER: Duration = Duration::from_secs(20);

/// Reads the boot id, which differs after each boot.
pub const BOOT_ID: &str = "cat /proc/sys/kernel/random/boot_id";

/// Tries to log in until it works; gives up at once on failures that waiting cannot cure.
pub fn wait(
    run: &Run,
    host: &Reached,
    timeout: Duration,
    previous_boot: Option<String>,
) -> crate::Result<()> {
    let what = format!("{} to answer SSH", host.remote().label());
    let patience = Patience::for_up_to(timeout).at_most_every(Duration::from_secs(2));
    let watch = &run.watch;
    let mut looked_at_the_cloud = Instant::now();
    let boot = &tokio::sync::Mutex::new(Boot::new());
    let refused_since = &OnceLock::new();
    let other_key = &Mutex::new(None);
    let role = host.role.as_deref();
    let look = || {
        let (remote, watch, previous) = (host.remote(), watch.clone(), previous_boot.clone());
        let ask_the_cloud = looked_at_the_cloud.elapsed() > CLOUD_INTERVAL;
        if ask_the_cloud {
            looked_at_the_cloud = Instant::now();
        }
        async move {
            if ask_the_cloud {
                instances::still_alive(run, role).await?;
                let mut boot = boot.lock().await;
                if boot.is_due() {
                    boot.check(run, role).await?;
                }
            }
            let tried = tokio::task::spawn_blocking(move || -> crate::Result<Poll<()>> {
                // The wait reports the reason of the last try, so a single try reports none.
                let quiet = Watch {
                    report: Arc::new(MessagesOnly(watch.report.clone())),
                    cancel: watch.cancel.clone(),
                };
                remote.probe(&quiet)?;
                let Some(previous) = previous else { return Ok(Poll::Ready(())) };
                let command = Command {
                    line: BOOT_ID.to_string(),
                    timeout: Some(ANSWER),
                    ..Command::default()
                };
                let now = remote.exec(&command, &watch)?;
                if String::from_utf8_lossy(&now.stdout).trim() == previous {
                    remote.disconnect();
                    return Ok(Poll::Pending("it has not shut down yet".to_string()));
                }
                Ok(Poll::Ready(()))
            });
            let tried = tried.await;
            *lock(other_key) = None;
            match tried {
                Ok(Err(error)) if error.code() == Code::HostKeyChanged => {
                    other_key_shown(run, host, &error).await?;
                    let status = error.to_string();
                    *lock(other_key) = Some(never_told(error));
                    Ok(Poll::Pending(status))
                }
                Ok(Err(error)) if error.code() == Code::Authentication => {
                    refused(run, error, refused_since.get_or_init(Instant::now))
                }
                Ok(Err(error)) if can_pass(error.code()) => Ok(Poll::Pending(error.to_string())),
                Ok(result) => result,
                Err(ended) => Err(match ended.try_into_panic() {
                    Ok(panic) => crate::Error::panicked(&*panic),
                    Err(ended) => {
                        crate::Error::failed("the SSH probe ended unexpectedly").cause(ended)
                    }
                }),
            }
        }
    };
    let result = run.block_on(until(&what, patience, watch, look));
    result.map_err(|error| match (error.code(), lock(other_key).take()) {
        (Code::Timeout, Some(other)) => other,
        (Code::Timeout | Code::Authentication, None) => {
            console::with_console(run, host.role.as_deref(), error)
        }
        _ => error,
    })
}

/// Whether a machine that is still booting fails in this way.
fn can_pass(code: Code) -> bool {
    matches!(code, Code::Connection | Code::Timeout)
}

/// The machine presents another host key than its console reported: the console may report it late,
/// and it is expected from then on. An error where no console is read.
async fn other_key_shown(run: &Run, host: &Reached, error: &crate::Error) -> crate::Result<()> {
    let told = host_key::is_told(run).unwrap_or(false);
    let Some(role) = host.role.as_deref().filter(|_| told) else {
        return Err(error.clone());
    };
    // A jump host may have changed its key just as well.
    if error.subject() != Some(host.remote().address().as_str()) {
        return Err(error.clone());
    }
    if host_key::read_again(run, role).await? {
        host.reconnect_by(target::reach(run, role)?.remote());
    }
    Ok(())
}

fn never_told(error: crate::Error) -> crate::Error {
    error.cause("neither the machine's console nor the cloud's agent on it reports that key").hint(
        "set ssh.host_key to handed_in or first_use if the machine cannot report its key; if it can, \
         this is a possible man-in-the-middle attack",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tolerates a refused key for a while: sshd may start before the key is installed.
fn refused(run: &Run, error: crate::Error, since: &Instant) -> crate::Result<Poll<()>> {
    if since.elapsed() < KEY_GRACE {
        return Ok(Poll::Pending(error.to_string()));
    }
    let can_stop = run.cloud().is_ok_and(|cloud| cloud.can(Capability::Stop));
    let anew = if can_stop {
        "`imgctl down up` installs them again"
    } else {
        "`imgctl destroy up` starts a new instance"
    };
    Err(error.hint(format!(
        "check `username` and `key_file`; if something other than std/clean removed the keys, {anew}"
    )))
}
