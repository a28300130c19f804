//! Starting an instance exactly once, even if it is killed or a reply is lost on the way.

use aws_sdk_ec2::types;

use super::filter::tagged;
use super::provider::Ec2;
use super::run_instances::Start;
use super::{instance, request, tags};
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn launch(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        if self.settings.instance_type.is_empty() {
            return Err(
                Error::config("instance_type is empty").hint("set it to a type such as t3.medium")
            );
        }
        tags::check(&launch.tags)?;
        // Everything that the settings name is found before anything is made. Independent requests
        // are sent at the same time.
        let ((), (subnets, groups), known) = tokio::try_join!(
            self.check_key_pair(launch, call),
            self.plan_groups(call),
            self.find_instance(&launch.role, call)
        )?;
        let (key, groups) = tokio::try_join!(
            self.key_pair(launch, call),
            self.security_groups(groups, launch, call)
        )?;
        let is_repeated = call.ledger.is_unanswered(ResourceKind::Instance, &launch.role)?;
        let intent = self.intent(launch, known.as_ref(), call).await?;
        let id = match (&intent.id, known) {
            (Some(id), _) => id.clone(),
            (None, Some(found)) => found.instance_id().unwrap_or_default().to_owned(),
            (None, None) => {
                let user_data = request::user_data(launch, intent.attribute(request::DEADLINE))?;
                let (key, groups) = (key.as_deref(), &groups[..]);
                let start = Start { launch, key, groups, user_data, subnets: &subnets };
                self.run(&start, &intent, is_repeated, call).await?
            }
        };
        call.ledger.created(&intent.token, &id, &[])?;
        let running = self.until_running(&id, call).await?;
        let volumes = instance::volumes(&running).join(" ");
        call.ledger.created(&intent.token, &id, &[(instance::VOLUMES, &volumes)])?;
        Ok(self.instance(&running))
    }

    /// The instance that an earlier try has started: it carries run and role from its first moment.
    pub(super) async fn find_instance(
        &self,
        role: &str,
        call: &Call,
    ) -> Result<Option<types::Instance>> {
        let filters =
            [tags::run_filter(Some(&call.run)), tagged(tags::ROLE_TAG, role), instance::alive()];
        Ok(self.instances(&filters, call).await?.pop())
    }

    /// The intent to continue with. One whose instance is gone for good is replaced.
    async fn intent(
        &self,
        launch: &Launch,
        known: Option<&types::Instance>,
        call: &Call,
    ) -> Result<Resource> {
        let deadline = self.settings.self_destruct.map(|after| {
            let after = i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2);
            (jiff::Timestamp::now().as_second() + after).to_string()
        });
        let mut attributes = vec![("name", launch.name.as_str())];
        attributes.extend(deadline.as_deref().map(|deadline| (request::DEADLINE, deadline)));
        let make = || call.ledger.intend(ResourceKind::Instance, &launch.role, &attributes);
        let intent = make()?;
        let Some(id) = &intent.id else { return Ok(intent) };
        if known.is_some_and(|known| known.instance_id() == Some(id)) {
            return Ok(intent);
        }
        match self.look(id, call).await? {
            Some(found) if instance::state(&found) != InstanceState::Gone => Ok(intent),
            // It may not be known yet.
            None if !instance::was_seen(&intent) => Ok(intent),
            _ => {
                call.ledger.gone(&intent.token)?;
                make()
            }
        }
    }
}
