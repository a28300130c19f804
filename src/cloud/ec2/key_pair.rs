//! The key pair an instance is started with: the user's own, or a temporary one.

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, ResourceType};

use super::fault::Fault;
use super::{Ec2, tags};
use crate::cloud::{Call, Launch, ResourceKind};
use crate::{Error, Result};

impl Ec2 {
    /// Looks before anything is made: half an hour of waiting for SSH would tell the same.
    pub(super) async fn check_key_pair(&self, launch: &Launch, call: &Call) -> Result<()> {
        let Some(name) = &launch.key_pair else { return Ok(()) };
        let region = self.clients.region(&call.watch).await?;
        let Some(found) = self.find_key_pair(name, call).await.map_err(Error::from)? else {
            let message = format!("there is no key pair `{name}` in {region}");
            return Err(Error::config(message).hint(
                "import it there, or set neither key_pair nor key_file for a temporary one",
            ));
        };
        same_key(name, &found, launch)
    }

    /// The name to start the instance with.
    pub(super) async fn key_pair(&self, launch: &Launch, call: &Call) -> Result<String> {
        match &launch.key_pair {
            Some(name) => Ok(name.clone()),
            None => self.temporary_key_pair(launch, call).await,
        }
    }

    async fn temporary_key_pair(&self, launch: &Launch, call: &Call) -> Result<String> {
        let name = format!("{}-{}", tags::run_name(call), launch.role);
        let intent = call.ledger.intend(ResourceKind::KeyPair, &launch.role, &[("name", &name)])?;
        let name = intent.attributes.get("name").cloned().unwrap_or(name);
        if intent.id.is_some() {
            return Ok(name);
        }
        let public = launch.authorized_keys.first().cloned().unwrap_or_default();
        let tags = tags::all(&launch.tags, &name, &launch.role, call);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.import_key_pair()
                .key_name(&name)
                .public_key_material(Blob::new(public.clone()))
                .set_tag_specifications(Some(tags::specifications(&tags, &[ResourceType::KeyPair])))
                .send()
        };
        let sent = self.clients.call(None, "ImportKeyPair", &call.watch, send).await;
        let id = match sent {
            Ok(reply) => reply.key_pair_id,
            // An earlier try of ours whose reply was lost: the name has the run in it.
            Err(fault) if fault.is("InvalidKeyPair.Duplicate") => {
                let found = self.find_key_pair(&name, call).await.map_err(Error::from)?;
                let Some(found) = found else { return Err(fault.into()) };
                same_key(&name, &found, launch)?;
                found.key_pair_id
            }
            Err(fault) => return Err(fault.into()),
        };
        call.ledger.created(&intent.token, &id.unwrap_or_default(), &[])?;
        Ok(name)
    }

    pub(super) async fn find_key_pair(
        &self,
        name: &str,
        call: &Call,
    ) -> Result<Option<KeyPairInfo>, Fault> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_key_pairs().key_names(name).include_public_key(true).send()
        };
        match self.clients.call(None, "DescribeKeyPairs", &call.watch, send).await {
            Ok(reply) => Ok(reply.key_pairs.unwrap_or_default().pop()),
            Err(fault) if fault.is_not_found() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// What is gone already is fine.
    pub(super) async fn delete_key_pair(&self, name: &str, call: &Call) -> Result<()> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.delete_key_pair().key_name(name).send();
        match self.clients.call(None, "DeleteKeyPair", &call.watch, send).await {
            Ok(_) => {}
            Err(fault) if fault.is_not_found() => return Ok(()),
            Err(fault) => return Err(fault.into()),
        }
        match self.find_key_pair(name, call).await.map_err(Error::from)? {
            None => Ok(()),
            Some(_) => {
                Err(Error::failed(format!("key pair {name} was deleted and is still there")))
            }
        }
    }
}

/// An error when EC2 has another key under this name. Old pairs come without their public key.
fn same_key(name: &str, found: &KeyPairInfo, launch: &Launch) -> Result<()> {
    let kind_and_key =
        |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let Some(theirs) = found.public_key().filter(|key| !key.is_empty()) else { return Ok(()) };
    let ours = launch.authorized_keys.first().map(String::as_str).unwrap_or_default();
    if kind_and_key(theirs) == kind_and_key(ours) {
        return Ok(());
    }
    let message = format!("the key pair `{name}` of EC2 does not belong to the key file");
    let fingerprint = found.key_fingerprint().unwrap_or_default();
    Err(Error::config(message)
        .cause(format!("EC2's has the fingerprint {fingerprint}"))
        .hint("set key_file to the private key of that pair, or key_pair to the pair of that file"))
}
