//! The contents of the cloud.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

pub const PROJECT: &str = "0f1e2d3c4b5a";
pub const REGION: &str = "RegionOne";

/// Things by their id, in the API's form.
pub type Things = BTreeMap<String, Value>;

/// Keys and values that a thing takes on, one map each time it is polled.
pub type Steps = VecDeque<Value>;

/// Time on the clock before the last step of each: it is polled in vain until that is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delays {
    pub run: Duration,
    pub stop: Duration,
    pub image: Duration,
    pub delete: Duration,
}

pub struct World {
    port: u16,
    /// Whether the server uses TLS.
    tls: bool,
    count: u64,
    /// Files for the guests.
    pub facts: TempDir,
    /// Valid tokens, and for how many more requests they are valid.
    pub tokens: BTreeMap<String, Option<u32>>,
    /// For how many requests a new token is valid; none: any number.
    pub token_life: Option<u32>,
    /// The newest microversion of nova.
    pub microversion: String,
    pub servers: Things,
    /// The next steps of servers and images.
    pub steps: BTreeMap<String, Steps>,
    /// None, unless what is measured is the clock.
    pub delays: Delays,
    /// When the last steps may be taken.
    due: BTreeMap<String, Instant>,
    /// The steps of a new server.
    pub server_steps: Vec<Value>,
    /// The steps of a new image; `null` means that it vanishes.
    pub image_steps: Vec<Value>,
    /// How many of the next images fail in the end.
    pub failing_images: u32,
    pub images: Things,
    /// The members of each image.
    pub members: BTreeMap<String, BTreeSet<String>>,
    pub key_pairs: Things,
    pub networks: Vec<Value>,
    pub groups: Things,
    pub floating: Things,
    pub volumes: Things,
    pub snapshots: Things,
    /// How many volumes the project may have; none: any number.
    pub volume_quota: Option<usize>,
    /// How many of the next lists of servers are empty, as if nova were slow; `MAX`: all, until another
    /// server is asked for.
    pub late: usize,
    /// The largest page of nova and neutron.
    pub page: usize,
    /// The ids of networks without a router to the external network.
    pub unrouted: BTreeSet<String>,
    /// Whether neutron creates a network for a project that has none.
    pub makes_networks: bool,
    /// Services that are not in the catalogue.
    pub lacks: Vec<String>,
    /// How often each server was started. Guests boot anew each time.
    pub boots: BTreeMap<String, u64>,
    /// How many of the next tokens were issued long ago, as the service says.
    pub old_tokens: usize,
    /// How many hours its clock is ahead of this computer's.
    pub clock: i64,
    /// The name and the id of the domain of the user and the project.
    pub domain: (String, String),
    /// Whether every other look at a thing misses it, as if a second API server lagged behind.
    pub flaps: bool,
    /// The looks that the first API server answers next.
    flapped: BTreeSet<String>,
    /// The names of the user's roles, on Rackspace.
    pub roles: Vec<String>,
    /// Servers get addresses of IPv6 alone.
    pub ipv6_only: bool,
    /// Whether it is Rackspace.
    pub rackspace: bool,
    /// On Rackspace: the user's API key, and the user's home region.
    pub api_key: String,
    pub home: String,
}

impl World {
    pub(super) fn new(port: u16, tls: bool) -> World {
        let image = |id: &str, name: &str, created: &str| {
            let image = json!({
                "id": id, "name": name, "status": "active", "created_at": created, "updated_at": created,
                "owner": "vendor", "visibility": "public", "size": 1 << 29, "min_disk": 2, "tags": [],
                "os_hidden": false, "protected": false, "disk_format": "qcow2", "checksum": "8f3f",
            });
            (id.to_owned(), image)
        };
        let network = |id: &str, name: &str, external: bool| {
            json!({"id": id, "name": name, "router:external": external, "shared": false,
                "tenant_id": if external { "admin" } else { PROJECT }, "status": "ACTIVE"})
        };
        World {
            port,
            tls,
            count: 0,
            facts: tempfile::tempdir().unwrap(),
            tokens: BTreeMap::new(),
            token_life: None,
            microversion: "2.96".to_owned(),
            servers: Things::new(),
            steps: BTreeMap::new(),
            delays: Delays::default(),
            due: BTreeMap::new(),
            server_steps: vec![
                json!({"OS-EXT-STS:task_state": "spawning", "progress": 40}),
                json!({"status": "ACTIVE", "OS-EXT-STS:task_state": null, "progress": 0}),
            ],
            failing_images: 0,
            image_steps: vec![
                json!({"status": "saving"}),
                json!({"status": "active", "size": 1 << 30}),
            ],
            images: Things::from([
                image("img-old", "Debian 12.1 generic", "2023-07-22T00:00:00Z"),
                image("img-new", "Debian 12.8 generic", "2024-11-09T00:00:00Z"),
                image("img-rocky", "Rocky 9", "2024-01-01T00:00:00Z"),
            ]),
            members: BTreeMap::new(),
            key_pairs: Things::new(),
            networks: vec![network("net-1", "private", false), network("net-ext", "public", true)],
            groups: Things::from([(
                "sg-default".to_owned(),
                json!({"id": "sg-default", "name": "default", "description": "", "rules": []}),
            )]),
            floating: Things::new(),
            volumes: Things::new(),
            snapshots: Things::new(),
            volume_quota: None,
            late: 0,
            page: 1000,
            unrouted: BTreeSet::new(),
            makes_networks: false,
            lacks: Vec::new(),
            boots: BTreeMap::new(),
            old_tokens: 0,
            clock: 0,
            domain: ("Default".to_owned(), "default".to_owned()),
            flaps: false,
            flapped: BTreeSet::new(),
            roles: Vec::new(),
            ipv6_only: false,
            rackspace: false,
            api_key: "0123456789abcdef0123456789abcdef".to_owned(),
            home: String::new(),
        }
    }

    /// The URL of a service.
    pub(super) fn url(&self, path: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/{path}", self.port)
    }

    /// A number no other thing has.
    pub(super) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// A time; each call returns a later one.
    pub(super) fn moment(&mut self) -> String {
        let number = self.number();
        format!("2026-11-23T09:{:02}:{:02}Z", number / 60 % 60, number % 60)
    }

    /// Whether a token is valid for one more request.
    pub(super) fn takes(&mut self, token: &str) -> bool {
        match self.tokens.get_mut(token) {
            None => false,
            Some(None) => true,
            Some(Some(0)) => false,
            Some(Some(left)) => {
                *left -= 1;
                true
            }
        }
    }

    /// Whether this look misses what it looks at.
    pub(super) fn misses(&mut self, look: &str) -> bool {
        if !self.flaps {
            return false;
        }
        if self.flapped.remove(look) {
            return false;
        }
        self.flapped.insert(look.to_owned())
    }

    /// By the cloud's own clock.
    pub(super) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + jiff::SignedDuration::from_hours(self.clock)
    }

    /// `issued_at` and `expires_at` of a new token.
    pub(super) fn life(&mut self) -> (String, String) {
        let now = self.now();
        let of = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
        if self.old_tokens > 0 {
            self.old_tokens -= 1;
            return (of(-10), of(1));
        }
        (of(0), of(12))
    }

    /// What becomes of a thing from now on: these steps, the last one after the delay.
    pub(super) fn begin(&mut self, id: &str, steps: impl Into<Steps>, delay: Duration) {
        self.steps.insert(id.to_owned(), steps.into());
        self.due.insert(id.to_owned(), Instant::now() + delay);
    }

    /// The step that a poll takes; none while the last one is not due.
    fn step(&mut self, id: &str) -> Option<Value> {
        let steps = self.steps.get_mut(id)?;
        let is_due = self.due.get(id).is_none_or(|due| Instant::now() >= *due);
        if is_due || steps.len() > 1 { steps.pop_front() } else { None }
    }

    /// Polls a server, which advances it by one step.
    pub(super) fn look_at_server(&mut self, id: &str) -> Option<Value> {
        if let Some(step) = self.step(id) {
            if step.is_null() {
                self.forget_server(id);
            } else {
                take_on(self.servers.get_mut(id)?, &step);
                self.tell_guest(id);
            }
        }
        self.servers.get(id).cloned()
    }

    /// Polls an image, which advances it by one step.
    pub(super) fn look_at_image(&mut self, id: &str) -> Option<Value> {
        match self.step(id) {
            Some(Value::Null) => drop(self.images.remove(id)),
            Some(step) => take_on(self.images.get_mut(id)?, &step),
            None => {}
        }
        self.images.get(id).cloned()
    }

    fn forget_server(&mut self, id: &str) {
        self.servers.remove(id);
        let with_snapshots: BTreeSet<String> =
            self.volumes.keys().filter(|volume| self.has_snapshots(volume)).cloned().collect();
        for volume in self.volumes.values_mut() {
            if volume["attachments"][0]["server_id"] == id {
                take_on(volume, &json!({"status": "available", "attachments": []}));
            }
        }
        // Cinder refuses to delete volumes with snapshots, and nova continues without that.
        self.volumes
            .retain(|key, volume| volume["goes_with"] != id || with_snapshots.contains(key));
        for address in self.floating.values_mut() {
            let port = address["port_id"].as_str().unwrap_or_default();
            if port.trim_start_matches("port-").split('.').next() == Some(id) {
                address["port_id"] = Value::Null;
            }
        }
        self.fact(id, "state", "gone");
    }

    pub(super) fn has_snapshots(&self, volume: &str) -> bool {
        self.snapshots.values().any(|snapshot| snapshot["volume_id"] == volume)
    }

    /// Writes a file that `guest.py files` reads.
    pub(super) fn fact(&self, server: &str, name: &str, text: &str) {
        std::fs::write(self.facts.path().join(format!("{server}.{name}")), text).unwrap();
    }

    pub(super) fn tell_guest(&self, id: &str) {
        if let Some(status) = self.servers.get(id).and_then(|server| server["status"].as_str()) {
            let boots = self.boots.get(id).copied().unwrap_or_default();
            self.fact(id, "state", &format!("{status} {boots}"));
        }
    }

    /// The ids of what costs money or accepts connections.
    pub fn debris(&self) -> Vec<String> {
        let ids = [&self.servers, &self.key_pairs, &self.groups, &self.floating, &self.volumes]
            .into_iter()
            .flat_map(|things| things.keys().cloned());
        ids.filter(|id| id != "sg-default").collect()
    }

    /// The only server.
    pub fn server(&self) -> &Value {
        assert_eq!(self.servers.len(), 1, "{:?}", self.servers);
        self.servers.values().next().unwrap()
    }

    /// Images of the project.
    pub fn own_images(&self) -> Vec<&Value> {
        let own = |image: &&Value| image["owner"] == PROJECT && image["status"] != "deleted";
        self.images.values().filter(own).collect()
    }
}

/// Sets the keys of `step` in `thing`.
pub(super) fn take_on(thing: &mut Value, step: &Value) {
    for (key, value) in step.as_object().unwrap() {
        thing[key] = value.clone();
    }
}
