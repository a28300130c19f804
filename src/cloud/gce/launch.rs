//! Starting an instance: a second try continues what the first one requested.

use reqwest::{Method, StatusCode};
use uuid::Uuid;

use super::fault::Failure;
use super::late::Grace;
use super::operation::Change;
use super::provider::Gce;
use super::request::{Placement, body};
use super::status::Status;
use super::tags::{is_of_run, labels};
use super::zone_refusals::ZoneRefusals;
use super::{cloud_init, name};
use crate::Result;
use crate::cloud::{Call, Instance, Launch, Resource, ResourceKind, refusals};
use crate::report::Level;

impl Gce {
    pub(super) async fn launch(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        // Mistakes are reported before anything is recorded.
        let labels = labels(&launch.tags, &call.run)?;
        let zones = self.zones(&call.watch).await?;
        let first = zones.first().map_or("", String::as_str);
        cloud_init::warn(launch, &self.image_path(&launch.image.id, &call.watch).await?, call);
        let is_repeated = call.ledger.is_unanswered(ResourceKind::Instance, &launch.role)?;
        let mut intent = self.intend(launch, first, call).await?;
        // What nobody has requested before need not be looked for.
        let mut is_new = !is_repeated && intent.id.is_none();
        let mut refused = ZoneRefusals::default();
        loop {
            let (name, zone) = name_and_zone(&intent);
            let region = self.region_name()?;
            let image = self.image_path(&launch.image.id, &call.watch).await?;
            let place = Placement { name, zone, region: &region, image: &image, labels: &labels };
            let mut refusal = match self.launch_in(&place, launch, &intent, is_new, call).await {
                Ok(()) => return self.running(zone, &intent, call).await,
                Err(Failure::Refused(refusal)) => refusal,
                Err(Failure::Other(error)) => return Err(error),
            };
            if !refusal.is_final {
                return Err(refusal.into_error());
            }
            // Google usually removes the parts of a refused instance; what it left is removed here.
            let grace = if refusal.retried { Grace::full() } else { Grace::none() };
            let removed = self.remove_try(&launch.role, grace, call).await;
            let after = zones.iter().position(|known| known == zone).map_or(0, |place| place + 1);
            let may_lack = refusal.is_invalid() || refusal.is_gone();
            refusal.lacks_machine_type = may_lack && self.lacks_machine_type(zone, call).await;
            let why = if refusal.is_full_zone() {
                "has no capacity for"
            } else if refusal.lacks_machine_type {
                "does not offer"
            } else {
                return Err(refusal.into_error());
            };
            let message = format!("{zone} {why} {}", self.settings.machine_type);
            refused.add(message.clone(), refusal);
            let (Some(next), Ok(())) = (zones.get(after), removed) else {
                return Err(refused.into_error());
            };
            call.watch.report.log(Level::Warning, &format!("{message}; trying {next}"));
            intent = self.intend(launch, next, call).await?;
            is_new = true;
        }
    }

    /// Whether the zone does not offer the machine type; another zone of the region may. A refused request has the
    /// same reason for every wrong value, so Google is asked. Who may not ask tries no other zone.
    async fn lacks_machine_type(&self, zone: &str, call: &Call) -> bool {
        let kind = &self.settings.machine_type;
        let Ok(root) = self.root(&call.watch).await else { return false };
        let path = format!("{root}/zones/{zone}/machineTypes/{kind}");
        let purpose = format!("look for {kind} in {zone}");
        matches!(self.api.find(&path, &purpose, &call.watch).await, Ok(None))
    }

    /// Records the instance to request and its disk, which may outlive it.
    async fn intend(&self, launch: &Launch, zone: &str, call: &Call) -> Result<Resource> {
        let role = &launch.role;
        let name = name::unique(&launch.name, &Uuid::new_v4().simple().to_string());
        let wanted = [("name", name.as_str()), ("zone", zone)];
        let mut intent = call.ledger.intend(ResourceKind::Instance, role, &wanted)?;
        if let (Some(id), Some(zone)) = (&intent.id, intent.attribute("zone"))
            && self.get_instance_surely(zone, id, call).await?.is_none()
        {
            // The recorded instance no longer exists: a new one is requested.
            call.ledger.gone(&intent.token)?;
            intent = call.ledger.intend(ResourceKind::Instance, role, &wanted)?;
        }
        let (name, zone) = name_and_zone(&intent);
        let disk = [("name", name), ("zone", zone), ("instance", name)];
        let known = call.ledger.intend(ResourceKind::Disk, role, &disk)?;
        if known.attribute("name") != Some(name) {
            // The disk of an earlier try.
            self.remove(&[known], call).await?;
            call.ledger.intend(ResourceKind::Disk, role, &disk)?;
        }
        Ok(intent)
    }

    /// Requests the instance in one zone, unless it exists; one that `is_new` does not.
    async fn launch_in(
        &self,
        place: &Placement<'_>,
        launch: &Launch,
        intent: &Resource,
        is_new: bool,
        call: &Call,
    ) -> Result<(), Failure> {
        // An instance that is still being made may fail: the request is repeated to wait for it.
        if !is_new
            && self.own_status(place, call).await?.is_some_and(|status| status != Status::Starting)
        {
            return Ok(());
        }
        let purpose = format!("start instance {} in {}", place.name, place.zone);
        let path = format!("zones/{}/instances", place.zone);
        let mut change = Change::new(Method::POST, path, purpose, self.settings.operation_timeout);
        // With the id of an earlier try, its operation is waited for and no second instance is made.
        change.request_id = name::request_id(&intent.token);
        change.body = Some(body(&self.settings, launch, place)?);
        match self.change(&change, &call.watch).await {
            Err(Failure::Refused(refusal)) if refusal.status == StatusCode::CONFLICT => {
                if self.own_status(place, call).await?.is_some() {
                    return Ok(());
                }
                Err(refusal.into())
            }
            other => other,
        }
    }

    /// The status of this run's instance, if it exists; an error for another one of this name.
    async fn own_status(&self, place: &Placement<'_>, call: &Call) -> Result<Option<Status>> {
        let found = self.get_instance(place.zone, place.name, call).await?;
        match found {
            Some(found) if !is_of_run(&found, &call.run) => {
                Err(refusals::name_taken(ResourceKind::Instance, place.name)
                    .hint("set another `name` in config.yaml"))
            }
            found => Ok(found.as_ref().map(Status::of)),
        }
    }

    /// Records that the requested instance exists, and waits until it runs.
    async fn running(&self, zone: &str, intent: &Resource, call: &Call) -> Result<Instance> {
        let (name, _) = name_and_zone(intent);
        call.ledger.created(&intent.token, name, &[])?;
        for disk in call.ledger.resources()? {
            if disk.kind == ResourceKind::Disk && disk.role == intent.role {
                call.ledger.created(&disk.token, name, &[])?;
            }
        }
        self.until_running(zone, name, call).await
    }

    /// Removes what may be left of a refused instance, and its records.
    async fn remove_try(&self, role: &str, grace: Grace, call: &Call) -> Result<()> {
        let kinds = [ResourceKind::Instance, ResourceKind::Disk];
        let mut known = call.ledger.resources()?;
        known.retain(|resource| resource.role == role && kinds.contains(&resource.kind));
        self.remove_after(&known, grace, call).await
    }
}

/// As they were recorded with the intent.
fn name_and_zone(intent: &Resource) -> (&str, &str) {
    let attribute = |key| intent.attribute(key).unwrap_or_default();
    (attribute("name"), attribute("zone"))
}
