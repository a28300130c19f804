//! `github_server`, which answers as GitHub's API does, on a free port of 127.0.0.1.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::beds::bed;

pub struct Github {
    child: Child,
    port: u16,
}

impl Github {
    pub fn start() -> Github {
        let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let mut child = Command::new(bed("github").join("bin/python"))
            .arg(support.join("github_server"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Github { child, port: line.trim().parse().unwrap() }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked, in order: `method`, `path`, `query`, `body`.
    pub fn log(&self) -> Vec<Value> {
        serde_json::from_str(&self.get("/_test/log")).unwrap()
    }

    /// The requests that change something.
    pub fn changes(&self) -> Vec<String> {
        let log = self.log();
        let changes = log.iter().filter(|it| it["method"] != "GET");
        let text = |it: &Value| format!("{} {}", it["method"], it["path"]).replace('"', "");
        changes.map(text).collect()
    }

    /// The next request is refused for a second.
    pub fn limit(&self) {
        self.get("/_test/limit");
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Github {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
