//! `gce_server`, the fake of Google Compute Engine, on a free port of 127.0.0.1, and projects on it.
//!
//! Use it from a test crate that has `mod beds` and `mod guest`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::beds::bed;
use super::guest::{CloudProject, proxy_command, user};

/// Below the environment's `lib/python3.x/site-packages`.
const DOCUMENT: &str = "googleapiclient/discovery_cache/documents/compute.v1.json";

pub struct GceServer {
    child: Child,
    pub url: String,
    runtime: tokio::runtime::Runtime,
}

impl GceServer {
    pub fn start() -> GceServer {
        let bed = bed("gce");
        let folders = std::fs::read_dir(bed.join("lib")).unwrap();
        let packages = folders.map(|entry| entry.unwrap().path().join("site-packages"));
        let document = packages.map(|folder| folder.join(DOCUMENT)).find(|path| path.exists());
        let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let mut child = Command::new(bed.join("bin/python"))
            .arg(support.join("gce_server"))
            .arg(document.expect("the environment has Google's discovery document"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // It ends when this pipe is closed, however the test ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().parse().expect("the server prints its port");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        GceServer { child, url: format!("http://127.0.0.1:{port}"), runtime }
    }

    /// Calls a function of `control.py`.
    pub fn ask(&self, name: &str, given: Value) -> Value {
        let url = format!("{}/_test/{name}", self.url);
        let (status, text) = self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let reply = client.post(url).json(&given).send().await.unwrap();
            (reply.status(), reply.text().await.unwrap())
        });
        assert!(status.is_success(), "{name}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The names of the test project's resources of a kind: `instances`, `disks`, `images`.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let things = self.ask("things", json!({ "kind": kind }));
        let things = things.as_object().unwrap().values();
        things.map(|thing| thing["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The test project's only resource of a kind.
    pub fn only(&self, kind: &str) -> Value {
        let things = self.ask("things", json!({ "kind": kind }));
        let things: Vec<&Value> = things.as_object().unwrap().values().collect();
        assert_eq!(things.len(), 1, "{things:#?}");
        things[0].clone()
    }

    /// The calls so far with this id: `instances.insert`.
    pub fn calls(&self, id: &str) -> Vec<Value> {
        let log = self.ask("log", json!({}));
        let calls = log["calls"].as_array().unwrap();
        calls.iter().filter(|call| call["call"] == id).cloned().collect()
    }

    /// Plans a fault; see `faults.py`.
    pub fn fault(&self, fault: Value) {
        self.ask("fault", fault);
    }

    /// A project that works with a service account of this server; `settings` are lines for
    /// `clouds.gce`, each with four spaces before it.
    pub fn project(&self, settings: &str) -> CloudProject {
        let identity = self.ask("identity", json!({}));
        let key = identity["private_key"].as_str().unwrap().replace('\n', "\\n");
        let email = identity["email"].as_str().unwrap();
        self.bare_project(&format!(
            "    credentials: {{token_url: '{}/token'}}\n{settings}",
            self.url
        ))
        .env("GCE_CREDENTIALS_EMAIL", email)
        .env("GCE_CREDENTIALS_PRIVATE_KEY", &key)
        .env("GCE_PROJECT", "test-project")
    }

    /// As [`GceServer::project`], without credentials.
    pub fn bare_project(&self, settings: &str) -> CloudProject {
        let facts = ["state", "user-data", "keys"]
            .map(|kind| format!("--{kind} guests/{{instance}}.{kind}"))
            .join(" ");
        let proxy = proxy_command(&format!("files {facts}"));
        let (url, user) = (&self.url, user());
        let config = format!(
            "defaults: {{cloud: gce, distribution: debian12}}
ssh: {{ready_timeout: 60s}}
clouds:
  gce:
    endpoint: {url}/compute/v1/
    ssh: {{proxy_command: '{proxy}'}}
    distributions: {{debian12: {{username: {user}}}, ubuntu1404: {{username: {user}}}, centos7: {{username: {user}}}}}
{settings}"
        );
        let project = CloudProject::new(&config);
        let guests = project.path().join("guests");
        self.ask("guests", json!({ "folder": guests }));
        project
    }
}

impl Drop for GceServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        if std::thread::panicking() {
            println!("the server's address was {}", self.url);
        }
    }
}
