//! The SSH agent, asked by OpenSSH's own programs: it may hold keys with a passphrase, and those of tokens.

use std::path::Path;
use std::time::Duration;

use ssh_key::PublicKey;
use tokio::process::Command;

use crate::run::Run;
use crate::run::program::{self, Bounds, Ended};
use crate::{Code, Error, Result, said};

/// For an answer that asks nobody.
const TO_LIST: Duration = Duration::from_secs(20);
/// Somebody may have to touch a token, or to confirm the use.
const TO_SIGN: Duration = Duration::from_secs(120);
/// Bytes of each stream.
const KEEP: u64 = 1 << 20;

/// Looks whether the agent has the private half of this key.
///
/// # Errors
/// `Code::Config` if it has not, or there is no agent.
pub fn require(run: &Run, path: &Path, key: &PublicKey) -> Result<()> {
    let mut command = Command::new("ssh-add");
    command.arg("-L");
    let ended = execute(run, command, "ssh-add -L", TO_LIST)?;
    let listed = String::from_utf8_lossy(&ended.stdout);
    let is_there = listed
        .lines()
        .filter_map(|line| PublicKey::from_openssh(line).ok())
        .any(|listed| listed.key_data() == key.key_data());
    if is_there {
        return Ok(());
    }
    let shown = path.display();
    let message = format!("cannot sign with {shown}: the SSH agent does not have its private key");
    let error = words(&ended).fold(Error::config(message), |error, line| error.cause(line));
    // The public half stands beside the private one under this name.
    let is_public = path.extension().is_some_and(|end| end == "pub");
    let private = if is_public { path.with_extension("") } else { path.to_owned() };
    let private = private.display();
    Err(error.hint(format!(
        "`ssh-add {private}` adds it; a key that no agent has must be without a passphrase"
    )))
}

/// The signature of a text, in PEM.
///
/// # Errors
/// `Code::Failed` if the agent refuses, `Code::Timeout` if nobody confirms.
pub fn sign(
    run: &Run,
    path: &Path,
    key: &PublicKey,
    namespace: &str,
    text: &str,
) -> Result<String> {
    let failed = || Error::failed(format!("the SSH agent did not sign with {}", path.display()));
    let folder = tempfile::tempdir().map_err(|error| failed().cause(error))?;
    let public = folder.path().join("key.pub");
    let line = key.to_openssh().map_err(|error| failed().cause(error))?;
    std::fs::write(&public, line).map_err(|error| failed().cause(error))?;
    keygen(run, &public, namespace, text, &failed)
}

/// The signature by a private key in a file without a passphrase, which needs no agent.
///
/// # Errors
/// `Code::Failed` in the words of `ssh-keygen`.
pub fn sign_by_file(run: &Run, path: &Path, namespace: &str, text: &str) -> Result<String> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let failed = || Error::failed(format!("`ssh-keygen` did not sign with {}", path.display()));
    keygen(run, &path, namespace, text, &failed)
}

fn keygen(
    run: &Run,
    key: &Path,
    namespace: &str,
    text: &str,
    failed: &dyn Fn() -> Error,
) -> Result<String> {
    let folder = tempfile::tempdir().map_err(|error| failed().cause(error))?;
    let signed = folder.path().join("text");
    std::fs::write(&signed, text).map_err(|error| failed().cause(error))?;
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(key).arg(&signed);
    let ended = execute(run, command, "ssh-keygen -Y sign", TO_SIGN)?;
    if !ended.status.success() {
        return Err(words(&ended).fold(failed(), |error, line| error.cause(line)));
    }
    let path = folder.path().join("text.sig");
    std::fs::read_to_string(path).map_err(|error| failed().cause(error))
}

fn execute(run: &Run, mut command: Command, shown: &str, timeout: Duration) -> Result<Ended> {
    // Nobody sits at its terminal.
    command.env("SSH_ASKPASS_REQUIRE", "never");
    let bounds = Bounds { timeout: Some(timeout), keep: KEEP };
    run.finish(program::run(command, shown, &bounds, &run.watch)).map_err(|error| {
        match error.code() {
            Code::Io => error.hint("install OpenSSH's client, or correct PATH"),
            _ => error,
        }
    })
}

/// What it said about its failure.
fn words(ended: &Ended) -> impl Iterator<Item = String> {
    said::lines(&ended.stderr).into_iter()
}
