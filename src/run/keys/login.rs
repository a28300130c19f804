//! The key to log in to instances with: the user's own, or one made for each instance of this run, so that
//! a key that is left in an image opens no instance of it.

use std::path::Path;

use crate::config::Selection;
use crate::run::Run;
use crate::ssh::{Identity, keys};
use crate::state::{Document, KeyRecord};
use crate::{Code, Error, Result};

/// The name of the key of a role in the state.
#[must_use]
pub fn purpose(role: &str) -> String {
    if role == "build" { LOGIN.to_owned() } else { format!("{LOGIN}-{role}") }
}

const LOGIN: &str = "login";

/// The key of a role. Instances of an older imgctl have that of `build`.
fn known(run: &Run, role: &str) -> Option<KeyRecord> {
    let keys = run.store.document()?.keys;
    keys.get(&purpose(role)).or_else(|| keys.get(LOGIN)).cloned()
}

/// The private half.
pub fn identity(run: &Run, selection: &Selection, role: &str) -> Result<Identity> {
    if let Some(file) = &selection.common.key_file {
        can_be_used(run, file)?;
        return Ok(Identity::File(file.clone()));
    }
    let known = known(run, role).ok_or_else(|| {
        Error::config("there is no key to log in with")
            .hint("set key_file, or run `imgctl destroy up` for a temporary key")
    })?;
    Ok(Identity::Memory(known.private))
}

/// The public half: of the configured file, else of a pair made for this run.
pub fn public_key(run: &Run, selection: &Selection, role: &str) -> Result<String> {
    check(run, selection)?;
    if let Some(file) = &selection.common.key_file {
        if keys::is_locked(file)? {
            run.unlock(file)?;
        }
        return public_of(file, selection);
    }
    let document = run.store.document();
    let known = |document: Document| document.keys.get(&purpose(role)).cloned();
    if let Some(known) = document.and_then(known) {
        return Ok(known.public);
    }
    let pair = keys::generate("imgctl temporary key")?;
    let record = KeyRecord { private: pair.private, public: pair.public.clone() };
    run.store.update(|document| {
        document.keys.insert(purpose(role), record);
        Ok(())
    })?;
    Ok(pair.public)
}

/// Refuses a key that nobody could log in with, and halves without the other.
pub fn check(run: &Run, selection: &Selection) -> Result<()> {
    if let Some(file) = &selection.common.key_file {
        can_be_used(run, file)?;
        return public_of(file, selection).map(drop);
    }
    if let Some(name) = &selection.common.key_pair {
        let message = format!("key_pair is `{name}`, but key_file is not set");
        return Err(Error::config(message)
            .hint("set key_file to its private key, or remove both for a temporary pair"));
    }
    if let Some(file) = &selection.common.public_key_file {
        return Err(Error::config("public_key_file is set, but key_file is not")
            .cause(format!("it is {}", file.display()))
            .hint("set key_file to its private key, or remove both for a temporary pair"));
    }
    Ok(())
}

/// In `public_key_file` where that is set, else beside the key file or in it.
fn public_of(file: &Path, selection: &Selection) -> Result<String> {
    let Some(named) = &selection.common.public_key_file else {
        return keys::public_of_file(file);
    };
    let public = keys::read_public(named)?;
    // A locked key of an older kind does not show its public half: there is nothing to compare.
    let Some(known) = keys::public_inside(file)? else { return Ok(public) };
    if keys::fingerprint(&known)? == keys::fingerprint(&public)? {
        return Ok(public);
    }
    Err(Error::config(format!("{} does not belong to key_file", named.display()))
        .cause(format!("key_file is {}", file.display()))
        .hint("set public_key_file to the public half of key_file"))
}

/// Refuses a locked key before anything is started: nobody could log in.
fn can_be_used(run: &Run, file: &Path) -> Result<()> {
    if run.ui.interactive() || !keys::is_locked(file)? {
        return Ok(());
    }
    let message = format!("the key {} has a passphrase", file.display());
    Err(Error::new(Code::Config, message)
        .cause("there is no terminal to ask for it")
        .hint("set key_file to a key without a passphrase, or remove it for a temporary key"))
}
