//! Key pairs: generated for one run, or read from files.

use std::path::Path;

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey};

use crate::{Code, Error, Result};

/// A key pair in the format of OpenSSH's files.
pub struct KeyPair {
    /// OpenSSH PEM, not encrypted.
    pub private: String,
    /// `ssh-ed25519 AAAA… comment`, without a newline.
    pub public: String,
}

/// Generates an ed25519 key pair, to log in with or as a host key.
pub fn generate(comment: &str) -> Result<KeyPair> {
    let failed = |error: ssh_key::Error| Error::failed("cannot generate a key pair").cause(error);
    let mut key =
        PrivateKey::random(&mut ssh_key::rand_core::OsRng, Algorithm::Ed25519).map_err(failed)?;
    key.set_comment(comment);
    let private = key.to_openssh(LineEnding::LF).map_err(failed)?.to_string();
    let public = key.public_key().to_openssh().map_err(failed)?;
    Ok(KeyPair { private, public })
}

/// The public line for a private key file: from `PATH.pub` if that exists, else from the key itself.
///
/// # Errors
/// `Code::Config` if the file does not exist, or if neither file contains a readable key.
pub fn public_of_file(path: &Path) -> Result<String> {
    let text = read(path)?;
    let beside = beside(path);
    if beside.exists() {
        return read_public(&beside);
    }
    let key = PrivateKey::from_openssh(&text).map_err(|error| unreadable(path, error))?;
    key.public_key().to_openssh().map_err(|error| unreadable(path, error))
}

/// The public line in a public key file.
///
/// # Errors
/// `Code::Config` if the file does not exist or does not contain exactly one public key.
pub fn read_public(path: &Path) -> Result<String> {
    let text = read(path)?;
    // The parser would take a second line for a part of the comment, and so let in another key.
    if text.trim().lines().count() > 1 {
        let message = format!("{} contains more than one line", path.display());
        return Err(Error::config(message).hint("write one line such as `ssh-ed25519 AAAA… name`"));
    }
    let key = PublicKey::from_openssh(text.trim()).and_then(|key| key.to_openssh());
    key.map_err(|error| {
        Error::config(format!("{} contains no public key", path.display()))
            .cause(error)
            .hint("write one line such as `ssh-ed25519 AAAA… name`")
    })
}

/// Whether a private key file needs a passphrase.
///
/// # Errors
/// `Code::Config` if the file does not exist.
pub fn is_locked(path: &Path) -> Result<bool> {
    let text = read(path)?;
    Ok(match PrivateKey::from_openssh(&text) {
        Ok(key) => key.is_encrypted(),
        Err(_) => text.contains("ENCRYPTED"),
    })
}

fn read(path: &Path) -> Result<String> {
    crate::read::text(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::config(format!("key file {} does not exist", path.display()))
                .hint("name an existing file, or omit it for a temporary key")
        }
        _ => Error::io("read the key file", path, error),
    })
}

/// `SHA256:…` of a public key line.
pub fn fingerprint(line: &str) -> Result<String> {
    Ok(parse(line)?.fingerprint(HashAlg::Sha256).to_string())
}

/// `PATH.pub`
pub(super) fn beside(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// Reads a public key line.
pub(super) fn parse(line: &str) -> Result<PublicKey> {
    PublicKey::from_openssh(line.trim()).map_err(|error| {
        Error::new(Code::Config, format!("`{}` is not a public key", line.trim())).cause(error)
    })
}

fn unreadable(path: &Path, error: ssh_key::Error) -> Error {
    Error::new(Code::Config, format!("cannot read the key {}", path.display())).cause(error).hint(
        format!(
            "run `ssh-keygen -y -f {0} > {0}.pub` to write its public key to a file",
            path.display()
        ),
    )
}
