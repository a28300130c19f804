//! mimic, an emulated Rackspace, on a free port of 127.0.0.1.
//!
//! It accepts any password, creates servers and images at once, and has no stop, no console, no
//! metadata of images and no deletion of images. It shows that Rackspace's identity service, catalogue
//! and requests work.
//!
//! Use it from a test crate that has `mod beds`, with `#[path = "support/mimic.rs"] mod mimic;`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::beds::bed;

pub struct Mimic {
    child: Child,
    port: u16,
    log: tempfile::NamedTempFile,
}

impl Mimic {
    pub fn start() -> Mimic {
        let python = bed("mimic").join("bin/python");
        // Another program may take the free port first.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = tempfile::NamedTempFile::new().unwrap();
            let mut child = Command::new(&python)
                .args(["-m", "twisted", "mimic", "--realtime", "--listen"])
                .arg(format!("tcp:{port}:interface=127.0.0.1"))
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .stdin(Stdio::null())
                .stdout(log.as_file().try_clone().unwrap())
                .stderr(log.as_file().try_clone().unwrap())
                .spawn()
                .unwrap();
            if listens(&mut child, port) {
                return Mimic { child, port, log };
            }
            println!("{}", std::fs::read_to_string(log.path()).unwrap());
        }
        panic!("mimic does not start; its messages are above");
    }

    pub fn auth_url(&self) -> String {
        format!("http://127.0.0.1:{}/identity/v2.0/", self.port)
    }

    /// Asks a service of a region, independently of imgctl; a path is `servers/detail`.
    pub fn get(&self, service: &str, region: &str, path: &str) -> Value {
        let auth = json!({"auth": {"passwordCredentials": {"username": "me", "password": "pw"}}});
        let access = self.send("POST", &format!("{}tokens", self.auth_url()), "", Some(&auth));
        let services = access["access"]["serviceCatalog"].as_array().unwrap();
        let service = services.iter().find(|known| known["name"] == service).unwrap();
        let endpoints = service["endpoints"].as_array().unwrap();
        let endpoint = endpoints.iter().find(|known| known["region"] == region).unwrap();
        let token = access["access"]["token"]["id"].as_str().unwrap();
        let url = format!("{}/{path}", endpoint["publicURL"].as_str().unwrap());
        self.send("GET", &url, token, None)
    }

    fn send(&self, method: &str, url: &str, token: &str, body: Option<&Value>) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let mut request =
                reqwest::Client::new().request(method, url).header("x-auth-token", token);
            if let Some(body) = body {
                request = request.json(body);
            }
            request.send().await.unwrap().json().await.unwrap()
        })
    }
}

/// Whether it accepts connections before it ends.
fn listens(child: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        assert!(Instant::now() < deadline, "mimic does not listen after two minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

impl Drop for Mimic {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
            let is_told = |line: &&str| line.contains("\"isError\": 1");
            // Parts of it that current Python cannot load are not needed.
            let is_plugin = |line: &&str| line.contains("twisted/plugin.py");
            let wrong = log.lines().filter(is_told).filter(|line| !is_plugin(line));
            wrong.for_each(|line| println!("mimic: {}", &line[..line.len().min(2000)]));
        }
    }
}
