//! The owner of one ssh2 session. A thread of its own opens it and each command runs on one, which ends with the
//! command: between commands a session is data at rest, and a thousand kept ones are no thousand threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::connect::{Connected, connect};
use super::hop::Hop;
use super::identity::Authentication;
use super::job::{Ended, Failure, Job};
use super::limits::{Limits, SLICE};
use super::link::Link;
use super::lock::lock;
use super::run::run;
use super::watchdog::Watchdog;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// What became of a job.
pub(super) enum Reply {
    Ended(Ended),
    /// The session was dead before the command was sent: the job is returned for another session.
    NotBegun(Box<Job>, Error),
    /// The job failed and the session cannot be used any longer.
    Broken(Error),
}

/// Dropping it ends the session.
pub(super) struct Session {
    /// Where the link rests between commands; empty while one runs, and after it broke.
    resting: Arc<Mutex<Option<Link>>>,
    label: String,
    watchdog: Arc<Watchdog>,
    /// The verified host key of the server.
    pub(super) host_key: String,
}

impl Session {
    /// Connects and logs in; returns early when interrupted.
    pub(super) fn open(
        hop: &Arc<Hop>,
        authentication: &Arc<Authentication>,
        watch: &Watch,
        banner: Option<Duration>,
    ) -> Result<Session> {
        watch.check()?;
        let (hop, authentication, watch) = (hop.clone(), authentication.clone(), watch.clone());
        let cancel = watch.cancel.clone();
        let watchdog = Arc::<Watchdog>::default();
        let (watched, address) = (watchdog.clone(), hop.address());
        let label = hop.label.clone();
        let (connected, ready) = mpsc::channel();
        on_a_thread(&hop.label.clone(), move || {
            let limits =
                Limits::new(watch.cancel.clone(), Some(hop.connect_timeout)).guarded(&watched);
            let opened = caught(|| connect(&hop, &authentication, &watch.report, &limits, banner));
            // The receiver is gone if the caller was interrupted.
            if let Err(mpsc::SendError(Ok(Connected { link, .. }))) = connected.send(opened) {
                link.close();
            }
        })?;
        loop {
            match ready.recv_timeout(SLICE) {
                Ok(Ok(Connected { link, host_key })) => {
                    let resting = Arc::new(Mutex::new(Some(link)));
                    return Ok(Session { resting, label, watchdog, host_key });
                }
                Ok(Err(error)) => return Err(error),
                // A name lookup cannot be interrupted: the thread is abandoned if necessary.
                Err(mpsc::RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                    watchdog.cut();
                    return Err(Error::interrupted());
                }
                Err(mpsc::RecvTimeoutError::Timeout) if watchdog.is_overdue(&cancel) => {
                    watchdog.cut();
                    let message = format!("[{label}] cannot connect to {address}");
                    let error = Error::new(Code::Timeout, message);
                    return Err(error.cause("it did not answer as an SSH server does, in time"));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }

    /// Runs a job to its end.
    pub(super) fn run(&self, job: Box<Job>) -> Reply {
        let (cancel, what) = (job.cancel.clone(), format!("[{}] `{}`", job.label, job.shown));
        let Some(link) = lock(&self.resting).take() else {
            return Reply::NotBegun(job, ended());
        };
        let (reply, result) = mpsc::channel();
        let resting = self.resting.clone();
        let begun = on_a_thread(&self.label, move || {
            let (answer, link) = answer(link, job);
            *lock(&resting) = link;
            // The receiver is gone only if the caller panicked.
            let _ = reply.send(answer);
        });
        match begun {
            Ok(()) => self.wait(&result, &cancel, &what),
            Err(error) => Reply::Broken(error),
        }
    }

    /// Tells the server that the session is still wanted, if it rests and is due; false if that is of no use any more.
    pub(super) fn keep_alive(&self) -> bool {
        lock(&self.resting).as_ref().is_some_and(Link::is_alive_at_rest)
    }

    fn wait(
        &self,
        result: &mpsc::Receiver<Reply>,
        cancel: &CancellationToken,
        what: &str,
    ) -> Reply {
        loop {
            match result.recv_timeout(SLICE) {
                Ok(Reply::Broken(_) | Reply::NotBegun(..)) if self.watchdog.has_cut() => {
                    return Reply::Broken(match cancel.is_cancelled() {
                        true => Error::interrupted(),
                        false => Error::new(Code::Timeout, format!("{what} was given up"))
                            .cause("the server did not end it in time"),
                    });
                }
                Ok(reply) => return reply,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    if self.watchdog.is_overdue(cancel) {
                        self.watchdog.cut();
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return Reply::Broken(ended()),
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(link) = lock(&self.resting).take() {
            link.close();
        }
    }
}

fn on_a_thread(label: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(format!("ssh {label}"));
    let begun = thread.spawn(work).map(drop);
    begun.map_err(|error| Error::failed("cannot start a thread").cause(error))
}

/// A defect on this thread is no lost connection, which would be tried again.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|payload| Err(Error::panicked(&*payload)))
}

fn ended() -> Error {
    Error::new(Code::Connection, "the SSH session has ended")
}

/// Runs a job, and returns the link if it can be used again.
fn answer(link: Link, mut job: Box<Job>) -> (Reply, Option<Link>) {
    link.pulse.heard();
    let done = caught(|| Ok(run(&link, &mut job)));
    let broken = match done.unwrap_or_else(|defect| Err(Failure::Broken(defect))) {
        Ok(ended) => return (Reply::Ended(ended), Some(link)),
        Err(Failure::NotBegun(error)) => Reply::NotBegun(job, error),
        Err(Failure::Broken(error)) => Reply::Broken(error),
    };
    link.close();
    (broken, None)
}
