//! Key pairs: generated for one run, or read from files.

use std::path::Path;

use ssh_key::public::RsaPublicKey;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey};

use super::pem;
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
/// `Code::Config` if the file does not exist or is no private key, if `PATH.pub` belongs to another
/// key, or if neither file shows the public half.
pub fn public_of_file(path: &Path) -> Result<String> {
    let inner = match inspect(path)? {
        Private::Open(public) | Private::Locked(public) => public,
    };
    let beside = beside(path);
    if beside.exists() {
        let line = read_public(&beside)?;
        let other = |key: &PublicKey| parse(&line).is_ok_and(|it| it.key_data() != key.key_data());
        if inner.as_ref().is_some_and(other) {
            return Err(Error::config(format!(
                "{} does not belong to {}",
                beside.display(),
                path.display()
            ))
            .hint(format!(
                "remove it, or write it anew: ssh-keygen -y -f {0} > {0}.pub",
                path.display()
            )));
        }
        return Ok(line);
    }
    let line = inner.and_then(|key| key.to_openssh().ok());
    line.ok_or_else(|| {
        Error::config(format!("the public half of the key {} is not known", path.display())).hint(
            format!("run `ssh-keygen -y -f {0} > {0}.pub` to write it to a file", path.display()),
        )
    })
}

/// The public line that a private key file itself shows, if it does.
///
/// # Errors
/// `Code::Config` if the file does not exist or is no private key.
pub fn public_inside(path: &Path) -> Result<Option<String>> {
    let (Private::Open(public) | Private::Locked(public)) = inspect(path)?;
    Ok(public.and_then(|key| key.to_openssh().ok()))
}

/// A private key file that can be read, with its public half if it shows that.
enum Private {
    Open(Option<PublicKey>),
    /// It needs a passphrase.
    Locked(Option<PublicKey>),
}

/// Reads a private key as far as that is possible without its passphrase, so that a broken one is
/// found before a machine is started that nobody could log in to.
fn inspect(path: &Path) -> Result<Private> {
    let text = read(path)?;
    let broken = |why: String| {
        let error =
            Error::config(format!("{} is not a usable private key", path.display())).cause(why);
        match PublicKey::from_openssh(text.trim()) {
            Ok(_) => error.hint("name the private key file, without .pub"),
            Err(_) => error.hint("restore it from a copy, or name another private key file"),
        }
    };
    let strong = |public: PublicKey| match public.key_data().rsa().map(bits) {
        Some(bits) if bits < LEAST_BITS => {
            Err(broken(format!("it has {bits} bits, and servers accept {LEAST_BITS} or more")))
        }
        _ => Ok(public),
    };
    if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        let (public, locked) = pem::openssh(&text).map_err(broken)?;
        let public = strong(public)?;
        let state = if locked { Private::Locked } else { Private::Open };
        return Ok(state(Some(public)));
    }
    if text.contains("PRIVATE KEY-----") && text.contains("ENCRYPTED") {
        return Ok(Private::Locked(None));
    }
    let public = pem::public_key(&text).map_err(broken)?;
    public.map(strong).transpose().map(Private::Open)
}

/// OpenSSH's servers refuse RSA keys that are shorter, whatever is configured.
const LEAST_BITS: usize = 1024;

pub(super) fn bits(key: &RsaPublicKey) -> usize {
    let bytes = key.n.as_positive_bytes().unwrap_or_default();
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    (bytes.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default())
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
/// `Code::Config` if the file does not exist or is no private key.
pub fn is_locked(path: &Path) -> Result<bool> {
    Ok(matches!(inspect(path)?, Private::Locked(_)))
}

fn read(path: &Path) -> Result<String> {
    crate::read::text(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::config(format!("key file {} does not exist", path.display()))
                .hint("name an existing file, or omit it for a temporary key")
        }
        std::io::ErrorKind::Interrupted => Error::interrupted(),
        _ => Error::config(format!("cannot read the key file {}", path.display()))
            .cause(error)
            .hint("name a key file that you can read, or omit it for a temporary key"),
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
