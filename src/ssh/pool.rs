//! Keeps the sessions of each host for the next command.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::connect::Context;
use super::identity::Ring;
use super::remote::SshRemote;
use super::route::{self, Hop};
use super::run::{Ended, Job, lock};
use super::session::{Reply, Session};
use super::{Connect, Remote, Target, Trust};
use crate::report::{Silent, Watch};
use crate::{Code, Error, Result};

/// Sessions to one host at a time; more calls wait. Servers allow ten logins in progress.
const SESSIONS: usize = 8;
/// How long the first try waits for a server that accepts connections but says nothing, as a
/// forward to a machine that still boots does. A connection begun before the machine's network is up
/// hangs for good, so a try must be short; a slow machine needs some seconds to answer, so each
/// further try waits a second longer.
const BANNER: Duration = Duration::from_secs(3);
const BANNER_STEP: Duration = Duration::from_secs(1);

/// What the user's own machine offers to [personal](Target::personal) targets.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Holds `.ssh/config`, `.ssh/known_hosts` and the usual keys.
    pub home: Option<PathBuf>,
    /// The agent's socket.
    pub agent: Option<PathBuf>,
    /// The name to log in with when none is given.
    pub user: Option<String>,
    /// `known_hosts` files of the whole machine.
    pub known_hosts: Vec<PathBuf>,
}

impl Surroundings {
    /// Those of this process: `HOME`, `SSH_AUTH_SOCK`, `USER` or `LOGNAME` or what `id` says.
    #[must_use]
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Surroundings {
            home: set("HOME").map(PathBuf::from),
            agent: set("SSH_AUTH_SOCK").map(PathBuf::from),
            user: set("USER")
                .or_else(|| set("LOGNAME"))
                .and_then(|name| name.into_string().ok())
                .or_else(user_by_id),
            known_hosts: vec!["/etc/ssh/ssh_known_hosts".into()],
        }
    }
}

/// In a container the variables are often not set.
fn user_by_id() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_string();
    Some(name).filter(|name| output.status.success() && !name.is_empty())
}

/// The pool. Cloning a remote's `Arc` or asking for the same target twice shares its sessions.
pub struct Pool {
    context: Arc<Context>,
    surroundings: Surroundings,
    hosts: Mutex<HashMap<[u8; 32], Arc<Host>>>,
}

impl Pool {
    #[must_use]
    pub fn new(trust: Arc<dyn Trust>) -> Self {
        Self::with(Surroundings::of_process(), trust)
    }

    /// A pool that sees these surroundings in place of the process's.
    #[must_use]
    pub fn with(surroundings: Surroundings, trust: Arc<dyn Trust>) -> Self {
        let context = Arc::new(Context { trust, ring: Ring::default() });
        Pool { context, surroundings, hosts: Mutex::default() }
    }
}

impl Connect for Pool {
    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        let hop = Arc::new(route::resolve(&target, &self.surroundings, &Silent)?);
        // The key is a digest because identities may be in it.
        let shared = Hop { label: String::new(), ..(*hop).clone() };
        let key: [u8; 32] = Sha256::digest(format!("{shared:?}")).into();
        let host = lock(&self.hosts)
            .entry(key)
            .or_insert_with(|| Arc::new(Host::new(hop.clone(), self.context.clone())))
            .clone();
        Ok(Arc::new(SshRemote::new(hop, host, target.idle_timeout)))
    }
}

/// The sessions of one host.
pub(super) struct Host {
    hop: Arc<Hop>,
    pub(super) context: Arc<Context>,
    state: Mutex<State>,
    freed: Condvar,
    /// Tries in a row that met a server without a banner.
    silent: AtomicU32,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    busy: usize,
    /// Sessions of an earlier generation are not taken back.
    generation: u64,
    host_key: Option<String>,
}

/// A session in use; taken back when dropped, unless it is spent.
struct Lease<'a> {
    host: &'a Host,
    generation: u64,
    session: Option<Session>,
    kept: bool,
}

impl Host {
    fn new(hop: Arc<Hop>, context: Arc<Context>) -> Self {
        Host {
            hop,
            context,
            state: Mutex::default(),
            freed: Condvar::new(),
            silent: AtomicU32::new(0),
        }
    }

    /// Runs a job on a kept or new session. If a kept one proves dead before the command was sent,
    /// the job moves to a new one, once.
    ///
    /// `probing` limits the wait for the server's first words: a new try may get them sooner.
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
                    // The others were made before the same reboot or break.
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

    /// The host key that the last connection was let in by.
    pub(super) fn host_key(&self) -> Option<String> {
        lock(&self.state).host_key.clone()
    }

    /// Ends all sessions; those in use end with their command.
    pub(super) fn disconnect(&self) {
        lock(&self.state).generation += 1;
        self.drop_idle();
    }

    fn drop_idle(&self) {
        // Taken out first: ending a session takes a moment, and others need the lock.
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
                return Ok(Lease { host: self, generation, session: Some(session), kept: true });
            }
            if state.busy < SESSIONS {
                state.busy += 1;
                let generation = state.generation;
                break Lease { host: self, generation, session: None, kept: false };
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

    fn open(&self, watch: &Watch, probing: bool) -> Result<Session> {
        let activity = watch.report.activity(&format!("connecting to {}", self.hop.label));
        activity.status(&self.hop.address());
        let tries = self.silent.load(Ordering::Relaxed);
        let banner = probing.then(|| BANNER + BANNER_STEP * tries.min(60));
        let result = Session::open(&self.hop, &self.context, watch, banner);
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
        let mut state = lock(&self.host.state);
        state.busy -= 1;
        let spent = match self.session.take() {
            Some(session) if state.generation == self.generation => {
                state.idle.push(session);
                None
            }
            other => other,
        };
        drop(state);
        self.host.freed.notify_one();
        drop(spent);
    }
}
