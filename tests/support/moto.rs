//! moto's server, an emulated EC2 and SSM, on a free port of 127.0.0.1, with the images of
//! `amis.json` in every region.
//!
//! It emulates most of EC2's API without its delays: tests against it show that requests are understood
//! and that nothing is left behind. `ec2_server` is the emulator for the rest.
//!
//! Use it from a test crate that has `mod beds`, with `#[path = "support/moto.rs"] mod moto;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::beds::bed;

pub struct Moto {
    child: Child,
    port: u16,
    log: tempfile::NamedTempFile,
}

impl Moto {
    pub fn start() -> Moto {
        let python = bed("moto").join("bin/python");
        // Another program may take the free port before the server does.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = tempfile::NamedTempFile::new().unwrap();
            let mut child = launch(&python, port, log.as_file());
            if listens(&mut child, port) {
                return Moto { child, port, log };
            }
            println!("{}", std::fs::read_to_string(log.path()).unwrap());
        }
        panic!("moto's server does not start; its messages are above");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        if std::thread::panicking() {
            // Its log names what it could not do.
            let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
            let told = log.lines().filter(|line| !line.contains("\" 200 -"));
            told.for_each(|line| println!("moto: {line}"));
        }
    }
}

fn launch(python: &Path, port: u16, log: &File) -> Child {
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
    Command::new(python)
        .arg(support.join("moto_server.py"))
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .env("MOTO_AMIS_PATH", support.join("amis.json"))
        .env("MOTO_ENABLE_AMI_VALIDATION", "true")
        .env("MOTO_ENABLE_KEYPAIR_VALIDATION", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log.try_clone().unwrap())
        .spawn()
        .unwrap()
}

/// Whether it accepts connections before it ends.
fn listens(child: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        assert!(Instant::now() < deadline, "moto's server does not listen after two minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
