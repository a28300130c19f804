//! Keep-alive messages for sessions at rest, from one thread for all hosts: firewalls forget connections that say
//! nothing.

use std::sync::{OnceLock, Weak, mpsc};
use std::time::Duration;

/// How often sessions are asked whether they are due.
const LOOK: Duration = Duration::from_secs(1);

/// Begins with the first host, and ends when this is dropped.
#[derive(Default)]
pub(super) struct Keeper(OnceLock<mpsc::Sender<()>>);

impl Keeper {
    /// Calls `look` from time to time for as long as `hosts` exist.
    pub(super) fn begin<T: Send + Sync + 'static>(
        &self,
        hosts: impl FnOnce() -> Weak<T>,
        look: impl Fn(&T) + Send + 'static,
    ) {
        self.0.get_or_init(|| {
            let (dropped, told) = mpsc::channel();
            let hosts = hosts();
            let keep = move || {
                while let Err(mpsc::RecvTimeoutError::Timeout) = told.recv_timeout(LOOK) {
                    match hosts.upgrade() {
                        Some(hosts) => look(&hosts),
                        None => return,
                    }
                }
            };
            // Without this thread, a session that a firewall forgot is noticed by the next command, and made anew.
            let _ = std::thread::Builder::new().name("ssh keep-alive".to_owned()).spawn(keep);
            dropped
        });
    }
}
