//! A network that fails, in front of an emulated cloud: every request of imgctl passes through it, and
//! one of them meets a fault. Looks lag behind creations, as those of real clouds do.
//!
//! Use it from a test crate with `#[path = "support/faulty_proxy/mod.rs"] mod faulty_proxy;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod fault;
mod http;
mod lag;

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

pub use fault::Fault;
pub use http::Message;
use lag::Lag;

/// How long a request may be held or late.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the proxy has to know about a cloud's requests.
pub trait Protocol: Send + Sync {
    /// Whether it asks for a change, so that carrying it out twice or never matters.
    fn changes(&self, request: &Message) -> bool;
    /// The id or name of the new thing that a request made.
    fn born(&self, request: &Message, reply: &Message) -> Option<String>;
    /// The thing that a look is at, and the reply while it is not known; none for lists.
    fn unknown(&self, request: &Message) -> Option<(String, Message)>;
    /// Its words for a status: 401, 429, 500 or 503.
    fn refusal(&self, status: u16) -> Message;
    /// Its reply to a deletion; none for another request.
    fn acknowledged(&self, request: &Message) -> Option<Message> {
        let _ = request;
        None
    }
    /// `RunInstances`, for the log.
    fn name(&self, request: &Message) -> String {
        format!("{} {}", request.method(), request.path())
    }
}

/// Where a fault strikes: at the n-th request for a change, or so many requests after it. Counted from
/// when it was planned; the 0th change is the beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub change: usize,
    pub after: usize,
}

#[derive(Default)]
struct State {
    plan: Option<(Moment, Fault)>,
    at: Option<Moment>,
    /// How many of the next requests are refused, with this status.
    burst: (usize, u16),
    /// How many of the next looks at one thing do not find it.
    missed: usize,
    lag: Lag,
    log: Vec<String>,
    /// Told when a request is held; see [`Fault::HoldBefore`].
    held: Option<Sender<()>>,
    released: bool,
    /// Requests that are to be carried out later.
    late: usize,
}

struct Shared {
    upstream: String,
    own: String,
    protocol: Box<dyn Protocol>,
    state: Mutex<State>,
    /// Told when a held request is released, and when a late one was carried out.
    changed: Condvar,
    stopping: AtomicBool,
}

/// The proxy, on a free port of 127.0.0.1 until it is dropped.
pub struct FaultyProxy {
    shared: Arc<Shared>,
    listener: Option<std::thread::JoinHandle<()>>,
}

impl FaultyProxy {
    /// In front of `upstream`, such as `http://127.0.0.1:4711`.
    pub fn start(upstream: &str, protocol: impl Protocol + 'static) -> FaultyProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            upstream: upstream.trim_start_matches("http://").trim_end_matches('/').to_owned(),
            own: listener.local_addr().unwrap().to_string(),
            protocol: Box::new(protocol),
            state: Mutex::default(),
            changed: Condvar::new(),
            stopping: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if theirs.stopping.load(Ordering::SeqCst) {
                    return;
                }
                let shared = theirs.clone();
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        FaultyProxy { shared, listener: Some(listener) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.shared.own)
    }

    /// An address of the emulator, by way of the proxy.
    pub fn through(&self, url: &str) -> String {
        url.replace(&self.shared.upstream, &self.shared.own)
    }

    /// New things are unknown to the first looks by this pattern, lowest bit first: `0b101` is missing,
    /// seen, missing, and seen from then on.
    pub fn lags_by(&self, pattern: u8) {
        self.shared.state.lock().unwrap().lag = Lag::new(pattern);
    }

    /// From now on requests are counted, and this fault strikes once; `held` is told of a [`Fault::HoldBefore`].
    pub fn plan(&self, plan: Option<(Moment, Fault)>, held: Option<Sender<()>>) {
        let mut state = self.shared.state.lock().unwrap();
        state.plan = plan;
        state.held = held;
        state.released = false;
        state.at = Some(Moment { change: 0, after: 0 });
    }

    /// The fault that was planned and has not struck yet strikes nobody.
    pub fn disarm(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.plan = None;
        state.held = None;
    }

    /// Lets a request go on that was held before it was carried out.
    pub fn release(&self) {
        self.shared.state.lock().unwrap().released = true;
        self.shared.changed.notify_all();
    }

    /// The requests for changes since the last plan.
    pub fn changes(&self) -> usize {
        self.shared.state.lock().unwrap().at.map_or(0, |at| at.change)
    }

    /// Waits until every late request has been carried out.
    pub fn settle(&self) {
        let started = Instant::now();
        let mut state = self.shared.state.lock().unwrap();
        while state.late > 0 {
            assert!(started.elapsed() < PATIENCE, "a late request never ends");
            state = self.shared.changed.wait_timeout(state, PATIENCE).unwrap().0;
        }
    }

    /// Adds a line of its own to the log, such as the command that begins.
    pub fn note(&self, line: &str) {
        self.shared.state.lock().unwrap().log.push(line.to_owned());
    }

    /// What was asked and how it ended, oldest first.
    pub fn log(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().log.clone()
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // One more connection wakes the listener, which may have ended already.
        let _ = TcpStream::connect(&self.shared.own);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Shared {
    fn serve(self: &Arc<Shared>, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(mut request) = Message::read(&mut reader) {
            request.replace(&self.own, &self.upstream);
            let fault = self.fault(&request);
            let name = self.protocol.name(&request);
            let reply = match fault {
                None => Some(self.pass(&request)),
                Some(fault) => {
                    self.note(format!("{name} -> {fault:?}"));
                    self.meet(fault, &request, &stream)
                }
            };
            let Some(reply) = reply else { return };
            self.note(format!("{name} -> {}", reply.status()));
            // The caller may be gone.
            let _ = (&stream).write_all(&reply.bytes());
        }
    }

    /// The fault that this request meets.
    fn fault(&self, request: &Message) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        if state.burst.0 > 0 {
            state.burst.0 -= 1;
            return Some(Fault::Refused(state.burst.1));
        }
        let changes = self.protocol.changes(request);
        let at = state.at.as_mut()?;
        if changes {
            *at = Moment { change: at.change + 1, after: 0 };
        } else {
            at.after += 1;
        }
        let at = *at;
        let (moment, fault) = state.plan?;
        // A request that never comes must not save the round from its fault: the next change meets it.
        let passed = moment.change < at.change && changes;
        if at != moment && !passed {
            return None;
        }
        state.plan = None;
        if let Fault::Burst { times, status } = fault {
            state.burst = (times - 1, status);
        }
        Some(fault)
    }

    /// Carries a request out, or lets it see what a replica knows that lags behind.
    fn pass(&self, request: &Message) -> Message {
        let name = self.protocol.name(request);
        if let Some((id, unknown)) = self.protocol.unknown(request)
            && self.misses(&id)
        {
            self.note(format!("{name}: not known yet"));
            return unknown;
        }
        let mut reply = self.carry_out(request);
        if !self.protocol.changes(request) && self.state.lock().unwrap().lag.strip(&mut reply) {
            self.note(format!("{name}: not listed yet"));
        }
        reply
    }

    fn misses(&self, id: &str) -> bool {
        let mut state = self.state.lock().unwrap();
        if state.missed > 0 {
            state.missed -= 1;
            return true;
        }
        state.lag.misses(id)
    }

    fn carry_out(&self, request: &Message) -> Message {
        let mut reply = http::forward(&self.upstream, request);
        reply.replace(&self.upstream, &self.own);
        if reply.status() < 300
            && let Some(id) = self.protocol.born(request, &reply)
        {
            self.state.lock().unwrap().lag.born(&id);
        }
        reply
    }

    fn note(&self, line: String) {
        self.state.lock().unwrap().log.push(line);
    }
}

/// Blocks until the caller is gone.
fn until_gone(mut stream: &TcpStream) {
    let _ = stream.read(&mut [0]);
}
