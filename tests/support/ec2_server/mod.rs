//! An emulator of EC2's query protocol for what moto's server cannot show: client tokens, delays,
//! eventual consistency, refusals, failures, lost replies. Each module says which behaviour of EC2 it
//! emulates.
//!
//! Use it from a test crate with `#[path = "support/ec2_server/mod.rs"] mod ec2_server;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod actions;
mod catalog;
mod copies;
mod form;
mod groups;
mod http;
pub mod images;
mod instances;
mod key_pairs;
mod launch;
mod network;
pub mod rules;
mod select;
mod sharing;
mod snapshots;
mod tagging;
pub mod templates;
mod timeline;
mod volumes;
pub mod world;
mod xml;

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub use form::Form;
use rules::Rule;
pub use world::{Delays, Region, World};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub action: String,
    pub region: String,
    /// The id of the access key that signed it; `guest` and `test` are not imgctl's.
    pub access_key: String,
    pub form: Form,
}

impl Request {
    /// Whether imgctl sent it.
    pub fn counts(&self) -> bool {
        !["guest", "test"].contains(&self.access_key.as_str())
    }
}

/// The state that all connections share.
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    pub(super) rules: Mutex<Vec<Rule>>,
    pub(super) requests: Mutex<Vec<Request>>,
    stopping: AtomicBool,
}

/// The emulator, on a free port of 127.0.0.1 until it is dropped.
pub struct Ec2Server {
    shared: Arc<Shared>,
    port: u16,
    listener: Option<std::thread::JoinHandle<()>>,
}

impl Ec2Server {
    /// Starts it with these delays.
    pub fn start(delays: Delays) -> Ec2Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(delays)),
            rules: Mutex::default(),
            requests: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if theirs.stopping.load(Ordering::SeqCst) {
                    return;
                }
                let shared = theirs.clone();
                std::thread::spawn(move || http::serve(&shared, stream));
            }
        });
        Ec2Server { shared, port, listener: Some(listener) }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Applies a rule to the requests from now on.
    pub fn rule(&self, rule: Rule) {
        self.shared.rules.lock().unwrap().push(rule);
    }

    /// Reads the world, or changes it without imgctl's knowledge.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared.world.lock().unwrap())
    }

    /// imgctl's requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        let all = self.shared.requests.lock().unwrap();
        all.iter().filter(|request| request.counts()).cloned().collect()
    }

    /// imgctl's requests of one action, oldest first.
    pub fn requests_of(&self, action: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.action == action);
        requests
    }
}

impl Drop for Ec2Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // One more connection wakes the listener, which may have ended already.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}
