//! Certificates (PROTOCOL.certkeys): of the user's keys, and of host keys by an authority in
//! `known_hosts`. Read here, because the parser of `ssh_key` refuses those that are valid for ever.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signature::Verifier;
use ssh_key::{PublicKey, Signature};

use super::known_hosts::glob;
use super::wire_format::{string, u32, u64};

/// What the names of certificates' kinds end in.
pub(super) const SUFFIX: &str = "-cert-v01@openssh.com";

const HOST: u32 = 2;

/// A certificate that was read and not yet verified.
pub(super) struct Certificate {
    /// The key that is certified.
    pub(super) key: PublicKey,
    /// The authority's key.
    pub(super) authority: PublicKey,
    kind: u32,
    /// The names that it is valid for.
    principals: Vec<String>,
    /// Seconds since 1970.
    valid_after: u64,
    valid_before: u64,
    critical_options: Vec<String>,
    signed: Vec<u8>,
    signature: Signature,
}

impl Certificate {
    /// None: it is not a certificate, or of a kind of key that is not supported.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Certificate> {
        let mut rest = bytes;
        let kind = std::str::from_utf8(string(&mut rest)?).ok()?.strip_suffix(SUFFIX)?;
        let _nonce = string(&mut rest)?;
        // Two numbers of an RSA key, the curve and the point of an elliptic one, or one string.
        let fields = if kind == "ssh-ed25519" { 1 } else { 2 };
        let before = rest;
        (0..fields).try_for_each(|_| string(&mut rest).map(drop))?;
        let fields = &before[..before.len() - rest.len()];
        let length = u32::try_from(kind.len()).ok()?.to_be_bytes();
        let key = [&length, kind.as_bytes(), fields].concat();
        let _serial = u64(&mut rest)?;
        let certified = u32(&mut rest)?;
        let _id = string(&mut rest)?;
        let principals = list(string(&mut rest)?)?;
        let (valid_after, valid_before) = (u64(&mut rest)?, u64(&mut rest)?);
        let critical_options = list(string(&mut rest)?)?.into_iter().step_by(2).collect();
        let (_extensions, _reserved) = (string(&mut rest)?, string(&mut rest)?);
        let authority = PublicKey::from_bytes(string(&mut rest)?).ok()?;
        let signed = bytes[..bytes.len() - rest.len()].to_vec();
        let signature = Signature::try_from(string(&mut rest)?).ok()?;
        rest.is_empty().then_some(Certificate {
            key: PublicKey::from_bytes(&key).ok()?,
            authority,
            kind: certified,
            principals,
            valid_after,
            valid_before,
            critical_options,
            signed,
            signature,
        })
    }

    /// The method by which the authority has signed it.
    pub(super) fn signed_by(&self) -> String {
        self.signature.algorithm().as_str().to_owned()
    }

    /// Checks it for a host.
    ///
    /// # Errors
    /// Why it is not valid for this host.
    pub(super) fn verify(&self, host: &str, authorities: &[PublicKey]) -> Result<(), String> {
        if self.kind != HOST {
            return Err("it is the certificate of a user, not of a host".to_string());
        }
        if !authorities.iter().any(|key| key.key_data() == self.authority.key_data()) {
            return Err("it is signed by another authority".to_string());
        }
        if self.authority.key_data().verify(&self.signed, &self.signature).is_err() {
            return Err("its signature is wrong".to_string());
        }
        let host = host.to_lowercase();
        if !self.principals.iter().any(|name| glob(&name.to_lowercase(), &host)) {
            return Err(format!("it is valid for other names: {}", self.principals.join(", ")));
        }
        if let Some(option) = self.critical_options.first() {
            return Err(format!("it has the unknown critical option {option}"));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if now < self.valid_after || now >= self.valid_before {
            return Err("it has expired, or is not valid yet".to_string());
        }
        Ok(())
    }
}

fn list(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        all.push(String::from_utf8_lossy(string(&mut bytes)?).into_owned());
    }
    Some(all)
}

/// The bytes of a line `ssh-ed25519-cert-v01@openssh.com AAAA… comment`.
pub(super) fn bytes(line: &str) -> Option<Vec<u8>> {
    STANDARD.decode(line.split_whitespace().nth(1)?).ok()
}

/// The lines of the certificates of a key: those of `files` that belong to it, and `KEY-cert.pub`.
pub(super) fn of_key(
    public: Option<&PublicKey>,
    key: Option<&Path>,
    files: &[PathBuf],
) -> Vec<String> {
    let Some(public) = public else { return Vec::new() };
    let beside = key.map(|key| {
        let mut name = key.as_os_str().to_owned();
        name.push("-cert.pub");
        PathBuf::from(name)
    });
    let texts = files.iter().chain(&beside).filter_map(|file| crate::read::text(file).ok());
    let belongs = |text: &String| {
        let certificate = bytes(text).and_then(|bytes| Certificate::from_bytes(&bytes));
        certificate.is_some_and(|it| it.key.key_data() == public.key_data())
    };
    texts.filter(belongs).map(|text| text.trim().to_string()).collect()
}
