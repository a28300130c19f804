//! A small OpenStack that follows the API references of keystone, nova, glance, neutron and cinder,
//! for what other emulators cannot do: tokens that expire, states that take time, refusals,
//! failures, lost replies. Whatever takes time advances by one step each time it is polled, so that no
//! test waits for a clock; benches set [`world::Delays`].
//!
//! Use it from a test crate with `#[path = "support/openstack_server/mod.rs"] mod openstack_server;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod actions;
mod compute;
mod http;
mod identity;
mod images;
mod network;
pub mod rackspace;
mod reply;
mod servers;
#[path = "../tls.rs"]
mod tls;
mod volumes;
pub mod world;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use reply::Reply;
use serde_json::{Value, json};
pub use world::World;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query: `/compute/v2.1/servers/detail?limit=500`.
    pub path: String,
    pub token: String,
    /// The microversion of nova or cinder that it asks for: `2.60`; empty for none.
    pub microversion: String,
    pub body: Value,
}

impl Request {
    /// `POST /compute/v2.1/servers`, without the query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap())
    }

    /// A value of the query; empty for none.
    pub fn query(&self, name: &str) -> String {
        let query = self.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| decoded(value))
            .next()
            .unwrap_or_default()
    }
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: String =
                [rest.next(), rest.next()].into_iter().flatten().map(char::from).collect();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What to do with requests whose line begins with `begins`.
pub struct Rule {
    pub begins: String,
    /// How many more times it applies.
    pub times: usize,
    pub then: Then,
}

pub enum Then {
    /// Not carried out: this status and body.
    Refuse(u16, Value),
    /// Not carried out: this status, and `Retry-After` with this number of seconds.
    Limit(u16, u64),
    /// Carried out, and the connection ends without a reply.
    HangUp,
    /// Carried out; the test is notified, and no reply is sent.
    Hold(Sender<()>),
    /// The connection ends without a reply, and it is carried out only after this number of requests.
    Later(usize),
    /// Carried out, and answered with this status and a page of a proxy.
    Garble(u16),
}

struct Shared {
    world: Mutex<World>,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<Request>>,
    /// Requests on their way, with the number of others that arrive before.
    late: Mutex<Vec<(usize, Request)>>,
    stopping: AtomicBool,
}

/// The cloud, on a free port of 127.0.0.1 until it is dropped.
pub struct OpenStackServer {
    shared: Arc<Shared>,
    port: u16,
    /// PEM, with TLS.
    pub certificate: Option<String>,
    listener: Option<std::thread::JoinHandle<()>>,
}

impl OpenStackServer {
    pub fn start() -> OpenStackServer {
        Self::serving(None)
    }

    /// With TLS and a self-signed certificate; its PEM is [`OpenStackServer::certificate`].
    pub fn with_tls() -> OpenStackServer {
        Self::serving(Some(tls::make()))
    }

    fn serving(tls: Option<tls::Tls>) -> OpenStackServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(port, tls.is_some())),
            rules: Mutex::default(),
            requests: Mutex::default(),
            late: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let certificate = tls.as_ref().map(|tls| tls.certificate.clone());
        let acceptor = tls.map(|tls| Arc::new(tls.acceptor));
        let theirs = shared.clone();
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if theirs.stopping.load(Ordering::SeqCst) {
                    return;
                }
                stream.set_nodelay(true).unwrap();
                let (shared, acceptor) = (theirs.clone(), acceptor.clone());
                std::thread::spawn(move || match acceptor {
                    None => http::serve(&shared, stream),
                    // A client that does not trust the certificate hangs up.
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream) {
                            http::serve(&shared, stream);
                        }
                    }
                });
            }
        });
        OpenStackServer { shared, port, certificate, listener: Some(listener) }
    }

    /// With Rackspace's differences.
    pub fn rackspace() -> OpenStackServer {
        let server = OpenStackServer::start();
        server.world(rackspace::furnish);
        server
    }

    pub fn auth_url(&self) -> String {
        let version = self.world(|world| if world.rackspace { "v2.0/" } else { "v3" });
        self.world(|world| world.url(&format!("identity/{version}")))
    }

    /// Applies `then` to the next `times` requests whose line begins with `begins`.
    pub fn rule(&self, begins: &str, times: usize, then: Then) {
        let rule = Rule { begins: begins.to_owned(), times, then };
        self.shared.rules.lock().unwrap().push(rule);
    }

    /// No rule applies any longer.
    pub fn clear_rules(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    /// Reads or changes the world directly.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared.world.lock().unwrap())
    }

    /// The arguments that tell guests where their files are; see `guest.py files`.
    pub fn facts(&self) -> String {
        let folder = self.world(|world| world.facts.path().to_owned());
        let fact = |name: &str| {
            Path::new(&folder).join(format!("{{instance}}.{name}")).display().to_string()
        };
        format!(
            "files --state {} --user-data {} --keys {}",
            fact("state"),
            fact("user-data"),
            fact("keys")
        )
    }

    /// The requests so far whose line begins with `begins`, oldest first.
    pub fn requests(&self, begins: &str) -> Vec<Request> {
        let all = self.shared.requests.lock().unwrap();
        all.iter().filter(|request| request.line().starts_with(begins)).cloned().collect()
    }
}

/// Passes a request on to its service.
fn carry_out(world: &mut World, request: &Request) -> Reply {
    let path = request.path.split('?').next().unwrap().to_owned();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let method = request.method.as_str();
    if parts.first() == Some(&"identity") {
        return identity::answer(world, request);
    }
    if method == "GET"
        && let Some(missed) = missed(&parts)
        && world.misses(&request.path)
    {
        return missed;
    }
    if !world.takes(&request.token) {
        return Reply::error(401, "error", "The request you have made requires authentication.");
    }
    let parts = match parts[..] {
        ["admin" | "internal", ref rest @ ..] => rest.to_vec(),
        _ => parts,
    };
    match parts[..] {
        ["compute", "v2.1", ref rest @ ..] => compute::answer(world, method, rest, request),
        ["compute", "v2", _, ref rest @ ..] if world.rackspace => {
            rackspace::nova(world, method, rest, request)
        }
        ["image", "v2", ref rest @ ..] => images::answer(world, method, rest, request),
        ["network", "v2.0", ref rest @ ..] => network::answer(world, method, rest, request),
        ["volume", "v3", _, ref rest @ ..] => volumes::answer(world, method, rest, request),
        _ => Reply::not_found("nothing is here"),
    }
}

/// The reply to a look that misses what a run makes; none for a look at something else.
fn missed(parts: &[&str]) -> Option<Reply> {
    match parts {
        [.., "os-keypairs"] => Some(Reply::ok(json!({"keypairs": []}))),
        [.., "detail"] => None,
        [.., "servers" | "images" | "volumes" | "snapshots", _]
        | [.., "security-groups" | "floatingips", _] => {
            Some(Reply::not_found("Not known here yet."))
        }
        _ => None,
    }
}

impl Drop for OpenStackServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // One more connection makes the listener check, unless it has ended by itself.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}
