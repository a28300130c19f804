//! Private keys in PEM: OpenSSH's own form and the older ones that clouds hand out, PKCS#1, SEC1 and
//! PKCS#8. Only their public half is taken from them: the SSH library reads the rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Mpint, PrivateKey, PublicKey};

use super::wire_format::{string, u32};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The public half of an unencrypted key; None for an elliptic curve key that is stored without it.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn public_key(text: &str) -> Result<Option<PublicKey>, String> {
    let (label, bytes) = decode(text)?;
    let data = match label {
        "RSA PRIVATE KEY" => rsa(&bytes).map(Some),
        "EC PRIVATE KEY" => ec(&bytes),
        "PRIVATE KEY" => pkcs8(&bytes),
        other => return Err(format!("a key of the kind `{other}` is not supported")),
    };
    let data = data.ok_or("its contents are damaged or incomplete")?;
    Ok(data.map(|data| PublicKey::new(data, "")))
}

/// The public half of a key in OpenSSH's own form (PROTOCOL.key), and whether it is encrypted.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn openssh(text: &str) -> Result<(PublicKey, bool), String> {
    let (_, bytes) = decode(text)?;
    let (key, locked, whole) = container(&bytes).ok_or("its contents are damaged or incomplete")?;
    if !whole {
        return Err("its public and private halves do not fit".to_string());
    }
    // The parser refuses good elliptic curve keys whose number happens to be short.
    let strict = matches!(key.key_data(), KeyData::Ed25519(_) | KeyData::Rsa(_));
    match PrivateKey::from_openssh(text) {
        Err(error) if strict => Err(error.to_string()),
        _ => Ok((key, locked)),
    }
}

/// The public key, whether the private one is encrypted, and whether that is whole as far as it shows.
fn container(bytes: &[u8]) -> Option<(PublicKey, bool, bool)> {
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let cipher = string(&mut rest)?;
    let (_kdf, _options) = (string(&mut rest)?, string(&mut rest)?);
    if u32(&mut rest)? != 1 {
        return None;
    }
    let key = PublicKey::from_bytes(string(&mut rest)?).ok()?;
    let mut private = string(&mut rest)?;
    let locked = cipher != b"none";
    // Two equal numbers, then the kind of the key.
    let whole = locked || {
        let (first, second) = (u32(&mut private)?, u32(&mut private)?);
        first == second && string(&mut private)? == key.algorithm().as_str().as_bytes()
    };
    Some((key, locked, whole))
}

/// The label and the bytes of the first block.
fn decode(text: &str) -> Result<(&str, Vec<u8>), String> {
    let (_, rest) = text.split_once("-----BEGIN ").ok_or("it has no line `-----BEGIN …`")?;
    let (label, rest) = rest.split_once("-----").ok_or("its first line is incomplete")?;
    let end = format!("-----END {label}-----");
    let (body, _) = rest.split_once(&end).ok_or_else(|| format!("it has no line `{end}`"))?;
    let body: String = body.split_whitespace().collect();
    let bytes = STANDARD.decode(body).map_err(|error| format!("its base64 is wrong: {error}"))?;
    Ok((label, bytes))
}

/// The values of a DER encoding, one after another.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the sequence that is all there is.
    fn sequence(bytes: &'a [u8]) -> Option<Der<'a>> {
        let mut all = Der(bytes);
        let inner = all.take(SEQUENCE)?;
        all.0.is_empty().then_some(Der(inner))
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

/// RFC 8017: version, n, e and six numbers of the private half.
fn rsa(bytes: &[u8]) -> Option<KeyData> {
    let mut key = Der::sequence(bytes)?;
    key.take(INTEGER)?;
    let n = Mpint::from_positive_bytes(key.take(INTEGER)?).ok()?;
    let e = Mpint::from_positive_bytes(key.take(INTEGER)?).ok()?;
    (0..6).try_for_each(|_| key.take(INTEGER).map(drop))?;
    Some(KeyData::Rsa(RsaPublicKey { e, n }))
}

/// RFC 5915: version, private key, `[0]` curve, `[1]` public key; the last two are optional.
fn ec(bytes: &[u8]) -> Option<Option<KeyData>> {
    let mut key = Der::sequence(bytes)?;
    key.take(INTEGER)?;
    key.take(OCTET_STRING)?;
    while let Some((tag, content)) = key.next() {
        if tag == 0xa1 {
            // The first byte counts unused bits: none.
            let point = Der(content).take(BIT_STRING)?.strip_prefix(&[0])?;
            return Some(Some(KeyData::Ecdsa(EcdsaPublicKey::from_sec1_bytes(point).ok()?)));
        }
    }
    Some(None)
}

/// RFC 5958: version, algorithm, and one of the other forms.
fn pkcs8(bytes: &[u8]) -> Option<Option<KeyData>> {
    let mut key = Der::sequence(bytes)?;
    key.take(INTEGER)?;
    let algorithm = Der(key.take(SEQUENCE)?).take(IDENTIFIER)?;
    let inner = key.take(OCTET_STRING)?;
    match algorithm {
        RSA => rsa(inner).map(Some),
        EC => ec(inner),
        ED25519 => {
            let seed = Der(inner).take(OCTET_STRING)?.try_into().ok()?;
            Some(Some(KeyData::Ed25519(Ed25519Keypair::from_seed(seed).public)))
        }
        _ => None,
    }
}
