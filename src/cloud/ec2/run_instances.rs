//! RunInstances: each instance type in turn, until EC2 has capacity for one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{ResourceType, TagSpecification};
use tokio::sync::OnceCell;

use super::fault::Fault;
use super::provider::Ec2;
use super::subnet::{Subnet, Subnets};
use super::{request, tags};
use crate::cloud::{Call, Launch, Resource};
use crate::config::ec2::Settings;
use crate::report::Level;
use crate::{Code, Error, Result};

/// EC2 cannot start this instance type now in this zone; another zone, or the next type, may work.
const ELSEWHERE: &[&str] = &[
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientCapacity",
    "InsufficientCapacityOnHost",
    "InsufficientFreeAddressesInSubnet",
    "SpotMaxPriceTooLow",
    "Unsupported",
];

/// EC2 does not start this instance type in any zone. Among others: accounts on the free plan may start a
/// few types only.
const NEXT_TYPE: &str = "InvalidParameterCombination";

/// Key pair, group or image were found a moment ago, and not every server of EC2 knows them.
const TOO_EARLY: &[&str] = &[
    "InvalidKeyPair.NotFound",
    "InvalidGroup.NotFound",
    "InvalidAMIID.NotFound",
    "InvalidAMIID.Unavailable",
    "InvalidSnapshot.NotFound",
];

/// A value is wrong: which one it is, EC2 tells in its message alone.
const WRONG_VALUE: &str = "InvalidParameterValue";

/// How long IAM may take to tell EC2 of a new instance profile. One that is mistyped costs as much.
const PROFILE: Duration = Duration::from_secs(20);

/// The token was used before, with other parameters.
const OTHER_SETTINGS: &str = "IdempotentParameterMismatch";

/// What the requests for all instance types and subnets have in common.
pub struct Start<'a> {
    pub launch: &'a Launch,
    /// The name of the key pair. None: the key is in the user data alone.
    pub key: Option<&'a str>,
    pub groups: &'a [String],
    pub user_data: String,
    pub subnets: &'a Subnets,
}

/// One instance type in one subnet; None: EC2 chooses the subnet.
#[derive(Clone, Copy)]
struct Place<'a> {
    kind: &'a str,
    subnet: Option<&'a Subnet>,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.subnet {
            Some(subnet) => write!(f, "{} in {}", self.kind, subnet.id),
            None => f.write_str(self.kind),
        }
    }
}

impl Ec2 {
    /// Starts an instance and returns its id. On a refusal the intent is dropped from the ledger, unless
    /// it `is_repeated`: the request of an earlier process may have been carried out.
    pub(super) async fn run(
        &self,
        start: &Start<'_>,
        intent: &Resource,
        is_repeated: bool,
        call: &Call,
    ) -> Result<String> {
        let mut refusals: Vec<Error> = Vec::new();
        let mut is_certain = !is_repeated;
        for (number, kind) in self.settings.instance_type.iter().enumerate() {
            for (zone, subnet) in start.subnets.each().into_iter().enumerate() {
                let place = Place { kind, subnet };
                // EC2 refuses a token that was used with other parameters, so each place has its own.
                let token = match zone {
                    0 => format!("{}-{number}", intent.token),
                    _ => format!("{}-{number}-{zone}", intent.token),
                };
                let fault = match self.request_instance(start, place, &token, call).await {
                    Ok(id) => return Ok(id),
                    Err(fault) => fault,
                };
                let is_of_type = fault.is(NEXT_TYPE);
                if !is_of_type && !fault.is_any(ELSEWHERE) {
                    return self.ended(fault, start, intent, is_repeated, call).await;
                }
                is_certain &= fault.is_refusal();
                let error = refused(fault);
                let why = error.causes().join("; ");
                call.watch.report.log(Level::Warning, &format!("{place} is not available: {why}"));
                refusals.push(error.cause(format!("instance type {place}")));
                if is_of_type {
                    break;
                }
            }
        }
        if is_certain {
            call.ledger.gone(&intent.token)?;
        }
        Err(no_type(refusals))
    }

    /// After a refusal that no other place would change: the instance of an earlier request, else the error.
    async fn ended(
        &self,
        fault: Fault,
        start: &Start<'_>,
        intent: &Resource,
        is_repeated: bool,
        call: &Call,
    ) -> Result<String> {
        // An earlier request, with other settings, was carried out.
        if fault.is(OTHER_SETTINGS) {
            let look = || self.find_instance(&start.launch.role, call);
            let what = "the instance of an earlier request";
            let found = self.settling().find(what, &call.watch, look).await?;
            let id = found.and_then(|found| found.instance_id);
            return id.ok_or_else(|| refused(fault));
        }
        if is_over(&fault) || fault.is_refusal() && !is_repeated {
            call.ledger.gone(&intent.token)?;
        }
        let is_elsewhere = fault.is_any(&["InvalidGroup.NotFound", "InvalidParameter"])
            && !self.settings.security_groups.is_empty()
            && start.subnets.all.is_empty();
        let error = refused(fault);
        Err(match is_elsewhere {
            true => error.hint(
                "set `subnet` to one of the VPC that `security_groups` belong to: without it, the instance \
                 is in the default VPC",
            ),
            false => error,
        })
    }

    /// Requests one instance of this type there, again for some seconds while EC2 does not know the key
    /// pair or the group.
    async fn request_instance(
        &self,
        start: &Start<'_>,
        place: Place<'_>,
        token: &str,
        call: &Call,
    ) -> Result<String, Fault> {
        let tags = self.specifications(start.launch, call);
        let send = |ec2: aws_sdk_ec2::Client| {
            request_of(&self.settings, start, place, ec2)
                .client_token(token)
                .set_tag_specifications(Some(tags.clone()))
                .send()
        };
        let request = || self.clients.call(None, "RunInstances", &call.watch, send);
        let what = format!("EC2 to accept the request for a {place}");
        let began = Instant::now();
        let is_profile = OnceCell::new();
        let may_be_new_profile = |fault: &Fault| {
            let is_candidate = self.settings.instance_profile.is_some()
                && fault.is(WRONG_VALUE)
                && began.elapsed() < PROFILE;
            let ask = Box::pin(self.is_right_without_profile(start, place, call));
            let is_profile = &is_profile;
            async move { is_candidate && *is_profile.get_or_init(|| ask).await }
        };
        // A refusal that passes does not make an earlier attempt certain.
        let doubtful = AtomicBool::new(false);
        let look = || async {
            let sent = request().await;
            let passes = match &sent {
                Err(fault) => fault.is_any(TOO_EARLY) || may_be_new_profile(fault).await,
                Ok(_) => false,
            };
            match sent {
                Err(fault) if passes => {
                    doubtful.fetch_or(fault.is_uncertain(), Ordering::Relaxed);
                    Ok(None)
                }
                other => Ok(Some(other)),
            }
        };
        let sent = match self.settling().find(&what, &call.watch, look).await? {
            Some(sent) => sent,
            // What is still unknown after that time does not exist: this returns EC2's error.
            None => request().await,
        };
        let reply = sent.map_err(|fault| fault.doubted(doubtful.load(Ordering::Relaxed)))?;
        let id = reply.instances().first().and_then(|instance| instance.instance_id());
        let missing = || {
            Error::failed("EC2 accepted the request for an instance but returned no instance id")
        };
        Ok(id.map(str::to_owned).ok_or_else(missing)?)
    }

    /// Whether EC2 finds no wrong value in the same request without the instance profile. EC2 has one code for all
    /// wrong values, and would name the parameter in its message alone. Nothing is started by it.
    async fn is_right_without_profile(
        &self,
        start: &Start<'_>,
        place: Place<'_>,
        call: &Call,
    ) -> bool {
        let settings = Settings { instance_profile: None, ..self.settings.clone() };
        let tags = self.specifications(start.launch, call);
        let send = |ec2: aws_sdk_ec2::Client| {
            request_of(&settings, start, place, ec2)
                .set_tag_specifications(Some(tags.clone()))
                .dry_run(true)
                .send()
        };
        let asked = self.clients.call(None, "RunInstances", &call.watch, send).await;
        !asked.is_err_and(|fault| fault.is(WRONG_VALUE))
    }

    /// The tags of what the request makes.
    fn specifications(&self, launch: &Launch, call: &Call) -> Vec<TagSpecification> {
        let tags = tags::all(&launch.tags, &launch.name, &launch.role, call);
        let mut kinds =
            vec![ResourceType::Instance, ResourceType::Volume, ResourceType::NetworkInterface];
        // An organisation's policy may demand tags on all that is made.
        kinds.extend(self.settings.spot.as_ref().map(|_| ResourceType::SpotInstancesRequest));
        tags::specifications(&tags, &kinds)
    }
}

/// The request without its token and tags.
fn request_of(
    settings: &Settings,
    start: &Start<'_>,
    place: Place<'_>,
    ec2: aws_sdk_ec2::Client,
) -> RunInstancesFluentBuilder {
    let Place { kind, subnet } = place;
    request::run_instances(settings, &start.launch.image, ec2, kind, start.groups, subnet)
        .set_key_name(start.key.map(str::to_owned))
        .user_data(&start.user_data)
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
    if fault.is(OTHER_SETTINGS) {
        return fault.into_error().hint(
            "run `imgctl destroy`, then `imgctl up`: the settings were changed after an instance was \
             requested, which is not shown",
        );
    }
    if fault.is(NEXT_TYPE) {
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
