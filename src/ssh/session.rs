//! The owner of one ssh2 session: a thread that opens it, runs commands on it one after another, and
//! closes it. libssh2's handles never leave that thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::connect::{Connected, connect};
use super::hop::Hop;
use super::identity::Authentication;
use super::job::{Ended, Failure, Job};
use super::limits::{Limits, SLICE};
use super::link::{KEEP_ALIVE, Link};
use super::run::run;
use super::watchdog::Watchdog;
use crate::report::Watch;
use crate::{Code, Error, Result};

struct Request {
    job: Box<Job>,
    reply: mpsc::Sender<Reply>,
}

/// What became of a job.
pub(super) enum Reply {
    Ended(Ended),
    /// The session was dead before the command was sent: the job is returned for another session.
    NotBegun(Box<Job>, Error),
    /// The job failed and the session cannot be used any longer.
    Broken(Error),
}

/// The handle on the thread. Dropping it ends the session.
pub(super) struct Session {
    sender: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
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
        let (sender, requests) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format!("ssh {}", hop.label))
            .spawn(move || {
                let limits =
                    Limits::new(watch.cancel.clone(), Some(hop.connect_timeout)).guarded(&watched);
                let connected_to =
                    caught(|| connect(&hop, &authentication, &watch.report, &limits, banner));
                match connected_to {
                    Ok(Connected { link, host_key }) => {
                        if connected.send(Ok(host_key)).is_ok() {
                            serve(&link, &requests);
                        }
                        link.close();
                    }
                    // The receiver is gone if the caller was interrupted.
                    Err(error) => drop(connected.send(Err(error))),
                }
            })
            .map_err(|error| Error::failed("cannot start a thread").cause(error))?;
        loop {
            match ready.recv_timeout(SLICE) {
                Ok(Ok(host_key)) => {
                    let (sender, thread) = (Some(sender), Some(thread));
                    return Ok(Session { sender, thread, watchdog, host_key });
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
        let (reply, result) = mpsc::channel();
        let request = Request { job, reply };
        let rejected = match &self.sender {
            Some(sender) => sender.send(request).err().map(|error| error.0),
            None => Some(request),
        };
        match rejected {
            Some(request) => Reply::NotBegun(request.job, ended()),
            None => self.wait(&result, &cancel, &what),
        }
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
        // Without a sender the thread's loop ends.
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // Its panics were reported to the caller that waited for the reply.
            let _ = thread.join();
        }
    }
}

/// A defect on this thread is no lost connection, which would be tried again.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|payload| Err(Error::panicked(&*payload)))
}

fn ended() -> Error {
    Error::new(Code::Connection, "the SSH session has ended")
}

/// Serves requests until all senders are gone or the session breaks.
fn serve(link: &Link, requests: &mpsc::Receiver<Request>) {
    loop {
        match requests.recv_timeout(Duration::from_secs(KEEP_ALIVE.into())) {
            Ok(Request { mut job, reply }) => {
                let done = caught(|| Ok(run(link, &mut job)));
                let result = done.unwrap_or_else(|defect| Err(Failure::Broken(defect)));
                let usable = result.is_ok();
                let answer = match result {
                    Ok(ended) => Reply::Ended(ended),
                    Err(Failure::NotBegun(error)) => Reply::NotBegun(job, error),
                    Err(Failure::Broken(error)) => Reply::Broken(error),
                };
                // The receiver is gone only if the caller panicked.
                let _ = reply.send(answer);
                if !usable {
                    return;
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => link.keep_alive(),
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}
