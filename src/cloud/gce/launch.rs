//! Making an instance, so that a second try finishes what the first began.

use reqwest::{Method, StatusCode};
use uuid::Uuid;

use super::Gce;
use super::body::{Place, body};
use super::failure::Failure;
use super::instance::instance;
use super::names;
use super::operation::Change;
use super::tried::Tried;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Instance, InstanceState, Launch, RUN_TAG, Resource, ResourceKind};
use crate::report::Level;
use crate::{Code, Error, Result};

/// What a provider wrote down with a resource; empty for nothing.
pub fn attribute<'r>(resource: &'r Resource, key: &str) -> &'r str {
    resource.attributes.get(key).map_or("", String::as_str)
}

impl Gce {
    pub(super) async fn launch(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        // Everything that can be refused is refused before anything is written down.
        names::labels(&launch.tags)?;
        let keys = self.further_keys()?;
        let zones = self.zones(&call.watch).await?;
        let first = zones.first().map_or("", String::as_str);
        let mut intent = self.intend(launch, first, call).await?;
        let mut tried = Tried::default();
        loop {
            let zone = attribute(&intent, "zone").to_owned();
            let refusal = match self.launch_in(&zone, launch, &intent, &keys, call).await {
                Ok(()) => return self.running(&zone, &intent, call).await,
                Err(Failure::Refused(refusal)) => refusal,
                Err(Failure::Other(error)) => return Err(error),
            };
            if !refusal.is_final {
                return Err(refusal.into_error());
            }
            // The cloud takes back what it made for a refused instance; whatever it left is ours.
            let removed = self.remove_try(&launch.role, call).await;
            let after = zones.iter().position(|known| *known == zone).map_or(0, |place| place + 1);
            let why = match &refusal {
                full if full.is_full_zone() => "has no room for a",
                other if other.lacks_machine_type() => "has no machine type",
                _ => return Err(refusal.into_error()),
            };
            let message = format!("{zone} {why} {}", self.settings.machine_type);
            tried.add(message.clone(), refusal);
            let (Some(next), Ok(())) = (zones.get(after), removed) else {
                return Err(tried.into_error());
            };
            call.watch.report.log(Level::Warning, &format!("{message}; trying {next}"));
            intent = self.intend(launch, next, call).await?;
        }
    }

    /// Writes down which instance will be asked for, and its disk, which may outlive it.
    async fn intend(&self, launch: &Launch, zone: &str, call: &Call) -> Result<Resource> {
        let role = &launch.role;
        let name = names::unique(&launch.name, &Uuid::new_v4().simple().to_string());
        let wanted = [("name", name.as_str()), ("zone", zone)];
        let mut intent = call.ledger.intend(ResourceKind::Instance, role, &wanted)?;
        if let (Some(id), Some(zone)) = (&intent.id, intent.attributes.get("zone"))
            && self.get_instance(zone, id, call).await?.is_none()
        {
            // Made, and gone since: it is another one that is asked for now.
            call.ledger.gone(&intent.token)?;
            intent = call.ledger.intend(ResourceKind::Instance, role, &wanted)?;
        }
        let (name, zone) = (attribute(&intent, "name"), attribute(&intent, "zone"));
        let disk = [("name", name), ("zone", zone), ("instance", name)];
        let known = call.ledger.intend(ResourceKind::Disk, role, &disk)?;
        if attribute(&known, "name") != name {
            // Of a try before.
            self.remove(&[known], call).await?;
            call.ledger.intend(ResourceKind::Disk, role, &disk)?;
        }
        Ok(intent)
    }

    /// Asks for the instance in one zone, unless it is there.
    async fn launch_in(
        &self,
        zone: &str,
        launch: &Launch,
        intent: &Resource,
        keys: &[String],
        call: &Call,
    ) -> Result<(), Failure> {
        let name = attribute(intent, "name");
        // One that is only half made may fail yet: asking again waits for the operation that makes it.
        if self.ours(zone, name, call).await?.is_some_and(|state| state != InstanceState::Pending) {
            return Ok(());
        }
        let image = self.image_path(&launch.image.id, &call.watch).await?;
        let region = self.region_name()?;
        let place = Place { name, zone, region: &region, image: &image };
        let mut tags = launch.tags.clone();
        tags.insert(RUN_TAG.to_owned(), call.run.clone());
        let launch = Launch { tags, ..launch.clone() };
        let purpose = format!("start instance {name} in {zone}");
        let path = format!("zones/{zone}/instances");
        let mut change = Change::new(Method::POST, path, purpose, self.settings.operation_timeout);
        // An operation that an earlier try began is waited for, instead of a second instance made.
        change.request_id = names::request_id(&intent.token);
        change.body = Some(body(&self.settings, &launch, &place, keys)?);
        match self.change(&change, &call.watch).await {
            Err(Failure::Refused(refusal)) if refusal.status == StatusCode::CONFLICT => {
                if self.ours(zone, name, call).await?.is_some() {
                    return Ok(());
                }
                Err(refusal.into())
            }
            other => other,
        }
    }

    /// How this instance is, if it is there; one of somebody else's is an error.
    async fn ours(&self, zone: &str, name: &str, call: &Call) -> Result<Option<InstanceState>> {
        let Some(found) = self.get_instance(zone, name, call).await? else { return Ok(None) };
        if found["labels"][RUN_TAG] == call.run.as_str() {
            return Ok(Some(instance(&found).state));
        }
        let message = format!("there is an instance {name} in {zone} that is not of this run");
        Err(Error::new(Code::Refused, message).hint("choose another `name` in config.yaml"))
    }

    /// Waits until an instance that was asked for runs, and writes down what there is.
    async fn running(&self, zone: &str, intent: &Resource, call: &Call) -> Result<Instance> {
        let name = attribute(intent, "name");
        call.ledger.created(&intent.token, name, &[])?;
        for disk in call.ledger.resources()? {
            if disk.kind == ResourceKind::Disk && disk.role == intent.role {
                call.ledger.created(&disk.token, name, &[])?;
            }
        }
        self.until_running(zone, name, call).await
    }

    pub(super) async fn until_running(
        &self,
        zone: &str,
        name: &str,
        call: &Call,
    ) -> Result<Instance> {
        let what = format!("instance {name} to run");
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let found = self.get_instance(zone, name, call).await?.ok_or_else(|| {
                Error::failed(format!("instance {name} vanished"))
                    .hint("`imgctl destroy` removes what is left of it")
            })?;
            let seen = instance(&found);
            match seen.state {
                InstanceState::Running if seen.address.is_some() => Ok(Poll::Ready(seen)),
                InstanceState::Running => Ok(Poll::Pending("it has no address yet".to_owned())),
                InstanceState::Stopped | InstanceState::Gone | InstanceState::Failed => {
                    let why = seen.reason.unwrap_or_else(|| "no reason is given".to_owned());
                    let message = format!("instance {name} stopped as soon as it was started");
                    Err(Error::failed(message).cause(why).hint("`imgctl up` starts it again"))
                }
                InstanceState::Pending | InstanceState::Stopping => {
                    let status = found["status"].as_str().unwrap_or_default().to_lowercase();
                    Ok(Poll::Pending(format!("it is {status}")))
                }
            }
        })
        .await
    }

    /// What may be there of an instance that was refused, and its records.
    async fn remove_try(&self, role: &str, call: &Call) -> Result<()> {
        let kinds = [ResourceKind::Instance, ResourceKind::Disk];
        let mut known = call.ledger.resources()?;
        known.retain(|resource| resource.role == role && kinds.contains(&resource.kind));
        self.remove(&known, call).await
    }

    /// The public keys of `public_key_file`.
    fn further_keys(&self) -> Result<Vec<String>> {
        let Some(path) = &self.settings.public_key_file else { return Ok(Vec::new()) };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::io("read", path, error)
                .with_code(Code::Config)
                .hint("GCE_PUBLIC_KEY or clouds.gce.public_key_file names a file of public keys")
        })?;
        let lines = text.lines().map(str::trim);
        let keys: Vec<String> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let is_key =
            |key: &String| ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| key.starts_with(kind));
        if keys.is_empty() || !keys.iter().all(is_key) {
            let message = format!("{} holds no public key in OpenSSH's form", path.display());
            return Err(
                Error::config(message).hint("GCE_PUBLIC_KEY names a file such as id_rsa.pub")
            );
        }
        Ok(keys)
    }
}
