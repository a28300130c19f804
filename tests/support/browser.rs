//! A headless Chromium, driven over a pipe by its DevTools protocol. It reaches no network: what a page asks
//! for is recorded and fails.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAMS: [&str; 4] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

pub struct Browser {
    process: Child,
    to: File,
    from: BufReader<File>,
    last: u64,
    session: Option<String>,
    /// The addresses that the page has asked for, itself included.
    pub requests: Vec<String>,
    /// What the browser complains about, such as a refusal by the page's policy.
    pub complaints: Vec<String>,
    _home: TempDir,
}

impl Browser {
    /// None on Ubuntu, which has Chromium only as a snap, unless another one is installed: a snap sees none of
    /// the files here.
    pub fn start() -> Option<Browser> {
        let path = std::env::var("PATH").unwrap_or_default();
        let folders = path.split(':').filter(|folder| !folder.contains("snap"));
        let is_there = |name: &&&str| folders.clone().any(|dir| Path::new(dir).join(name).exists());
        let Some(program) = PROGRAMS.iter().find(is_there) else {
            let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
            assert!(system.contains("ID=ubuntu"), "no Chromium: `make setup` installs it");
            eprintln!("not tried: there is no browser (Google's package of Chrome is one)");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        let (input, output) = (home.path().join("in"), home.path().join("out"));
        for pipe in [&input, &output] {
            mkfifoat(CWD, pipe, Mode::RUSR | Mode::WUSR).unwrap();
        }
        // The protocol is spoken on descriptors 3 and 4.
        let line = r#"exec "$0" "$@" 3<in 4>out"#;
        let process = Command::new("sh")
            .args(["-c", line, program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=profile"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .current_dir(home.path())
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(input).unwrap();
        let from = BufReader::new(File::open(output).unwrap());
        let mut browser = Browser {
            process,
            to,
            from,
            last: 0,
            session: None,
            requests: Vec::new(),
            complaints: Vec::new(),
            _home: home,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let asked = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", asked);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Sends a command and returns its result; the events before it are noted.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let message = self.next();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message: an answer or an event.
    fn next(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser has ended");
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        let parameters = &message["params"];
        match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                self.requests.push(parameters["request"]["url"].as_str().unwrap().to_owned());
            }
            Some("Log.entryAdded") => self.complaints.push(parameters["entry"]["text"].to_string()),
            Some("Runtime.exceptionThrown") => self.complaints.push(parameters.to_string()),
            _ => {}
        }
        message
    }

    /// Opens a file, and returns once it is loaded.
    pub fn open(&mut self, page: &Path) {
        let url = format!("file://{}", page.display());
        self.call("Page.navigate", json!({"url": url}));
        // It may have been loaded while the answer was awaited.
        while self.ask("location.href + document.readyState") != format!("{url}complete") {}
    }

    /// The value of a JavaScript expression; a promise is awaited.
    pub fn ask(&mut self, expression: &str) -> Value {
        let asked = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true,
        });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// `prefers-color-scheme`, or the medium `print`.
    pub fn media(&mut self, scheme: &str, medium: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"media": medium, "features": features}));
    }

    pub fn press_tab(&mut self) {
        for kind in ["keyDown", "keyUp"] {
            let key =
                json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
            self.call("Input.dispatchKeyEvent", key);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
