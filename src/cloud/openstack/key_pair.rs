//! The key pair that a server is started with.

use std::time::Duration;

use super::asking::{self, Seen};
use super::compute::key_pairs::{KeyPair, Uploaded};
use super::looks;
use super::provider::{OpenStack, SETTLING, patience};
use super::tags::RunTags;
use crate::cloud::grace::Grace;
use crate::cloud::wait::Patience;
use crate::cloud::{Call, Launch, ResourceKind, refusals};
use crate::report::Level;
use crate::{Code, Error, Result};

/// The name of the key pair, which the cloud has with the right key when this returns. None: nova does not take
/// the temporary key, and cloud-init installs it, as it does every key.
pub async fn ensure(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Option<String>> {
    let public = &public_key(cloud, launch)?;
    if let Some(name) = &launch.key_pair {
        return match upload_or_compare(cloud, name, public, call).await? {
            Some(refusal) => Err(refusal.with_code(Code::Config).hint(
                "set `key_file` to an RSA key: `ssh-keygen -t rsa -b 4096`; older clouds know no other kind",
            )),
            None => Ok(Some(name.clone())),
        };
    }
    let intent = call.ledger.intend(ResourceKind::KeyPair, &launch.role, &[])?;
    let name = RunTags::of(&intent, call).key_pair_name();
    if let Some(refusal) = upload_or_compare(cloud, &name, public, call).await? {
        call.ledger.gone(&intent.token)?;
        let message = format!("no key pair is made, cloud-init alone installs the key: {refusal}");
        call.watch.report.log(Level::Warning, &message);
        return Ok(None);
    }
    call.ledger.created(&intent.token, &name, &[("name", &name)])?;
    Ok(Some(name))
}

/// Deletes a key pair, and makes sure of it.
pub async fn delete(cloud: &OpenStack, name: &str, call: &Call) -> Result<()> {
    let what = format!("key pair {name} to be gone");
    let (compute, client, watch) = (&cloud.compute, &cloud.client, &call.watch);
    let patience = patience(cloud.settings.stop_timeout);
    let delete = || compute.delete_key_pair(client, name, watch);
    asking::until_done(&what, patience, watch, delete, || async {
        // Some emulators, and clouds of their age, show key pairs in the list only.
        let found = looks::surely(&what, watch, || find(cloud, name, call)).await?;
        Ok(found.map_or(Seen::Done, |_| Seen::Unchanged("still listed".to_owned())))
    })
    .await
}

/// Refuses a named key pair with another key before anything is created: nobody could log in.
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

/// Returns nova's refusal of the key itself.
async fn upload_or_compare(
    cloud: &OpenStack,
    name: &str,
    public: &str,
    call: &Call,
) -> Result<Option<Error>> {
    if let Some(known) = find(cloud, name, call).await? {
        return compare(&known, public).map(|()| None);
    }
    match cloud.compute.upload_key_pair(&cloud.client, name, public, &call.watch).await? {
        Uploaded::Done => return Ok(None),
        Uploaded::Refused(refusal) => return Ok(Some(refusal)),
        Uploaded::NameTaken => {}
    }
    // Another process may have uploaded it meanwhile, or an earlier request whose reply was lost.
    let pace = Patience::for_up_to(SETTLING).with_gaps_of(Duration::from_millis(500));
    let grace = Grace::new(SETTLING).at_pace_of(pace);
    let what = format!("key pair {name} to be listed");
    match grace.find(&what, &call.watch, || find(cloud, name, call)).await? {
        Some(known) => compare(&known, public).map(|()| None),
        None => Err(refusals::name_taken(ResourceKind::KeyPair, name)
            .cause("this user cannot see it")
            .hint("set `key_pair` to another name")),
    }
}

/// The line of the login key; if the settings name a public key file, the line in it.
fn public_key(cloud: &OpenStack, launch: &Launch) -> Result<String> {
    let Some(login) = launch.authorized_keys.first() else {
        return Err(Error::config("there is no key to log in with").hint("set `key_file`"));
    };
    let Some(path) = &cloud.options.public_key_file else { return Ok(login.clone()) };
    if !cloud.options.has_key_file {
        return Err(Error::config("public_key_file is set, but key_file is not")
            .cause(format!("public_key_file is {}", path.display()))
            .hint("set `key_file` to the private key, or remove both for a temporary pair"));
    }
    let text = crate::read::text(path).map_err(|error| {
        Error::config(format!("cannot read the public key {}", path.display()))
            .cause(error)
            .hint("set `public_key_file` to the public half of `key_file`")
    })?;
    if key(&text) == key(login) {
        return Ok(text.trim().to_owned());
    }
    Err(Error::config(format!("{} does not belong to key_file", path.display()))
        .hint("set `public_key_file` to the public half of `key_file`"))
}

/// A key without its comment.
fn key(line: &str) -> Vec<&str> {
    line.split_whitespace().take(2).collect()
}

fn compare(known: &KeyPair, public: &str) -> Result<()> {
    if known.public_key.is_empty() || key(&known.public_key) == key(public) {
        return Ok(());
    }
    Err(Error::config(format!("key pair {} in the cloud holds another key", known.name))
        .cause(format!("it is {}, fingerprint {}", shown(&known.public_key), known.fingerprint))
        .cause(format!("key_file is {}", shown(public)))
        .hint("set `key_file` to the private key of that pair, or `key_pair` to another name"))
}

/// Enough of a key to tell it from others: its kind, its end and its comment.
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
    fn keys_are_compared_without_their_comments() {
        assert!(compare(&pair("ssh-ed25519 AAAA me@home\n"), "ssh-ed25519 AAAA ci").is_ok());
        let error = compare(&pair("ssh-ed25519 AAAA me"), "ssh-ed25519 BBBB me").unwrap_err();
        assert!(error.to_string().contains("aa:bb"), "{error}");
    }
}
