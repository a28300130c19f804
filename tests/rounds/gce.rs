//! Rounds on the fake of Google Compute Engine.

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::cloud::{Cloud, lag};
use super::faulty_proxy::{FaultyProxy, Message, Protocol};
use super::gce_server::GceServer;
use super::guest::CloudProject;

struct Gce {
    project: CloudProject,
    proxy: FaultyProxy,
    server: Rc<GceServer>,
}

thread_local! {
    // It takes longer to start than a round does.
    static SERVER: OnceCell<Rc<GceServer>> = const { OnceCell::new() };
}

pub fn open(rng: &mut fastrand::Rng) -> Box<dyn Cloud> {
    let server = SERVER.with(|server| server.get_or_init(|| Rc::new(GceServer::start())).clone());
    server.ask("reset", json!({}));
    server.ask("set", json!({"pace": rng.f64()}));
    // Another zone has capacity, and the next image does not fail.
    if rng.u32(..4) == 0 {
        server.fault(json!({"kind": "operation", "match": "POST .*/instances$", "status": 503,
            "late": true, "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "no resources"}));
    }
    if rng.u32(..4) == 0 {
        server.fault(json!({"kind": "operation", "match": "POST .*/images$", "status": 500,
            "code": "INTERNAL_ERROR", "message": "an internal error"}));
    }
    let project = server.project("");
    let proxy = FaultyProxy::start(&server.url, Rest);
    proxy.lags_by(lag(rng));
    // Tokens are for the server's own address.
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let endpoint = format!("endpoint: {}", server.url);
    assert!(config.contains(&endpoint), "{config}");
    let config = config.replace(&endpoint, &format!("endpoint: {}", proxy.url()));
    project.write("config.yaml", &config);
    Box::new(Gce { project, proxy, server })
}

impl Cloud for Gce {
    fn project(&self) -> &CloudProject {
        &self.project
    }

    fn words(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn proxy(&self) -> Option<&FaultyProxy> {
        Some(&self.proxy)
    }

    fn left(&self) -> Vec<String> {
        let kinds = ["instances", "disks"];
        kinds.iter().flat_map(|kind| self.named(kind)).collect()
    }

    fn instances(&self) -> Vec<String> {
        self.named("instances")
    }

    fn images(&self) -> Vec<String> {
        self.server.names("images")
    }

    fn settle(&self) {
        self.server.ask("settle", json!({}));
    }
}

impl Gce {
    fn named(&self, kind: &str) -> Vec<String> {
        let names = self.server.names(kind);
        names.iter().map(|name| format!("{kind}/{name}")).collect()
    }
}

/// The REST API.
struct Rest;

fn error(status: u16, reason: &str, message: &str) -> Message {
    let details = json!([{"message": message, "domain": "global", "reason": reason}]);
    let body = json!({"error": {"code": status, "message": message, "errors": details}});
    Message::reply(status, "application/json; charset=UTF-8", &body.to_string())
}

const LOOKS: [&str; 3] = ["instances", "disks", "images"];

impl Protocol for Rest {
    fn changes(&self, request: &Message) -> bool {
        request.method() != "GET" && !request.path().ends_with("/wait")
    }

    fn born(&self, _: &Message, reply: &Message) -> Option<String> {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let target = body["targetLink"].as_str().filter(|_| body["operationType"] == "insert")?;
        target.rsplit('/').next().map(str::to_owned)
    }

    fn unknown(&self, request: &Message) -> Option<(String, Message)> {
        let mut parts = request.path().rsplit('/');
        let (name, kind) = (parts.next()?, parts.next()?);
        let is_look = request.method() == "GET" && LOOKS.contains(&kind);
        let message = format!("The resource '{kind}/{name}' was not found");
        is_look.then(|| (name.to_owned(), error(404, "notFound", &message)))
    }

    fn refusal(&self, status: u16) -> Message {
        match status {
            429 => error(429, "rateLimitExceeded", "Rate Limit Exceeded"),
            503 => error(503, "backendError", "Backend Error"),
            401 => error(401, "authError", "Invalid Credentials"),
            _ => error(status, "internalError", "Internal error encountered."),
        }
    }
}
