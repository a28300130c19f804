//! RunInstances: each instance type in turn, until EC2 has capacity for one.

use aws_sdk_ec2::types::ResourceType;

use super::fault::Fault;
use super::provider::Ec2;
use super::{request, tags};
use crate::cloud::{Call, Launch, Resource};
use crate::report::Level;
use crate::{Code, Error, Result};

/// EC2 cannot start this instance type now or here; the next type may work.
const NEXT_TYPE: &[&str] = &[
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientCapacity",
    "InsufficientCapacityOnHost",
    "SpotMaxPriceTooLow",
    "Unsupported",
];

/// The key pair or the group was made a moment ago, and not every server of EC2 knows it.
const TOO_EARLY: &[&str] = &["InvalidKeyPair.NotFound", "InvalidGroup.NotFound"];

/// What the requests for all instance types have in common.
struct Start<'a> {
    launch: &'a Launch,
    key: &'a str,
    groups: &'a [String],
    user_data: String,
}

impl Ec2 {
    /// Starts an instance and returns its id. On a refusal the intent is dropped from the ledger.
    pub(super) async fn run(
        &self,
        launch: &Launch,
        key: &str,
        groups: &[String],
        intent: &Resource,
        call: &Call,
    ) -> Result<String> {
        let user_data = request::user_data(launch, intent.attribute(request::DEADLINE))?;
        let start = Start { launch, key, groups, user_data };
        let mut refusals: Vec<Error> = Vec::new();
        for (place, kind) in self.settings.instance_type.iter().enumerate() {
            // EC2 refuses a token that was used with other parameters, so each type has its own.
            let token = format!("{}-{place}", intent.token);
            match self.request_instance(&start, kind, &token, call).await {
                Ok(id) => return Ok(id),
                Err(fault) if fault.is_any(NEXT_TYPE) => {
                    let error = fault.into_error();
                    let why = error.causes().join("; ");
                    let message = format!("{kind} is not available: {why}");
                    call.watch.report.log(Level::Warning, &message);
                    refusals.push(error.cause(format!("instance type {kind}")));
                }
                Err(fault) => {
                    if fault.is_refusal() {
                        call.ledger.gone(&intent.token)?;
                    }
                    return Err(refused(fault));
                }
            }
        }
        call.ledger.gone(&intent.token)?;
        Err(no_capacity(refusals))
    }

    /// Requests one instance of this type, again for some seconds while EC2 does not know the key
    /// pair or the group.
    async fn request_instance(
        &self,
        start: &Start<'_>,
        kind: &str,
        token: &str,
        call: &Call,
    ) -> Result<String, Fault> {
        let Start { launch, key, groups, user_data } = start;
        let tags = tags::all(&launch.tags, &launch.name, &launch.role, call);
        let kinds = [ResourceType::Instance, ResourceType::Volume, ResourceType::NetworkInterface];
        let send = |ec2: aws_sdk_ec2::Client| {
            request::run_instances(&self.settings, &launch.image, ec2, kind, groups)
                .key_name(*key)
                .user_data(user_data)
                .client_token(token)
                .set_tag_specifications(Some(tags::specifications(&tags, &kinds)))
                .send()
        };
        let request = || self.clients.call(None, "RunInstances", &call.watch, send);
        let what = format!("EC2 to accept the request for a {kind}");
        let look = || async {
            match request().await {
                Err(fault) if fault.is_any(TOO_EARLY) => Ok(None),
                other => Ok(Some(other)),
            }
        };
        let sent = match self.for_a_while(&what, call, look).await? {
            Some(sent) => sent,
            // What is still unknown after that time does not exist: this returns EC2's error.
            None => request().await,
        };
        let reply = sent?;
        let id = reply.instances().first().and_then(|instance| instance.instance_id());
        let missing = || {
            Error::failed("EC2 accepted the request for an instance but returned no instance id")
        };
        Ok(id.map(str::to_owned).ok_or_else(missing)?)
    }
}

/// The error for a request that another instance type would not help.
fn refused(fault: Fault) -> Error {
    if fault.is("IdempotentInstanceTerminated") {
        return Error::failed("the instance that was started earlier is terminated")
            .hint("run the same command again to start a new one");
    }
    // A group, key, subnet or type that does not exist is a mistake in config.yaml.
    if fault.is_not_found() { fault.into_config() } else { fault.into_error() }
}

fn no_capacity(mut refusals: Vec<Error>) -> Error {
    if refusals.len() == 1 {
        return refusals.remove(0);
    }
    let begin = Error::new(Code::Refused, "no capacity for any of the instance types");
    let causes = refusals.iter().map(|refusal| refusal.causes().join(", "));
    causes
        .fold(begin, Error::cause)
        .hint("add more types to `instance_type`, choose another subnet, or try again later")
}
