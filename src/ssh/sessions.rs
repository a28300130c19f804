//! The sessions of one host, kept for the next command.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::hop::Hop;
use super::identity::Authentication;
use super::job::{Ended, Job};
use super::lock::lock;
use super::login_shell::LoginShell;
use super::session::{Reply, Session};
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// Sessions to one host at a time; more calls wait. Servers allow ten logins in progress.
const MOST: usize = 8;
/// How long the first probe waits for the banner of a server that accepts connections, as a forward
/// to a booting machine does. A connection begun before the machine's network is up hangs for good,
/// so a probe must be short; a slow machine needs some seconds to answer, so each further probe
/// waits a second longer.
const BANNER: Duration = Duration::from_secs(3);
const BANNER_STEP: Duration = Duration::from_secs(1);

/// The sessions of one host.
pub(super) struct Sessions {
    hop: Arc<Hop>,
    pub(super) authentication: Arc<Authentication>,
    state: Mutex<State>,
    freed: Condvar,
    /// Probes in a row that got no banner.
    silent: AtomicU32,
    /// What is told of this host once has been told.
    told: AtomicBool,
    pub(super) login_shell: Arc<LoginShell>,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    busy: usize,
    /// Sessions of an earlier generation are dropped instead of being kept.
    generation: u64,
    host_key: Option<String>,
}

/// A session in use; returned when dropped, unless it cannot be used again.
struct Lease<'a> {
    sessions: &'a Sessions,
    generation: u64,
    session: Option<Session>,
    kept: bool,
}

impl Sessions {
    pub(super) fn new(hop: Arc<Hop>, authentication: Arc<Authentication>) -> Self {
        Sessions {
            hop,
            authentication,
            state: Mutex::default(),
            freed: Condvar::new(),
            silent: AtomicU32::new(0),
            told: AtomicBool::new(false),
            login_shell: Arc::default(),
        }
    }

    /// Runs a job on a kept or new session. If a kept one proves dead before the command was sent,
    /// the job moves to a new one, once.
    ///
    /// `probing` limits the wait for the server's banner: another try may get it sooner.
    pub(super) fn run(&self, job: Job, watch: &Watch, probing: bool) -> Result<Ended> {
        let mut job = Box::new(job);
        loop {
            let mut lease = self.lease(watch, probing)?;
            let Some(session) = &lease.session else { return Err(Error::interrupted()) };
            match session.run(job) {
                Reply::Ended(ended) => return Ok(ended),
                Reply::NotBegun(back, error) => {
                    lease.session = None;
                    watch.check()?;
                    if !lease.kept {
                        return Err(error);
                    }
                    // The other idle sessions are older than the same reboot or break.
                    self.drop_idle();
                    job = back;
                }
                Reply::Broken(error) => {
                    lease.session = None;
                    return Err(error);
                }
            }
        }
    }

    /// The verified host key of the last connection.
    pub(super) fn host_key(&self) -> Option<String> {
        lock(&self.state).host_key.clone()
    }

    /// Ends all sessions; those in use end with their command.
    pub(super) fn disconnect(&self) {
        lock(&self.state).generation += 1;
        self.drop_idle();
    }

    /// Keep-alive messages of the sessions that no command uses; those whose server is gone are ended, so that the next
    /// command does not find that out.
    pub(super) fn keep_alive(&self) {
        let mut state = lock(&self.state);
        let idle = std::mem::take(&mut state.idle);
        let (alive, dead): (Vec<_>, Vec<_>) = idle.into_iter().partition(Session::keep_alive);
        state.idle = alive;
        drop(state);
        // Ending a session takes a moment, and others need the lock.
        drop(dead);
    }

    fn drop_idle(&self) {
        // Moved out of the lock first: ending a session takes a moment, and others need the lock.
        let idle = std::mem::take(&mut lock(&self.state).idle);
        drop(idle);
    }

    fn lease(&self, watch: &Watch, probing: bool) -> Result<Lease<'_>> {
        let mut state = lock(&self.state);
        let mut lease = loop {
            watch.check()?;
            if let Some(session) = state.idle.pop() {
                state.busy += 1;
                let generation = state.generation;
                return Ok(Lease {
                    sessions: self,
                    generation,
                    session: Some(session),
                    kept: true,
                });
            }
            if state.busy < MOST {
                state.busy += 1;
                let generation = state.generation;
                break Lease { sessions: self, generation, session: None, kept: false };
            }
            let slice = Duration::from_millis(100);
            state = self.freed.wait_timeout(state, slice).unwrap_or_else(PoisonError::into_inner).0;
        };
        drop(state);
        let session = self.open(watch, probing)?;
        lock(&self.state).host_key = Some(session.host_key.clone());
        lease.session = Some(session);
        Ok(lease)
    }

    fn tell_unused(&self, watch: &Watch) {
        let Hop { alias, unused, .. } = &*self.hop;
        if !unused.is_empty() && !self.told.swap(true, Ordering::Relaxed) {
            let options = unused.join(", ");
            let message = format!("{alias}: imgctl does not use {options} of ~/.ssh/config");
            watch.report.log(Level::Info, &message);
        }
    }

    fn open(&self, watch: &Watch, probing: bool) -> Result<Session> {
        self.tell_unused(watch);
        let activity = watch.report.activity(&format!("connecting to {}", self.hop.label));
        activity.status(&self.hop.address());
        let tries = self.silent.load(Ordering::Relaxed);
        let banner = probing.then(|| BANNER + BANNER_STEP * tries.min(60));
        let result = Session::open(&self.hop, &self.authentication, watch, banner);
        match &result {
            Ok(_) => self.silent.store(0, Ordering::Relaxed),
            Err(error) if probing && error.code() == Code::Timeout => {
                self.silent.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        result
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.sessions.state);
        state.busy -= 1;
        let spent = match self.session.take() {
            Some(session) if state.generation == self.generation => {
                state.idle.push(session);
                None
            }
            other => other,
        };
        drop(state);
        self.sessions.freed.notify_one();
        drop(spent);
    }
}
