//! Key pairs. Importing under a name that is taken is refused; deleting a missing one succeeds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::select::{Thing, select, shows};
use super::world::{Tags, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Request, World};

const NOT_FOUND: &str = "InvalidKeyPair.NotFound";

pub struct KeyPair {
    pub id: String,
    pub name: String,
    pub public: String,
    pub created: String,
    pub tags: Tags,
    pub misses: u32,
}

impl Thing for KeyPair {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "key-name" => vec![self.name.clone()],
            "key-pair-id" => vec![self.id.clone()],
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

pub fn import(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let (id, misses, name) = (world.id("key"), world.misses, form.get("KeyName").to_owned());
    let region = world.region(&request.region);
    if region.key_pairs.iter().any(|pair| pair.name == name) {
        let message = format!("The keypair already exists: {name}");
        return Refusal::client("InvalidKeyPair.Duplicate", message);
    }
    let public = BASE64_STANDARD.decode(form.get("PublicKeyMaterial")).unwrap_or_default();
    let public = String::from_utf8(public).unwrap_or_default();
    if !public.starts_with("ssh-") {
        return Refusal::client(
            "InvalidKey.Format",
            "Key is not in valid OpenSSH public key format",
        );
    }
    let tags = form.tags_for("key-pair");
    let reply = vec![
        ("keyName", name.clone().into()),
        ("keyPairId", id.clone().into()),
        ("tagSet", (&tags).into()),
    ];
    region.key_pairs.push(KeyPair { id, name, public, created: now(), tags, misses });
    Ok(reply)
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let with_key = request.form.is_true("IncludePublicKey");
    let names = request.form.list("KeyName");
    let region = world.region(&request.region);
    let mut found = select(&mut region.key_pairs, request, "KeyPairId", NOT_FOUND)?;
    found.retain(|pair| names.is_empty() || names.contains(&pair.name));
    if let Some(name) = names.iter().find(|name| found.iter().all(|pair| pair.name != **name)) {
        return Refusal::client(NOT_FOUND, format!("The key pair '{name}' does not exist"));
    }
    let pair = |pair: &mut KeyPair| {
        Xml::Fields(vec![
            ("keyPairId", pair.id.clone().into()),
            ("keyName", pair.name.clone().into()),
            ("keyType", "ed25519".into()),
            ("createTime", pair.created.clone().into()),
            ("publicKey", Some(pair.public.clone()).filter(|_| with_key).into()),
            ("tagSet", (&pair.tags).into()),
        ])
    };
    Ok(vec![("keySet", Xml::Items(found.into_iter().map(pair).collect()))])
}

pub fn delete(world: &mut World, request: &Request) -> Reply {
    let (name, id) = (request.form.get("KeyName"), request.form.get("KeyPairId"));
    let region = world.region(&request.region);
    // One that this server does not know yet stays, and the request succeeds all the same.
    region.key_pairs.retain_mut(|pair| pair.name != name && pair.id != id || !shows(pair, request));
    super::xml::done()
}
