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
    // Among others: accounts on the free plan may start a few types only.
    "InvalidParameterCombination",
];

/// Key pair, group or image were found a moment ago, and not every server of EC2 knows them.
const TOO_EARLY: &[&str] = &[
    "InvalidKeyPair.NotFound",
    "InvalidGroup.NotFound",
    "InvalidAMIID.NotFound",
    "InvalidAMIID.Unavailable",
    "InvalidSnapshot.NotFound",
];

/// What the requests for all instance types have in common.
struct Start<'a> {
    launch: &'a Launch,
    key: &'a str,
    groups: &'a [String],
    user_data: String,
}

impl Ec2 {
    /// Starts an instance and returns its id. On a refusal the intent is dropped from the ledger, unless
    /// it `is_repeated`: the request of an earlier process may have been carried out.
    pub(super) async fn run(
        &self,
        launch: &Launch,
        key: &str,
        groups: &[String],
        intent: &Resource,
        is_repeated: bool,
        call: &Call,
    ) -> Result<String> {
        let user_data = request::user_data(launch, intent.attribute(request::DEADLINE))?;
        let start = Start { launch, key, groups, user_data };
        let mut refusals: Vec<Error> = Vec::new();
        let mut is_certain = !is_repeated;
        for (place, kind) in self.settings.instance_type.iter().enumerate() {
            // EC2 refuses a token that was used with other parameters, so each type has its own.
            let token = format!("{}-{place}", intent.token);
            match self.request_instance(&start, kind, &token, call).await {
                Ok(id) => return Ok(id),
                Err(fault) if fault.is_any(NEXT_TYPE) => {
                    is_certain &= fault.is_refusal();
                    let error = refused(fault);
                    let why = error.causes().join("; ");
                    let message = format!("{kind} is not available: {why}");
                    call.watch.report.log(Level::Warning, &message);
                    refusals.push(error.cause(format!("instance type {kind}")));
                }
                Err(fault) => {
                    if is_over(&fault) || fault.is_refusal() && !is_repeated {
                        call.ledger.gone(&intent.token)?;
                    }
                    return Err(refused(fault));
                }
            }
        }
        if is_certain {
            call.ledger.gone(&intent.token)?;
        }
        Err(no_type(refusals))
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
        let sent = match self.settling().find(&what, &call.watch, look).await? {
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

/// Whether the instance of an earlier request with this token is terminated.
fn is_over(fault: &Fault) -> bool {
    fault.is("IdempotentInstanceTerminated")
}

/// The error for a request that another instance type would not help.
fn refused(fault: Fault) -> Error {
    if is_over(&fault) {
        return Error::failed("the instance that was started earlier is terminated")
            .hint("run the same command again to start a new one");
    }
    if fault.is("InvalidParameterCombination") {
        return fault.into_config().hint(
            "set `instance_type` to a type that the account, the subnet and the base image allow; an \
             account on AWS's free plan may start t3.micro, t3.small, c7i-flex.large and \
             m7i-flex.large",
        );
    }
    // A group, key, subnet or type that does not exist is a mistake in config.yaml.
    if fault.is_not_found() { fault.into_config() } else { fault.into_error() }
}

fn no_type(mut refusals: Vec<Error>) -> Error {
    if refusals.len() == 1 {
        return refusals.remove(0);
    }
    let lacks_capacity = refusals.iter().all(|refusal| refusal.code() == Code::Refused);
    let (code, what) = if lacks_capacity {
        (Code::Refused, "no capacity for any of the instance types")
    } else {
        (Code::Config, "none of the instance types can be started")
    };
    let hint = refusals.iter().find(|refusal| refusal.code() != Code::Refused);
    let hint = hint.and_then(Error::hint_text).map(str::to_owned).unwrap_or_else(|| {
        "add more types to `instance_type`, choose another subnet, or try again later".to_owned()
    });
    let causes = refusals.iter().map(|refusal| refusal.causes().join(", "));
    causes.fold(Error::new(code, what), Error::cause).hint(hint)
}
