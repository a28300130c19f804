//! The key pair a server is started with.

use super::OpenStack;
use super::compute::key_pairs::KeyPair;
use super::mark::Mark;
use crate::cloud::{Call, Launch, ResourceKind};
use crate::{Error, Result};

/// Its name, after making sure that the cloud has it with the right key.
pub async fn ensure(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<String> {
    let public = &public_key(cloud, launch)?;
    if let Some(name) = &launch.key_pair {
        upload_or_compare(cloud, name, public, call).await?;
        return Ok(name.clone());
    }
    let intent = call.ledger.intend(ResourceKind::KeyPair, &launch.role, &[])?;
    let name = Mark::of(&intent, call).key_pair();
    upload_or_compare(cloud, &name, public, call).await?;
    call.ledger.created(&intent.token, &name, &[("name", &name)])?;
    Ok(name)
}

/// Before anything is made: a named key pair that holds another key would lock us out.
pub async fn check(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<()> {
    let public = public_key(cloud, launch)?;
    let Some(name) = &launch.key_pair else { return Ok(()) };
    match find(cloud, name, call).await? {
        Some(known) => compare(&known, &public),
        None => Ok(()),
    }
}

async fn find(cloud: &OpenStack, name: &str, call: &Call) -> Result<Option<KeyPair>> {
    let known = cloud.compute.key_pairs(&cloud.client, &call.watch).await?;
    Ok(known.into_iter().find(|pair| pair.name == name))
}

async fn upload_or_compare(cloud: &OpenStack, name: &str, public: &str, call: &Call) -> Result<()> {
    if let Some(known) = find(cloud, name, call).await? {
        return compare(&known, public);
    }
    if cloud.compute.upload_key_pair(&cloud.client, name, public, &call.watch).await? {
        return Ok(());
    }
    // Somebody was quicker.
    match find(cloud, name, call).await? {
        Some(known) => compare(&known, public),
        None => Err(Error::failed(format!("key pair {name} is taken, and cannot be seen"))),
    }
}

/// The login key's line; the one of the public key file, where the settings name one.
fn public_key(cloud: &OpenStack, launch: &Launch) -> Result<String> {
    let Some(login) = launch.authorized_keys.first() else {
        return Err(Error::config("there is no key to log in with").hint("set key_file"));
    };
    let Some(path) = &cloud.options.public_key_file else { return Ok(login.clone()) };
    if !cloud.options.has_key_file {
        return Err(Error::config("public_key_file is set, but key_file is not")
            .cause(format!("it is {}", path.display()))
            .hint("set key_file to the private key, or neither for a temporary pair"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::config(format!("cannot read the public key {}", path.display()))
            .cause(error)
            .hint("public_key_file must hold the public half of key_file")
    })?;
    if key(&text) == key(login) {
        return Ok(text.trim().to_owned());
    }
    Err(Error::config(format!("{} does not belong to key_file", path.display()))
        .hint("public_key_file must hold the public half of key_file"))
}

/// A comment is no part of the key.
fn key(line: &str) -> Vec<&str> {
    line.split_whitespace().take(2).collect()
}

fn compare(known: &KeyPair, public: &str) -> Result<()> {
    if known.public_key.is_empty() || key(&known.public_key) == key(public) {
        return Ok(());
    }
    Err(Error::config(format!("key pair {} of the cloud holds another key", known.name))
        .cause(format!("its fingerprint is {}, of {}", known.fingerprint, shown(&known.public_key)))
        .cause(format!("key_file is {}", shown(public)))
        .hint("set key_file to the private key of that pair, or key_pair to another name"))
}

/// Enough of a key to tell it from others.
fn shown(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let key = words.get(1).copied().unwrap_or_default();
    let end = key.len().saturating_sub(12);
    let kind = words.first().copied().unwrap_or_default();
    format!("{kind} …{} {}", &key[end..], words.get(2).copied().unwrap_or_default())
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(public_key: &str) -> KeyPair {
        KeyPair { name: "ci".into(), public_key: public_key.into(), fingerprint: "aa:bb".into() }
    }

    #[test]
    fn a_comment_is_no_part_of_the_key() {
        assert!(compare(&pair("ssh-ed25519 AAAA me@home\n"), "ssh-ed25519 AAAA ci").is_ok());
        let error = compare(&pair("ssh-ed25519 AAAA me"), "ssh-ed25519 BBBB me").unwrap_err();
        assert!(error.to_string().contains("aa:bb"), "{error}");
    }
}
