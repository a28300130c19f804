//! What both sides of a failed key exchange offer. The library tells only that they do not agree, so
//! the server is asked once more: its offers come before anything is encrypted.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use ssh2::MethodType;

use super::limits::Limits;
use super::link::timespec;

/// Bytes that a server may send before and with its offers.
const MOST: usize = 64 * 1024;
/// The number of the message with the offers (RFC 4253, section 7.1).
const KEXINIT: u8 = 20;
/// Encryption that needs no separate check of integrity.
const WHOLE: [&str; 3] =
    ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

/// One sentence for each kind of method on which the two sides do not agree.
pub(super) fn differences(
    session: &ssh2::Session,
    host_keys: &str,
    socket: &OwnedFd,
    limits: &Limits,
) -> Vec<String> {
    let Some(theirs) = ask(socket, limits) else { return Vec::new() };
    let ours = |kind| session.supported_algs(kind).unwrap_or_default();
    let host_keys: Vec<&str> = host_keys.split(',').collect();
    let ciphers = ours(MethodType::CryptCs);
    let is_whole = |name: &&str| WHOLE.contains(name) && theirs[2].iter().any(|it| it == name);
    let mut kinds = vec![
        ("key exchange", ours(MethodType::Kex), 0),
        ("host key", host_keys, 1),
        ("cipher", ciphers.clone(), 2),
    ];
    if !ciphers.iter().any(is_whole) {
        kinds.push(("integrity check", ours(MethodType::MacCs), 4));
    }
    let differ = |(_, ours, at): &(&str, Vec<&str>, usize)| {
        !ours.iter().any(|name| theirs[*at].iter().any(|other| other == name))
    };
    let sentence = |(kind, ours, at): (&str, Vec<&str>, usize)| {
        let theirs = match theirs[at].join(", ") {
            none if none.is_empty() => "none".to_owned(),
            names => names,
        };
        format!(
            "no {kind} in common: the server offers {theirs}; imgctl offers {}",
            ours.join(", ")
        )
    };
    kinds.into_iter().filter(differ).map(sentence).collect()
}

/// The server's lists of names, in the order of the message.
fn ask(socket: &OwnedFd, limits: &Limits) -> Option<Vec<Vec<String>>> {
    rustix::io::write(socket, b"SSH-2.0-imgctl\r\n").ok()?;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while received.len() < MOST {
        let mut sockets = [PollFd::new(socket, PollFlags::IN)];
        limits.check().ok()?;
        // A failed poll (a signal) is a wake-up like any other.
        let _ = poll(&mut sockets, Some(&timespec(limits.slice())));
        match rustix::io::read(socket, &mut buffer) {
            Ok(0) => return None,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => continue,
            Err(_) => return None,
        }
        if let Some(lists) = lists(&received) {
            return Some(lists);
        }
    }
    None
}

/// The lists in what was received so far, once they are complete.
fn lists(mut received: &[u8]) -> Option<Vec<Vec<String>>> {
    loop {
        let end = received.iter().position(|byte| *byte == b'\n')?;
        let line = &received[..end];
        received = &received[end + 1..];
        if line.starts_with(b"SSH-") {
            break;
        }
    }
    let (length, rest) = number(received)?;
    let packet = rest.get(..length)?;
    // The length of the padding, the kind of message, a cookie of 16 bytes.
    let mut lists = packet.get(18..).filter(|_| packet.get(1) == Some(&KEXINIT))?;
    let mut all = Vec::new();
    while all.len() < 8 {
        let (length, rest) = number(lists)?;
        let names = String::from_utf8_lossy(rest.get(..length)?).into_owned();
        all.push(names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect());
        lists = &rest[length..];
    }
    Some(all)
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_be_bytes(*number)).ok()?, rest))
}
