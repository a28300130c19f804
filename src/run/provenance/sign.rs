//! Signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig): by a private key in a file, or by the SSH
//! agent that has its private half.

use std::path::Path;

use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey};

use super::agent;
use crate::run::Run;
use crate::{Code, Error, Result, read};

/// What the signature is for: a signature made for something else does not count here.
const NAMESPACE: &str = "imgctl-provenance";

/// Who signs.
enum Signer {
    Key(Box<PrivateKey>),
    /// Of a kind that only OpenSSH's own program can sign with: the crate mixes up the primes of RSA.
    File,
    /// The private half is in the agent, or can be used by nobody else.
    Agent(PublicKey),
}

/// Looks whether this key can sign.
///
/// # Errors
/// `Code::Config` for a file that does not exist or is no key of OpenSSH, and for one with a passphrase, a public
/// one or one of a token that the SSH agent does not have, and one that `ssh-keygen` does not sign with.
pub fn check(run: &Run, path: &Path) -> Result<()> {
    match signer(path)? {
        Signer::Key(_) => Ok(()),
        Signer::File => {
            let tried = agent::sign_by_file(run, path, NAMESPACE, "");
            tried.map(drop).map_err(|error| error.with_code(Code::Config))
        }
        Signer::Agent(key) => agent::require(run, path, &key),
    }
}

/// The signature of a text, in PEM.
///
/// # Errors
/// As of [`check`], and `Code::Failed` if the agent refuses.
pub fn sign(run: &Run, path: &Path, text: &str) -> Result<String> {
    match signer(path)? {
        Signer::Key(key) => {
            by_key(&key, text).map_err(|error| refused(path, "it failed").cause(error))
        }
        Signer::File => agent::sign_by_file(run, path, NAMESPACE, text),
        Signer::Agent(key) => {
            agent::require(run, path, &key)?;
            agent::sign(run, path, &key, NAMESPACE, text)
        }
    }
}

fn signer(path: &Path) -> Result<Signer> {
    let contents = read::text_of(path, read::MOST, &|| false).map_err(|error| {
        refused(path, "it cannot be read").cause(error).hint(
            "`images.provenance.key` is the path of a private key, or of a public one whose private half the \
             SSH agent has",
        )
    })?;
    if let Ok(key) = PublicKey::from_openssh(contents.trim()) {
        return Ok(Signer::Agent(key));
    }
    if !contents.contains("BEGIN OPENSSH PRIVATE KEY") {
        let shown = path.display();
        return Err(refused(path, "it is not a key in OpenSSH's format").hint(format!(
            "`ssh-keygen -p -f {shown}` rewrites an older one; `ssh-keygen -t ed25519 -f FILE` makes a new one"
        )));
    }
    let key = PrivateKey::from_openssh(&contents)
        .map_err(|error| refused(path, "it is not a private key that can be used").cause(error))?;
    // Of some kinds only the agent knows how to sign, as of those in tokens.
    match key.is_encrypted() {
        false if by_key(&key, "").is_ok() => Ok(Signer::Key(Box::new(key))),
        false if key.algorithm().is_rsa() => Ok(Signer::File),
        _ => Ok(Signer::Agent(key.public_key().clone())),
    }
}

fn by_key(key: &PrivateKey, text: &str) -> ssh_key::Result<String> {
    key.sign(NAMESPACE, HashAlg::Sha512, text.as_bytes())?.to_pem(LineEnding::LF)
}

fn refused(path: &Path, why: &str) -> Error {
    Error::config(format!("cannot sign with {}: {why}", path.display()))
}
