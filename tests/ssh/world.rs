//! Helpers of these tests: a trust and a report in memory, and short calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use imgctl::Result;
use imgctl::report::{Activity, Level, Report, Silent, Stream, Watch};
use imgctl::ssh::{
    Command, Connect, Identity, Output, Pool, Remote, Target, Trust, UserEnvironment,
};
use tokio_util::sync::CancellationToken;

use crate::sshd::{Sshd, user};

/// Remembers pins; knows one passphrase.
#[derive(Default)]
pub struct Memory {
    pub pins: Mutex<HashMap<String, String>>,
    pub passphrase: Option<String>,
    pub asked: Mutex<Vec<String>>,
}

impl Trust for Memory {
    fn pinned(&self, address: &str) -> Option<String> {
        self.pins.lock().unwrap().get(address).cloned()
    }
    fn pin(&self, address: &str, key: &str) -> Result<()> {
        self.pins.lock().unwrap().insert(address.to_string(), key.to_string());
        Ok(())
    }
    fn passphrase(&self, key: &str) -> Option<String> {
        self.asked.lock().unwrap().push(key.to_string());
        self.passphrase.clone()
    }
}

/// Called with every line that is shown.
type Hook = Box<dyn FnMut(&str) + Send>;

/// Remembers messages and output lines.
#[derive(Default)]
pub struct Listener {
    pub log: Mutex<Vec<(Level, String)>>,
    pub lines: Mutex<Vec<(Stream, String)>>,
    pub on_line: Mutex<Option<Hook>>,
    pub on_progress: Arc<Mutex<Option<ProgressHook>>>,
}

/// Called with the bytes that have moved.
type ProgressHook = Box<dyn FnMut(u64) + Send>;

struct Progress(Arc<Mutex<Option<ProgressHook>>>);

impl Activity for Progress {
    fn status(&self, _: &str) {}
    fn progress(&self, done: u64, _: Option<u64>) {
        if let Some(call) = &mut *self.0.lock().unwrap() {
            call(done);
        }
    }
}

impl Report for Listener {
    fn log(&self, level: Level, message: &str) {
        self.log.lock().unwrap().push((level, message.to_string()));
    }
    fn output(&self, _host: &str, stream: Stream, line: &str) {
        self.lines.lock().unwrap().push((stream, line.to_string()));
        if let Some(call) = &mut *self.on_line.lock().unwrap() {
            call(line);
        }
    }
    fn activity(&self, _: &str) -> Box<dyn Activity> {
        Box::new(Progress(self.on_progress.clone()))
    }
    fn secret(&self, _: &str) {}
    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }
}

pub fn watch() -> Watch {
    Watch { report: Arc::new(Silent), cancel: CancellationToken::new() }
}

pub fn listening() -> (Watch, Arc<Listener>) {
    let listener = Arc::new(Listener::default());
    (Watch { report: listener.clone(), cancel: CancellationToken::new() }, listener)
}

/// A target that accepts the server's key and logs in with the one made for it.
pub fn target(server: &Sshd) -> Target {
    Target {
        host: "127.0.0.1".into(),
        port: Some(server.port()),
        user: Some(user()),
        label: "box".into(),
        identities: vec![Identity::File(server.client_key_path())],
        host_keys: vec![server.host_key_line().to_string()],
        ..Target::default()
    }
}

/// A pool without an environment.
pub fn pool(trust: Arc<Memory>) -> Pool {
    Pool::with(UserEnvironment::default(), trust)
}

pub fn remote(target: Target) -> Arc<dyn Remote> {
    pool(Arc::default()).remote(target).unwrap()
}

pub fn connect(server: &Sshd) -> Arc<dyn Remote> {
    remote(target(server))
}

pub fn command(line: &str) -> Command {
    Command { line: line.into(), ..Command::default() }
}

pub fn run(remote: &dyn Remote, line: &str) -> Output {
    remote.exec(&command(line), &watch()).unwrap()
}

/// The standard output of a command that must succeed, without the last newline.
pub fn stdout_of(remote: &dyn Remote, line: &str) -> String {
    let output = run(remote, line);
    assert_eq!(output.status, 0, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_string()
}
