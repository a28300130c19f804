//! Starting an instance: once, whatever happens on the way.

use aws_sdk_ec2::types::{self, ResourceType};

use super::base::as_config;
use super::image::filter;
use super::{Ec2, access, instance, request, tags};
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind};
use crate::report::Level;
use crate::{Code, Error, Result};

/// There is no room for one type, or not here: the next one may do.
const NEXT_TYPE: &[&str] = &[
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientCapacity",
    "InsufficientCapacityOnHost",
    "SpotMaxPriceTooLow",
    "Unsupported",
];

/// When the instance terminates itself, in seconds since 1970.
const DEADLINE: &str = "self_destruct_at";

impl Ec2 {
    pub(super) async fn launch(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        if self.settings.instance_type.is_empty() {
            return Err(Error::config("instance_type is empty").hint("set it to t3.medium, say"));
        }
        // What does not need the other is asked for side by side; nothing is made before all that
        // the settings name was found.
        let ((), access, known) = tokio::try_join!(
            self.check_key_pair(launch, call),
            self.plan_access(call),
            self.find_instance(&launch.role, call)
        )?;
        let (key, groups) = tokio::try_join!(
            self.key_pair(launch, call),
            self.security_groups(access, launch, call)
        )?;
        let intent = self.intent(launch, known.as_ref(), call).await?;
        let id = match (&intent.id, known) {
            (Some(id), _) => id.clone(),
            (None, Some(found)) => found.instance_id().unwrap_or_default().to_owned(),
            (None, None) => self.run(launch, &key, &groups, &intent, call).await?,
        };
        call.ledger.created(&intent.token, &id, &[])?;
        let running = self.until_running(&id, call).await?;
        let volumes = instance::volumes(&running).join(" ");
        call.ledger.created(&intent.token, &id, &[("volumes", &volumes)])?;
        Ok(self.instance(&running))
    }

    /// What an earlier try has started: it carries the run and the role from its first moment.
    pub(super) async fn find_instance(
        &self,
        role: &str,
        call: &Call,
    ) -> Result<Option<types::Instance>> {
        let filters = [
            filter(&access::run_filter(), &[&call.run]),
            filter(&format!("tag:{}", tags::ROLE_TAG), &[role]),
            filter("instance-state-name", &["pending", "running", "stopping", "stopped"]),
        ];
        Ok(self.instances(&filters, call).await?.pop())
    }

    /// The intent to go on with; one whose instance is gone for good is replaced.
    async fn intent(
        &self,
        launch: &Launch,
        known: Option<&types::Instance>,
        call: &Call,
    ) -> Result<Resource> {
        let deadline = self.settings.self_destruct.map(|after| {
            (jiff::Timestamp::now().as_second()
                + i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2))
            .to_string()
        });
        let mut attributes = vec![("name", launch.name.as_str())];
        attributes.extend(deadline.as_deref().map(|deadline| (DEADLINE, deadline)));
        let make = || call.ledger.intend(ResourceKind::Instance, &launch.role, &attributes);
        let intent = make()?;
        let Some(id) = &intent.id else { return Ok(intent) };
        if known.is_some_and(|known| known.instance_id() == Some(id)) {
            return Ok(intent);
        }
        match self.look(id, call).await? {
            Some(found) if instance::state(&found) != InstanceState::Gone => Ok(intent),
            _ => {
                call.ledger.gone(&intent.token)?;
                make()
            }
        }
    }

    /// Asks for each type in turn until EC2 has room for one.
    async fn run(
        &self,
        launch: &Launch,
        key: &str,
        groups: &[String],
        intent: &Resource,
        call: &Call,
    ) -> Result<String> {
        let deadline = intent.attributes.get(DEADLINE).map(String::as_str);
        let user_data = request::user_data(launch, deadline)?;
        let mut refusals: Vec<Error> = Vec::new();
        for (place, kind) in self.settings.instance_type.iter().enumerate() {
            // One token a type: EC2 takes another type under the same token for a mistake.
            let token = format!("{}-{place}", intent.token);
            let tags = tags::all(&launch.tags, &launch.name, &launch.role, call);
            let kinds =
                [ResourceType::Instance, ResourceType::Volume, ResourceType::NetworkInterface];
            let send = |ec2: aws_sdk_ec2::Client| {
                let request =
                    request::run_instances(&self.settings, &launch.image, ec2, kind, groups);
                request
                    .key_name(key)
                    .user_data(&user_data)
                    .client_token(&token)
                    .set_tag_specifications(Some(tags::specifications(&tags, &kinds)))
                    .send()
            };
            match self.clients.call(None, "RunInstances", &call.watch, send).await {
                Ok(reply) => {
                    let id = reply.instances().first().and_then(|instance| instance.instance_id());
                    return id.map(str::to_owned).ok_or_else(|| {
                        Error::failed("EC2 took the request for an instance and named none")
                    });
                }
                Err(fault) if fault.is_any(NEXT_TYPE) => {
                    let error = fault.into_error();
                    let why = error.causes().join("; ");
                    call.watch.report.log(Level::Warning, &format!("no {kind} now: {why}"));
                    refusals.push(error.cause(format!("instance type {kind}")));
                }
                Err(fault) if fault.is("IdempotentInstanceTerminated") => {
                    call.ledger.gone(&intent.token)?;
                    return Err(Error::failed(
                        "the instance that was started earlier is terminated",
                    )
                    .hint("give the same command again: it starts a new one"));
                }
                Err(fault) => {
                    if fault.is_refusal() {
                        call.ledger.gone(&intent.token)?;
                    }
                    let error = fault.into_error();
                    // No such group, key, subnet or type: the settings are wrong, not the world.
                    return Err(if error.code() == Code::NotFound {
                        as_config(error)
                    } else {
                        error
                    });
                }
            }
        }
        call.ledger.gone(&intent.token)?;
        Err(no_room(refusals))
    }
}

fn no_room(mut refusals: Vec<Error>) -> Error {
    if refusals.len() == 1 {
        return refusals.remove(0);
    }
    let begin = Error::new(Code::Refused, "EC2 has no room for any of the instance types");
    let causes = refusals.iter().map(|refusal| refusal.causes().join(", "));
    causes
        .fold(begin, Error::cause)
        .hint("list more types in instance_type, choose another subnet, or try later")
}
