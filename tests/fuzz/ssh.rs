//! What a host, OpenSSH and its files say.

use std::process::{Command, Stdio};

use super::certificate::{self, Certificate};
use super::marks::{GREETING, Marks};
use super::{keys, known_hosts, lines, openssh, own_config, pem};
use crate::fuzz::{pieces, run};
use crate::report::Silent;

/// The greeting and the two numbers, and what was passed on; None if the greeting had no end.
fn through(input: &[u8], nonce: &str, random: &mut fastrand::Rng) -> Option<(Marks, Vec<u8>)> {
    let (mut marks, mut seen, mut sent) = (Marks::new(nonce), Vec::new(), 0);
    for piece in pieces(input, random) {
        sent += piece.len();
        let mut out = |bytes: &[u8]| {
            seen.extend_from_slice(bytes);
            Ok(())
        };
        marks.push(piece, &mut out).unwrap();
        assert!(seen.len() <= sent, "more is passed on than came");
        let kept = sent - seen.len();
        if marks.begun.is_some() {
            // Only the greeting, two marks and what may be the beginning of one are held.
            assert!(kept <= marks.greeting.len() + 3 * 64, "{kept} bytes are held");
        } else if marks.is_flooded() {
            assert!(kept > GREETING);
            return None;
        }
    }
    let mut out = |bytes: &[u8]| {
        seen.extend_from_slice(bytes);
        Ok(())
    };
    marks.finish(&mut out).unwrap();
    Some((marks, seen))
}

/// Foreign bytes before, between and behind the marks; in the first place with marks of another nonce.
#[test]
fn frames() {
    const WORDS: [&str; 6] = [
        "imgctl-begin 0ther 1\n",
        "imgctl-end 0ther 0\n",
        "imgctl-end n0nce",
        "imgctl-end ",
        "imgctl-begin ",
        "\r\n",
    ];
    run("frames", 2000, &WORDS, |input, random| {
        let nonce = "5d3f0c1b9a7e4286";
        if input.windows(nonce.len()).any(|window| window == nonce.as_bytes()) {
            return "with the nonce".into();
        }
        let mut cuts = [random.usize(..=input.len()), random.usize(..=input.len())];
        cuts.sort_unstable();
        let (before, inside) = (&input[..cuts[0]], &input[cuts[0]..cuts[1]]);
        let (after, end) = (&input[cuts[1]..], random.u8(..));
        // The mark itself counts until it is whole.
        if before.len() > GREETING - 64 {
            return "flooded".into();
        }
        let line_end = if random.bool() { "\n" } else { "\r\n" };
        let stream = [
            before,
            format!("imgctl-begin {nonce} 1{line_end}").as_bytes(),
            inside,
            format!("imgctl-end {nonce} {end}{line_end}").as_bytes(),
            after,
        ]
        .concat();
        let (marks, seen) = through(&stream, nonce, random).unwrap();
        assert_eq!(marks.greeting, before);
        assert_eq!((marks.begun, marks.ended), (Some(1), Some(end.into())));
        assert_eq!(seen, [inside, after].concat());
        // Cut off, it has no end, and none of it is lost.
        let cut = random.usize(..=before.len() + inside.len());
        let (marks, _) = through(&stream[..cut], nonce, random).unwrap();
        assert_eq!(marks.ended, None);
        format!("{} {}", marks.begun.is_some(), line_end.len())
    });
}

/// A host that knows the nonce and means ill: nothing is held without a limit, and nothing is invented.
#[test]
fn frames_of_an_enemy() {
    const WORDS: [&str; 6] =
        ["imgctl-begin n 1\n", "imgctl-end n 0\n", "imgctl-end n ", "imgctl-begin n ", "n ", "\n"];
    run("frames_of_an_enemy", 2000, &WORDS, |input, random| {
        let Some((marks, seen)) = through(input, "n", random) else { return "flooded".into() };
        assert!(seen.len() + marks.greeting.len() <= input.len());
        let Some((again, same)) = through(input, "n", random) else { return "flooded".into() };
        assert_eq!((marks.begun, marks.ended), (again.begun, again.ended));
        assert!(marks.greeting == again.greeting && seen == same, "it depends on the pieces");
        format!("{:?} {:?}", again.begun.is_some(), again.ended.is_some())
    });
}

/// Lines are the same however they come, and nothing of a text is lost but what is overwritten.
#[test]
fn output_lines() {
    run("output_lines", 1000, &["\r", "\r\n", "\n", "\u{1b}[0m"], |input, random| {
        let cut = |random: &mut fastrand::Rng| {
            let (mut lines, mut seen) = (lines::Lines::default(), Vec::new());
            for piece in pieces(input, random) {
                lines.push(piece, |line| seen.push(line.to_owned()));
            }
            lines.finish(|line| seen.push(line.to_owned()));
            seen
        };
        let (one, other) = (cut(random), cut(random));
        // A line that is too long is shown in pieces, which may be any; what is shown is not overwritten.
        let is_long = input.split(|byte| b"\r\n".contains(byte)).any(|part| part.len() > 60 << 10);
        if !is_long {
            assert_eq!(one, other);
        } else if !input.contains(&b'\r') {
            assert_eq!(one.concat().len(), other.concat().len());
        }
        assert!(one.iter().all(|line| !line.contains('\n')));
        format!("{}", one.len().min(9))
    });
}

const KNOWN_WORDS: [&str; 14] = [
    "@revoked ",
    "@cert-authority ",
    "@",
    "box",
    "box,",
    "!box",
    "[box]:22",
    "[box]:2222",
    "*",
    "?",
    "*b*o*x*",
    "|1|L+EALYOmHg+A+RQR+1xhJQJvgQE=|G0FruXR5mgnTjFucYlrn9ikeuoo=",
    "ssh-ed25519 ",
    "AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
];

/// What is accepted for a host, OpenSSH finds for it too; what cannot be read is accepted for nobody.
#[test]
fn known_hosts_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let session = ssh2::Session::new().unwrap();
    run("known_hosts", 200, &KNOWN_WORDS, |input, random| {
        std::fs::write(&file, input).unwrap();
        let (host, port) = if random.u8(..3) > 0 { ("box", 22) } else { ("box", 2222) };
        let files = std::slice::from_ref(&file);
        let Ok(known) = known_hosts::look_up(&session, files, host, port) else {
            return "unreadable".into();
        };
        let usable = [&known.accepted, &known.revoked, &known.authorities];
        let count = usable.map(Vec::len);
        if count[0] + count[2] > 0 {
            let found = found_by_openssh(&file, host, port);
            for key in known.accepted.iter().chain(&known.authorities) {
                let key = key.to_openssh().unwrap();
                let blob = key.split(' ').nth(1).unwrap();
                assert!(found.contains(blob), "{host}:{port} is not known by {key}\n{found}");
            }
        }
        format!("{count:?} {} {}", known.unusable.len(), known.unknown_revoked.len())
            .replace(|c: char| ('2'..='9').contains(&c), "many")
            .replace('0', "no")
            .replace('1', "one")
    });
}

/// The lines about a host.
fn found_by_openssh(file: &std::path::Path, host: &str, port: u16) -> String {
    let name = if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") };
    let mut command = Command::new("ssh-keygen");
    command.args(["-F", &name, "-f"]).arg(file).stdin(Stdio::null());
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

/// The corpus has a good certificate of `box`: no other bytes are valid in its place.
#[test]
fn host_certificates() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/certificates/");
    let good = std::fs::read(format!("{corpus}good")).unwrap();
    let authority = Certificate::from_bytes(&good).unwrap().authority;
    assert_eq!(
        Certificate::from_bytes(&good).unwrap().verify("box", std::slice::from_ref(&authority)),
        Ok(())
    );
    run("certificates", 1000, &["box", "*", "ssh-ed25519", "\0\0\0\u{3}"], |input, random| {
        let _ = certificate::bytes(&String::from_utf8_lossy(input));
        let Some(found) = Certificate::from_bytes(input) else { return "none".into() };
        let host = ["box", "other"][random.usize(..2)];
        match found.verify(host, std::slice::from_ref(&authority)) {
            Ok(()) => {
                assert_eq!((input, host), (&*good, "box"));
                "good".into()
            }
            Err(why) => why.chars().take(20).collect(),
        }
    });
}

#[test]
fn private_and_public_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    run("private_keys", 300, &["-----BEGIN ", "PRIVATE KEY-----", "AAAA", "=="], |input, _| {
        let text = String::from_utf8_lossy(input);
        let outcome = match (pem::openssh(&text), pem::public_key(&text)) {
            (Ok((key, locked)), _) => format!("{} {locked}", key.algorithm()),
            (_, Ok(key)) => format!("{:?}", key.map(|key| key.algorithm())),
            (Err(one), Err(other)) => format!("{one}, {other}"),
        };
        std::fs::write(&file, input).unwrap();
        let public = keys::public_inside(&file);
        if let Ok(Some(line)) = &public {
            assert!(!line.contains(['\n', '\r']) && keys::parse(line).is_ok(), "{line:?}");
        }
        if let Ok(line) = keys::read_public(&file) {
            assert!(!line.contains(['\n', '\r']) && keys::parse(&line).is_ok(), "{line:?}");
        }
        outcome
    });
}

const OPTIONS: [&str; 12] = [
    "connecttimeout ",
    "proxyjump ",
    "proxycommand ",
    "stricthostkeychecking no\n",
    "hostname ",
    "Include ",
    "Match all\n",
    "Match exec \"true\"\n",
    "Host box\n",
    "Host !box *\n",
    "none",
    "port ",
];

/// An option that does not parse is not set, and a strictness that is no word is the strict one.
#[test]
fn options_that_openssh_prints() {
    run("ssh_options", 2000, &OPTIONS, |input, _| {
        let text = String::from_utf8_lossy(input);
        let alias = openssh::read(&text, "box");
        assert_eq!(format!("{alias:?}"), format!("{:?}", openssh::read(&text, "box")));
        assert!(alias.host_name.as_deref() != Some("box"));
        let lower = text.to_lowercase();
        if !["no", "off", "false"].iter().any(|word| lower.contains(word)) {
            assert_ne!(alias.strictness, super::alias::Strictness::No);
        }
        let own = alias.known_hosts.is_some();
        format!("{:?} {} {own}", alias.strictness, alias.jump.len().min(3))
    });
}

#[test]
fn own_configuration() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    run("ssh_config", 400, &OPTIONS, |input, _| {
        std::fs::write(home.path().join(".ssh/config"), input).unwrap();
        match own_config::look_up(home.path(), "box", &Silent) {
            Ok(alias) => format!("{:?} {}", alias.strictness, alias.identities.len().min(3)),
            Err(error) => {
                assert_eq!(error.code(), crate::Code::Config, "{error}");
                error.causes().concat()
            }
        }
    });
}
