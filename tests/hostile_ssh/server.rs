//! An SSH server that misbehaves in one way.

use std::io::{Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use openssl::pkey::{PKey, Private};
use tempfile::TempDir;

use crate::wire::{METHODS, Wire, number, split, string};

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    /// Accepts, and sends nothing.
    SilentBeforeBanner,
    SilentBeforeOffer,
    SilentInKeyExchange,
    SilentAtService,
    SilentAtLogin,
    SilentAtChannel,
    SilentAtExec,
    /// Begins a command, and says nothing more on this connection; likewise after the first command.
    SilentInCommand,
    SilentAtRest,
    /// Another protocol's answer.
    SpeaksHttp,
    /// Lines that are no banner, without end.
    EndlessLines,
    /// One line without end.
    EndlessLine,
    /// Random bytes in place of packets.
    Garbage,
    /// Packets to be ignored, without end, in place of the key exchange, the login or the channel.
    FloodInKeyExchange,
    FloodAtLogin,
    FloodAtChannel,
    /// Methods that nobody should use.
    OldMethods,
    /// Another host key than the known one.
    OtherKey,
    /// Closes the connection at once.
    HangsUp,
    /// Closes the channel without a word on how the command ended.
    NoStatus,
    /// Passes on this much of the output, then closes the channel.
    Cut(usize),
    /// The same, and claims success.
    CutWithSuccess(usize),
    /// The same, and closes the connection.
    CutConnection(usize),
    /// Output in place of what was asked for, without end.
    EndlessOutput,
    /// Never closes the channel, having sent everything.
    NeverCloses,
    /// Claims success and runs nothing.
    RunsNothing,
    /// Adds bytes to the output of the command, after its end.
    Appends,
}

pub struct Server {
    pub port: u16,
    pub host_key: String,
    stop: Arc<AtomicBool>,
    /// A file for each thing that happened.
    marks: TempDir,
}

impl Server {
    pub fn start(fault: Fault) -> Server {
        let marks = tempfile::tempdir().unwrap();
        let folder = marks.path().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = PKey::generate_ed25519().unwrap();
        let blob = [string("ssh-ed25519"), string(key.raw_public_key().unwrap())].concat();
        let host_key = format!("ssh-ed25519 {}", openssl::base64::encode_block(&blob));
        let key = if fault == Fault::OtherKey { PKey::generate_ed25519().unwrap() } else { key };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        std::thread::spawn(move || {
            for (count, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (key, folder) = (key.clone(), folder.clone());
                let mark = move |what: &str| {
                    // The test may be over.
                    drop(std::fs::write(folder.join(format!("{what}-{count}")), ""));
                };
                // A client that gives up breaks the connection.
                std::thread::spawn(move || {
                    drop(serve(stream, fault, &key, &mark));
                    mark("ended");
                });
            }
        });
        Server { port, host_key, stop, marks }
    }

    /// The file that is there once this has happened to a connection: `login-0`, `kept-0` (it was kept alive for the
    /// third time), `ended-0`.
    pub fn mark(&self, what: &str) -> PathBuf {
        self.marks.path().join(what)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Waits until the client gives up.
fn silent(wire: &mut Wire) -> Result<()> {
    std::io::copy(&mut wire.stream, &mut std::io::sink()).map(drop)
}

fn flood(wire: &mut Wire) -> Result<()> {
    loop {
        wire.send(&[vec![2], string([b'x'; 1000])].concat())?;
    }
}

fn serve(stream: TcpStream, fault: Fault, key: &PKey<Private>, mark: &dyn Fn(&str)) -> Result<()> {
    let (mut wire, mut kept) = (Wire::new(stream), 0);
    match fault {
        Fault::HangsUp => return Ok(()),
        Fault::SilentBeforeBanner => return silent(&mut wire),
        Fault::SpeaksHttp => {
            return wire.stream.write_all(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n");
        }
        Fault::EndlessLines => loop {
            wire.stream.write_all("nothing to see\r\n".repeat(1000).as_bytes())?;
        },
        Fault::EndlessLine => loop {
            wire.stream.write_all(&[b'x'; 16_384])?;
        },
        _ => {}
    }
    let client = wire.banners()?;
    match fault {
        Fault::SilentBeforeOffer => return silent(&mut wire),
        Fault::Garbage => return wire.stream.write_all(&[0xa5; 100_000]),
        _ => {}
    }
    let old =
        ["diffie-hellman-group1-sha1", "ssh-dss", "des-cbc", "des-cbc", "hmac-md5", "hmac-md5"];
    let ours = wire.offer(if fault == Fault::OldMethods { old } else { METHODS })?;
    let theirs = wire.receive()?;
    let init = wire.receive()?;
    match fault {
        Fault::SilentInKeyExchange => return silent(&mut wire),
        Fault::FloodInKeyExchange => return flood(&mut wire),
        _ => {}
    }
    wire.exchange(&client, [theirs, ours], &init, key)?;
    loop {
        let message = wire.receive()?;
        match (message[0], fault) {
            (5, Fault::SilentAtService) | (50, Fault::SilentAtLogin) => return silent(&mut wire),
            (50, Fault::FloodAtLogin) => return flood(&mut wire),
            (5, _) => wire.send(&[vec![6], string("ssh-userauth")].concat())?,
            (50, _) => {
                mark("login");
                wire.send(&[52])?;
            }
            (80, _) => {
                kept += 1;
                if kept == 3 {
                    mark("kept");
                }
                wire.send(&[82])?;
            }
            (90, Fault::SilentAtChannel) => return silent(&mut wire),
            (90, Fault::FloodAtChannel) => return flood(&mut wire),
            (90, _) => {
                let (_, rest) = split(&message[1..]);
                let channel = number(rest).to_be_bytes();
                let sizes = [2_000_000_u32.to_be_bytes(), 32_768_u32.to_be_bytes()].concat();
                wire.send(&[&[91], &channel[..], &channel, &sizes].concat())?;
            }
            (98, _) => {
                let (kind, rest) = split(&message[5..]);
                if kind != b"exec" {
                    continue;
                }
                if fault == Fault::SilentAtExec {
                    return silent(&mut wire);
                }
                let line = String::from_utf8_lossy(split(&rest[1..]).0).into_owned();
                let channel: [u8; 4] = message[1..5].try_into().unwrap();
                wire.send(&[&[99], &channel[..]].concat())?;
                if fault == Fault::SilentInCommand {
                    return silent(&mut wire);
                }
                execute(&mut wire, channel, &line, fault)?;
                if fault == Fault::SilentAtRest {
                    return silent(&mut wire);
                }
            }
            _ => {}
        }
    }
}

fn execute(wire: &mut Wire, channel: [u8; 4], line: &str, fault: Fault) -> Result<()> {
    let message = |kind: u8, rest: &[u8]| [&[kind], &channel[..], rest].concat();
    if fault == Fault::EndlessOutput {
        loop {
            wire.send(&message(94, &string([b'y'; 1000])))?;
        }
    }
    let mut input = Vec::new();
    loop {
        let message = wire.receive()?;
        match message[0] {
            94 => input.extend_from_slice(split(&message[5..]).0),
            96 => break,
            _ => {}
        }
    }
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(if fault == Fault::RunsNothing { "true" } else { line })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    // A command may end without reading it.
    let feed = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output()?;
    feed.join().unwrap();
    let mut stdout = output.stdout;
    match fault {
        Fault::Cut(size) | Fault::CutWithSuccess(size) | Fault::CutConnection(size) => {
            stdout.truncate(size);
        }
        Fault::Appends => stdout.extend(b"appended"),
        _ => {}
    }
    for piece in stdout.chunks(10_000) {
        wire.send(&message(94, &string(piece)))?;
    }
    for piece in output.stderr.chunks(10_000) {
        wire.send(&message(95, &[&1_u32.to_be_bytes(), &string(piece)[..]].concat()))?;
    }
    let status = match fault {
        Fault::CutConnection(_) => return Err(std::io::Error::other("cut")),
        Fault::NoStatus | Fault::Cut(_) => None,
        Fault::CutWithSuccess(_) | Fault::RunsNothing => Some(0),
        _ => output.status.code(),
    };
    if let Some(status) = status {
        let status = u32::try_from(status).unwrap().to_be_bytes();
        wire.send(&message(98, &[&string("exit-status")[..], &[0], &status].concat()))?;
    }
    wire.send(&message(96, &[]))?;
    if fault == Fault::NeverCloses {
        return silent(wire);
    }
    wire.send(&message(97, &[]))
}
