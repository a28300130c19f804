//! Random secrets, in random forms, cut at random places: no part of eight bytes is ever shown.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use fastrand::Rng;

use super::{Secrets, squeeze};
use crate::fuzz::run;

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SIGNS: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ äß日";

/// At least four letters: a secret of quotes alone is left to its quotes.
fn secret(random: &mut Rng, longest: usize) -> String {
    let letters: Vec<char> = LETTERS.chars().collect();
    let all: Vec<char> = LETTERS.chars().chain(SIGNS.chars()).chain(SIGNS.chars()).collect();
    let mut secret: Vec<char> = (0..4).map(|_| letters[random.usize(..letters.len())]).collect();
    secret.extend((0..random.usize(0..longest - 4)).map(|_| all[random.usize(..all.len())]));
    random.shuffle(&mut secret);
    let secret: String = secret.into_iter().collect();
    secret.trim().to_owned()
}

fn hexadecimal(text: &str, separator: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator)
}

/// The text in the n-th form.
fn form(text: &str, number: usize) -> String {
    match number {
        0 => text.to_owned(),
        1 => shlex::try_quote(&format!("-p{text}")).unwrap().into_owned(),
        2 => format!("'{}'", text.replace('\'', r#"'"'"'"#)),
        3 => serde_json::Value::from(text).to_string(),
        4 => format!("{text:?}"),
        5 => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&#34;"),
        6 => text.bytes().fold(String::new(), |mut encoded, byte| {
            let _ = match byte.is_ascii_alphanumeric() {
                true => write!(encoded, "{}", char::from(byte)),
                false => write!(encoded, "%{byte:02X}"),
            };
            encoded
        }),
        7 => BASE64_STANDARD.encode(text),
        8 => BASE64_URL_SAFE_NO_PAD.encode(format!("user:{text}\n")),
        9 => hexadecimal(text, ""),
        10 => hexadecimal(text, ":").to_uppercase(),
        11 => hexadecimal(text, " "),
        LIST => format!("{:?}", text.as_bytes()),
        _ => text.chars().fold(String::new(), |mut escaped, c| {
            if !c.is_alphanumeric() {
                escaped.push('\\');
            }
            escaped.push(c);
            escaped
        }),
    }
}

/// Of each test.
const RUNS: u64 = 300;
/// What other programs print around a secret.
const WORDS: [&str; 12] = [
    "password=",
    "\"",
    "'",
    "\\",
    "%",
    "&quot;",
    "\\x",
    "[104, 117",
    "aGVsbG8",
    "68656c6c6f",
    "\u{1b}[0m",
    "\r",
];
const FORMS: usize = 14;
const LIST: usize = 12;

/// Whether eight bytes of the secret can be read in the text: as they are, without quotes, or in an
/// encoding.
fn shows(shown: &str, secret: &str, written: &str, encoded: bool) -> bool {
    let part = |of: &[u8], shown: &[u8], length: usize| {
        let mut parts = of.windows(length.min(of.len()).max(1));
        parts.any(|part| shown.windows(part.len()).any(|window| window == part))
    };
    let plain: Vec<u8> = shown.bytes().filter(|byte| *byte != b'\n').collect();
    let [squeezed, _] = squeeze::values(secret.as_bytes());
    let [plain_squeezed, _] = squeeze::values(&plain);
    // As many letters of the encoding as eight bytes need, and those that they share with others.
    let needed = (written.len() * 8).div_ceil(secret.len().max(8)) + 4;
    part(secret.as_bytes(), &plain, 8)
        || part(&squeezed, &plain_squeezed, 8)
        || encoded && needed <= written.len() && part(written.as_bytes(), &plain, needed)
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(width).map(|line| line.iter().collect()).collect()
}

/// What stands before and after a secret: a part of the input.
fn around(input: &[u8], random: &mut Rng) -> (String, String) {
    let cut = random.usize(..=input.len());
    let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    (text(&input[..cut]), text(&input[cut..]))
}

#[test]
fn no_part_of_a_secret_is_shown_in_any_form_or_two_forms_within_each_other() {
    run("redactor", RUNS, &WORDS, |input, random| {
        let secret = secret(random, 40);
        let secrets = Secrets::default();
        secrets.add("another-value");
        secrets.add(&secret);
        let (before, after) = around(input, random);
        let (inner, outer) = (random.usize(..FORMS), random.usize(..FORMS));
        let written = form(&form(&secret, inner), outer);
        let shown = secrets.redact(&format!("{before} {written} {after}"));
        assert!(
            !shows(&shown, &secret, &written, (6..13).contains(&outer)),
            "{inner} {outer} {secret:?}\n{written}\n{shown}"
        );
        // Nobody cuts numbers of a list in halves.
        if inner == LIST || outer == LIST {
            return "a list".into();
        }
        let lines = wrap(&written, random.usize(20..100));
        let shown = secrets.redact(&lines.join("\n"));
        assert!(
            !shows(&shown, &secret, &written, (6..13).contains(&outer)),
            "{inner} {outer} {secret:?}\n{lines:?}\n{shown}"
        );
        format!("{} {}", char::from(b'a' + inner as u8), char::from(b'a' + outer as u8))
    });
}

#[test]
fn no_part_of_a_secret_is_shown_in_the_lines_and_pieces_of_a_stream() {
    run("redactor", RUNS, &WORDS, |input, random| {
        let secret = secret(random, 40);
        let secrets = Secrets::default();
        secrets.add(&secret);
        let (before, after) = around(input, random);
        let width = random.usize(1..20);
        let outer = random.usize(0..7);
        let written = form(&secret, outer);
        let text = format!("{before} {written} {after}");
        let shown: Vec<String> =
            wrap(&text, width).iter().map(|piece| secrets.redact_next("h", piece)).collect();
        assert!(
            !shows(&shown.concat(), &secret, &written, outer == 6),
            "{width} {outer} {secret:?}\n{text:?}\n{shown:?}"
        );
        format!("{}", char::from(b'a' + outer as u8))
    });
}

#[test]
fn other_text_stays_as_it_is() {
    let secrets = Secrets::default();
    for secret in ["hunter2-and-more", "k9/x+Y", "it's", "0123456789abcdef"] {
        secrets.add(secret);
    }
    for line in [
        "Get:1 http://deb.debian.org/debian bookworm/main amd64 libc6 amd64 2.36-9+deb12u4 [2757 kB]",
        "its own 'quoted' words \\ and %20 escapes &amp; more\n  indented",
        "sha256:6f7faa5bd3ee7c2a3f5ad2e0c3d5bba2f0c3e96bb3dd4a6fcbd70bd0a1f2b6cd",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sQ3qBzrGSLcIYk8nDJ1o9r6hZ5n2u6wQ1e2m3n4o5 a@b",
        "[1, 2, 3, 104, 117, 110]",
    ] {
        assert_eq!(secrets.redact(line), line);
        assert_eq!(secrets.redact_next("h", line), line);
    }
}

#[test]
fn a_thousand_secrets_and_a_long_one_are_searched_at_once() {
    let secrets = Secrets::default();
    for number in 0..1000 {
        secrets.add(&format!("secret-number-{number}-{number:x}"));
        // Some are asked for while others are still to come.
        if number % 100 == 0 {
            assert_eq!(
                secrets.redact(&format!("a secret-number-{number}-{number:x} b")),
                "a *** b"
            );
        }
    }
    for number in 0..1000 {
        assert_eq!(secrets.redact(&format!("a secret-number-{number}-{number:x} b")), "a *** b");
    }
    let mut random = Rng::with_seed(1);
    let long: String = (0..200_000).map(|_| char::from(b'a' + random.u8(..26))).collect();
    secrets.add(&long);
    assert_eq!(secrets.redact(&format!("a {long} b")), "a *** b");
}

#[test]
fn letters_that_stand_apart_and_those_in_utf_16_are_hidden() {
    let secret = "S3cr3t-Value-77 of four words";
    let secrets = Secrets::default();
    secrets.add(secret);
    let apart = |text: &str| text.chars().map(|c| format!("{c:>4}")).collect::<String>();
    let shown = secrets.redact(&format!("0000000{}\n0000020", apart(&secret[..15])));
    assert!(!shown.contains("S   3") && shown.starts_with("0000000"), "{shown}");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide: Vec<u8> = secret.encode_utf16().flat_map(bytes).collect();
        let encoded = BASE64_STANDARD.encode(wide);
        let shown = secrets.redact(&format!("-e {encoded} x"));
        let seen = (0..encoded.len() - 8).any(|at| shown.contains(&encoded[at..at + 8]));
        assert!(!seen, "{shown}");
    }
    let letters = "a b c d e f g h i j k l";
    assert_eq!(secrets.redact(letters), letters);
}

/// What programs that everybody has make of a text.
fn printed(program: &str, text: &str) -> String {
    use std::io::Write;
    let mut command = std::process::Command::new("sh");
    command.args(["-c", program]).stdin(std::process::Stdio::piped());
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn forms_that_programs_print_are_hidden() {
    let secret = "Hunter2/and+more=77";
    let secrets = Secrets::default();
    secrets.add(secret);
    let python = |code: &str| {
        format!("python3 -c 'import sys, base64, quopri, html; t = sys.stdin.read(); {code}'")
    };
    for program in [
        "base32".to_owned(),
        "base32 -w 20".to_owned(),
        "base32 | tr A-Z a-z | tr -d =".to_owned(),
        "tr a-z A-Z".to_owned(),
        "tr A-Z a-z".to_owned(),
        "tr a-z A-Z | base64".to_owned(),
        "basenc --base64url | tr -d =".to_owned(),
        "od -x".to_owned(),
        "od -A x -t x4".to_owned(),
        "od -t x1".to_owned(),
        "od -t x1z".to_owned(),
        "od -c".to_owned(),
        python("print(str().join(f\"%{b:02x}\" for b in t.encode()))"),
        python("print(str().join(f\"\\\\u{ord(c):04x}\" for c in t))"),
        python("print(str().join(f\"={b:02X}\" for b in t.encode()))"),
        python("print(quopri.encodestring((\"x\" * 70 + t).encode()).decode())"),
        python("print(str().join(f\"&#{ord(c)};\" for c in t))"),
        python(
            "print(t.replace(\"/\", \"&sol;\").replace(\"+\", \"&plus;\").replace(\"=\", \"&equals;\"))",
        ),
    ] {
        let all = ["", "x", "xy", "xyz", "0123456789a"];
        // What most lines of Python print has no groups that a letter before it would move.
        let befores = if program.starts_with("python3") && !program.contains("quopri") {
            &all[..2]
        } else {
            &all[..]
        };
        for before in befores {
            let text = printed(&program, &format!("{before}{secret}"));
            assert!(!text.is_empty(), "{program}");
            let shown = secrets.redact(&text);
            // Of what is shown, no eight letters or digits in a row are of the secret's form.
            assert!(shown.contains("***"), "{program} {before:?}\n{text}\n{shown}");
            let lower = shown.to_lowercase();
            assert!(
                !lower.contains("hunter2") && !lower.contains("and+more"),
                "{program}\n{shown}"
            );
        }
    }
}

#[test]
fn dumps_are_hidden_across_their_lines() {
    let secrets = Secrets::default();
    secrets.add("hunter2!");
    let xxd = "00000000: 3031 3233 3435 3637 3839 6162 6875 6e74  0123456789abhunt\n\
               00000010: 6572 3221 0a                             er2!.\n";
    let hexdump = "00000000  30 31 32 33 34 35 36 37  38 39 61 62 68 75 6e 74  |0123456789abhunt|\n\
                   00000010  65 72 32 21 0a                                    |er2!.|\n00000015\n";
    let little = "00000000: 33323130 37363534 62613938 746e7568  0123456789abhunt\n\
                  00000010: 21327265       0a                    er2!.\n";
    for dump in [xxd, hexdump, little] {
        let shown = secrets.redact(dump);
        for part in [
            "hunt",
            "er2!",
            "6875 6e74",
            "68 75 6e 74",
            "746e7568",
            "6572 3221",
            "65 72 32",
            "21327265",
        ] {
            assert!(!shown.contains(part), "{part} in\n{shown}");
        }
        assert!(shown.starts_with("00000000"), "{shown}");
    }
}

#[test]
fn words_are_no_secrets_in_another_case() {
    let secrets = Secrets::default();
    for secret in ["Debian", "Password", "x7Q", "ROOTPW1"] {
        secrets.add(secret);
    }
    for line in ["debian 12 asks for a password", "X7Q and x7q", "rootpw1=", "PASSWORD", "=44=45"] {
        assert_eq!(secrets.redact(line), line);
    }
}
