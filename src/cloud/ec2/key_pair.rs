//! The key pair an instance is started with: the user's own, or a temporary one.

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{Filter, KeyPairInfo, ResourceType};

use super::provider::Ec2;
use super::tags;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Grace, Launch, Resource, ResourceKind, refusals};
use crate::report::Level;
use crate::{Error, Result};

impl Ec2 {
    /// Checks the user's own key pair before anything is made: with the wrong key, the instance would
    /// never accept a login.
    pub(super) async fn check_key_pair(&self, launch: &Launch, call: &Call) -> Result<()> {
        let Some(name) = &launch.key_pair else { return Ok(()) };
        let region = self.clients.region(&call.watch).await?;
        let Some(found) = self.find_key_pair(name, call).await? else {
            let message = format!("there is no key pair `{name}` in {region}");
            return Err(Error::config(message)
                .hint("import it there, or omit `key_pair` and `key_file` for a temporary one"));
        };
        same_key(name, &found, launch)
    }

    /// The name to start the instance with. None: EC2 does not take keys of this kind, and cloud-init
    /// installs the key, as it does every other.
    pub(super) async fn key_pair(&self, launch: &Launch, call: &Call) -> Result<Option<String>> {
        match &launch.key_pair {
            Some(name) => Ok(Some(name.clone())),
            None if !is_importable(launch) => {
                let message = "no key pair is made: EC2 takes RSA and ED25519 keys only, and cloud-init \
                               installs the key on the instance";
                call.watch.report.log(Level::Info, message);
                Ok(None)
            }
            None => self.temporary_key_pair(launch, call).await.map(Some),
        }
    }

    async fn temporary_key_pair(&self, launch: &Launch, call: &Call) -> Result<String> {
        let name = tags::temporary_name(&launch.role, call);
        let is_repeated = call.ledger.is_unanswered(ResourceKind::KeyPair, &launch.role)?;
        let intent = call.ledger.intend(ResourceKind::KeyPair, &launch.role, &[("name", &name)])?;
        let name = intent.attribute("name").map_or(name, str::to_owned);
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
            // The name contains the run, so this run imported it and the reply was lost.
            Err(fault) if fault.is("InvalidKeyPair.Duplicate") => {
                let look = || self.find_key_pair(&name, call);
                let what = format!("key pair {name}");
                let found = self.settling().find(&what, &call.watch, look).await?;
                let Some(found) = found else {
                    let error = refusals::name_taken(ResourceKind::KeyPair, &name);
                    return Err(error.cause(fault.into_error()));
                };
                same_key(&name, &found, launch)?;
                found.key_pair_id
            }
            Err(fault) => {
                if fault.is_refusal() && !is_repeated {
                    call.ledger.gone(&intent.token)?;
                }
                return Err(fault.into());
            }
        };
        call.ledger.created(&intent.token, &id.unwrap_or_default(), &[])?;
        Ok(name)
    }

    async fn find_key_pair(&self, name: &str, call: &Call) -> Result<Option<KeyPairInfo>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_key_pairs().key_names(name).include_public_key(true).send()
        };
        match self.clients.call(None, "DescribeKeyPairs", &call.watch, send).await {
            Ok(reply) => Ok(reply.key_pairs.unwrap_or_default().pop()),
            Err(fault) if fault.is_not_found() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The name of the recorded key pair if it exists. It contains the run, and is known before the id.
    pub(super) async fn recorded_key_pair(
        &self,
        resource: &Resource,
        grace: &Grace,
        call: &Call,
    ) -> Result<Option<String>> {
        let Some(name) = resource.attribute("name") else { return Ok(None) };
        let look = || self.find_key_pair(name, call);
        let what = format!("key pair {name}");
        let found = grace.find_recorded(&what, resource, call, look).await?;
        Ok(found.map(|_| name.to_owned()))
    }

    /// The key pairs that pass the filters.
    pub(super) async fn key_pairs(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<KeyPairInfo>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_key_pairs().set_filters(Some(filters.to_vec())).send()
        };
        let sent = self.clients.call(None, "DescribeKeyPairs", &call.watch, send).await;
        Ok(sent.map_err(Error::from)?.key_pairs.unwrap_or_default())
    }

    /// Deletes a key pair if it still exists, and waits until it is gone.
    pub(super) async fn delete_key_pair(&self, name: &str, call: &Call) -> Result<()> {
        let what = format!("key pair {name} to be deleted");
        wait::until(&what, self.patience(self.settings.stop_timeout), &call.watch, || async {
            let send = |ec2: aws_sdk_ec2::Client| ec2.delete_key_pair().key_name(name).send();
            let sent = self.clients.call(None, "DeleteKeyPair", &call.watch, send).await;
            let refusal = sent.err().filter(|fault| !fault.is_not_found());
            match (refusal, self.find_key_pair(name, call).await?) {
                // A policy that allows this only with a run's tag refuses what no longer exists.
                (_, None) => Ok(Poll::Ready(())),
                (Some(fault), Some(_)) => Err(fault.into()),
                (None, Some(_)) => Ok(Poll::Pending("still exists".to_owned())),
            }
        })
        .await
    }
}

/// Whether EC2 imports the login key: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html>
fn is_importable(launch: &Launch) -> bool {
    let kind = launch.authorized_keys.first().and_then(|line| line.split_whitespace().next());
    kind.is_some_and(|kind| ["ssh-rsa", "ssh-ed25519"].contains(&kind))
}

/// Fails when EC2 has another key under this name. EC2 does not return the public key of old pairs.
fn same_key(name: &str, found: &KeyPairInfo, launch: &Launch) -> Result<()> {
    let kind_and_key =
        |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let Some(theirs) = found.public_key().filter(|key| !key.is_empty()) else { return Ok(()) };
    let ours = launch.authorized_keys.first().map(String::as_str).unwrap_or_default();
    if kind_and_key(theirs) == kind_and_key(ours) {
        return Ok(());
    }
    let message = format!("EC2's key pair `{name}` does not match the key file");
    let fingerprint = found.key_fingerprint().unwrap_or_default();
    Err(Error::config(message).cause(format!("its fingerprint is {fingerprint}")).hint(
        "set `key_file` to the private key of that pair, or `key_pair` to the pair of that file",
    ))
}
