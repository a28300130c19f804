//! The forms in which programs print a secret: base64, percent-encoded, quoted and so on.

use std::fmt::Write;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, PAD};

/// A derived form shorter than this would hide text that is no secret.
const SHORTEST: usize = 6;

/// All forms, the value itself first. A blank value has no forms.
pub fn of(value: &str) -> Vec<String> {
    let whole = value.trim();
    if whole.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![value.to_owned(), whole.to_owned()];
    let lines = whole.lines().map(str::trim).filter(|line| line.len() >= SHORTEST);
    // The frame lines of key files are public and common.
    let secret_lines: Vec<&str> = lines.filter(|line| !line.starts_with("-----")).collect();
    if whole.contains('\n') {
        forms.extend(secret_lines.iter().map(|line| (*line).to_owned()));
        // The same with other line ends, and in one line with `\n`.
        forms.push(whole.replace("\r\n", "\n"));
        forms.push(whole.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    let mut derived = Vec::new();
    for text in [value, whole] {
        base64(text.as_bytes(), &mut derived);
        derived.extend(hexadecimal(text.as_bytes()));
        derived.extend(percent(text));
        derived.extend(quoted(text));
    }
    forms.extend(derived.into_iter().filter(|form| form.len() >= SHORTEST));
    forms
}

/// Alone, and inside a longer text: there the value begins at one of three positions within a base64
/// group, and only the characters that encode no neighbouring byte are always the same.
fn base64(bytes: &[u8], forms: &mut Vec<String>) {
    for letters in [alphabet::STANDARD, alphabet::URL_SAFE] {
        forms.push(GeneralPurpose::new(&letters, PAD).encode(bytes));
        let unpadded = GeneralPurpose::new(&letters, NO_PAD);
        forms.push(unpadded.encode(bytes));
        for before in 0..3_usize {
            let encoded = unpadded.encode([&b"\0\0"[..before], bytes].concat());
            let first = (8 * before).div_ceil(6);
            let last = 8 * (before + bytes.len()) / 6;
            forms.extend(encoded.get(first..last).map(str::to_owned));
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> [String; 2] {
    let mut lower = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(lower, "{byte:02x}");
    }
    let upper = lower.to_uppercase();
    [lower, upper]
}

/// In URLs and in forms, with hexadecimal digits of either case.
fn percent(text: &str) -> Vec<String> {
    let encode = |space: &str, upper: bool, kept: &str| {
        text.bytes().fold(String::new(), |mut encoded, byte| {
            let plain = byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte);
            // Writing to a string cannot fail.
            let _ = match (byte, upper) {
                (b' ', _) => write!(encoded, "{space}"),
                _ if plain => write!(encoded, "{}", char::from(byte)),
                (_, true) => write!(encoded, "%{byte:02X}"),
                (_, false) => write!(encoded, "%{byte:02x}"),
            };
            encoded
        })
    };
    // The characters that common encoders keep: in a path segment, a path, a value, a whole URL.
    let kept = ["-._~", "-._~/", "-._~!*'()", "-._~!$&'()*+,;=", "-._~!$&'()*+,;=:@/?"];
    let mut forms = Vec::new();
    for upper in [true, false] {
        forms.extend(kept.map(|kept| encode("%20", upper, kept)));
        forms.extend(["*-._", "-._~"].map(|kept| encode("+", upper, kept)));
    }
    forms
}

/// As text in JSON, HTML, YAML and the shell, without the quotes around it.
fn quoted(text: &str) -> Vec<String> {
    let json = serde_json::Value::from(text).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let ascii = json.chars().fold(String::new(), |mut ascii, c| {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
        ascii
    });
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let backslashed = text.chars().fold(String::new(), |mut escaped, c| {
        if !c.is_alphanumeric() && !"_-./:=@%+~\n".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    });
    let double = ['\\', '"', '$', '`']
        .into_iter()
        .fold(text.to_owned(), |text, c| text.replace(c, &format!("\\{c}")));
    let shlex = shlex::try_quote(text).map(std::borrow::Cow::into_owned).ok();
    let mut forms = vec![
        json.replace('/', "\\/"),
        json.replace("\\n", "\\\\n"),
        ascii,
        html.replace('"', "&quot;").replace('\'', "&#39;"),
        html.replace('"', "&quot;").replace('\'', "&#x27;"),
        html.replace('"', "&#34;").replace('\'', "&#39;"),
        html,
        json,
        backslashed,
        double,
        text.replace('\'', "''"),
        text.replace('\'', r"'\''"),
        text.replace('\'', r#"'"'"'"#),
    ];
    forms.extend(shlex);
    forms
}
