//! Signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig), by a private key in a file.

use std::path::Path;

use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::{Error, Result, read};

/// What the signature is for: one that was made for something else is none for this.
pub const NAMESPACE: &str = "imgctl-provenance";

/// Looks whether this key can sign.
///
/// # Errors
/// As of [`sign`].
pub fn check(path: &Path) -> Result<()> {
    sign(path, "").map(drop)
}

/// The signature of a text, in PEM.
///
/// # Errors
/// `Code::Config` for a file that does not exist, is no private key of OpenSSH, has a passphrase, or belongs to
/// a token.
pub fn sign(path: &Path, text: &str) -> Result<String> {
    let shown = path.display();
    let refused = |why: &str| Error::config(format!("cannot sign with {shown}: {why}"));
    let contents = read::text_of(path, read::MOST, &|| false)
        .map_err(|error| refused("it cannot be read").cause(error).hint(
            "`images.provenance.key` is the path of a private key, or of a public one (`.pub`) whose private half the SSH agent has",
        ))?;
    if !contents.contains("BEGIN OPENSSH PRIVATE KEY") {
        let error = refused("it is no private key in OpenSSH's format");
        return Err(error.hint(format!(
            "`ssh-keygen -p -f {shown}` rewrites an older one; `ssh-keygen -t ed25519 -f FILE` makes a new one"
        )));
    }
    let key = PrivateKey::from_openssh(&contents)
        .map_err(|error| refused("it is no private key that can be used").cause(error))?;
    if key.is_encrypted() {
        return Err(refused("it has a passphrase").hint(format!(
            "add it to your SSH agent (`ssh-add {shown}`) and name its public half, {shown}.pub"
        )));
    }
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, text.as_bytes());
    let signature = signature.and_then(|signature| signature.to_pem(LineEnding::LF));
    signature.map_err(|error| {
        refused("this kind of key cannot be used by imgctl itself")
            .cause(error)
            .hint(format!("add it to your SSH agent and name its public half, {shown}.pub"))
    })
}
