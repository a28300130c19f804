//! Instances as EC2 describes them, and waiting for their states.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{self, Filter, InstanceStateName};

use super::address::{Arrival, address};
use super::filter::filter;
use super::image::PAGE;
use super::provider::Ec2;
use super::tags;
use crate::cloud::pages::Pages;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance, InstanceState, Resource, ResourceKind, refusals};
use crate::config::ec2::Address;
use crate::{Code, Error, Result};

/// Key of [`Resource::attributes`]: the ids of an instance's volumes, with spaces between them. It is
/// written down when EC2 shows the instance running.
pub const VOLUMES: &str = "volumes";

/// Whether EC2 has ever shown the recorded instance. If so, an unknown id means that it is gone.
pub fn was_seen(resource: &Resource) -> bool {
    resource.attribute(VOLUMES).is_some()
}

/// Instances that are not terminated or about to be.
pub fn alive() -> Filter {
    filter("instance-state-name", &["pending", "running", "stopping", "stopped"])
}

pub fn state(instance: &types::Instance) -> InstanceState {
    match instance.state().and_then(|state| state.name()) {
        Some(InstanceStateName::Running) => InstanceState::Running,
        Some(InstanceStateName::Stopping) => InstanceState::Stopping,
        Some(InstanceStateName::Stopped) => InstanceState::Stopped,
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) => {
            InstanceState::Gone
        }
        _ => InstanceState::Pending,
    }
}

/// `running`, as EC2 calls it.
fn state_name(instance: &types::Instance) -> &str {
    instance.state().and_then(|state| state.name()).map_or("unknown", |name| name.as_str())
}

/// What to do about the reason for its state, by EC2's code for that.
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html>
fn advice(instance: &types::Instance) -> Option<&'static str> {
    let code = instance.state_reason().and_then(|reason| reason.code())?;
    Some(match code {
        "Client.InternalError" => KEY,
        code if code.starts_with("Client.InvalidKMSKey") => KEY,
        "Server.InsufficientInstanceCapacity" => {
            "name more types in `instance_type`, or other subnets in `subnet`"
        }
        "Client.VolumeLimitExceeded" => {
            "delete volumes that are not needed, or raise the quota of EBS in the Service Quotas console"
        }
        "Server.SpotInstanceTermination" | "Server.SpotInstanceShutdown" => {
            "EC2 has taken its spot capacity back: try again, or omit `spot`"
        }
        _ => return None,
    })
}

/// EC2 says no more than an internal error of the client where a volume's key cannot be used.
/// Source: <https://github.com/hashicorp/packer/issues/9867>
const KEY: &str = "check the KMS key of its volumes (`disk.encryption_key`, else the account's key for EBS): it \
                   must be enabled, and the credentials need kms:CreateGrant and the others that docs/ec2.md \
                   lists; for `spot`, AWSServiceRoleForEC2Spot needs a grant on it";

/// The error for an instance that is terminated, or unknown to EC2.
pub fn gone(id: &str, found: Option<&types::Instance>) -> Error {
    let error = refusals::gone(ResourceKind::Instance, id);
    let error = match found.and_then(reason) {
        Some(reason) => error.cause(reason),
        None => error,
    };
    let again = "run `imgctl destroy`, then `imgctl up` to start a new one";
    match found.and_then(advice) {
        Some(advice) => error.hint(format!("{again}; {advice}")),
        None => error.hint(again),
    }
}

/// Why it is in its state, in EC2's words.
fn reason(instance: &types::Instance) -> Option<String> {
    let message = instance.state_reason().and_then(|reason| reason.message());
    let given = message.or(instance.state_transition_reason());
    given.filter(|reason| !reason.is_empty()).map(str::to_owned)
}

pub fn is_spot(instance: &types::Instance) -> bool {
    instance.instance_lifecycle() == Some(&types::InstanceLifecycleType::Spot)
}

/// RFC 3339, UTC.
pub fn time(moment: Option<&DateTime>) -> String {
    moment.and_then(|moment| moment.fmt(DateTimeFormat::DateTime).ok()).unwrap_or_default()
}

/// The ids of its volumes.
pub fn volumes(instance: &types::Instance) -> Vec<String> {
    let volumes = instance.block_device_mappings().iter().filter_map(|device| device.ebs());
    volumes.filter_map(|volume| volume.volume_id()).map(str::to_owned).collect()
}

impl Ec2 {
    pub(super) fn instance(&self, instance: &types::Instance) -> Instance {
        let tags = tags::read(instance.tags());
        let id = instance.instance_id().unwrap_or_default().to_owned();
        Instance {
            name: tags.get("Name").cloned().unwrap_or_else(|| id.clone()),
            id,
            state: state(instance),
            reason: reason(instance),
            // A stopped instance keeps its private address, but does not answer there.
            address: address(instance, self.settings.address)
                .filter(|_| state(instance) == InstanceState::Running),
            ssh_port: 22,
            zone: instance
                .placement()
                .and_then(|placement| placement.availability_zone())
                .map(str::to_owned),
            image: instance.image_id().unwrap_or_default().to_owned(),
            created: time(instance.launch_time()),
            tags,
        }
    }

    pub(super) async fn instances(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<types::Instance>> {
        let (mut found, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list instances");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                let request = ec2.describe_instances().set_filters(Some(filters.to_vec()));
                request.max_results(PAGE).set_next_token(page.clone()).send()
            };
            let reply = self.clients.call(None, "DescribeInstances", &call.watch, send).await?;
            let reservations = reply.reservations.unwrap_or_default().into_iter();
            found.extend(reservations.flat_map(|some| some.instances.unwrap_or_default()));
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    /// The instance of this id; None when EC2 does not know it, no longer or not yet.
    pub(super) async fn look(&self, id: &str, call: &Call) -> Result<Option<types::Instance>> {
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_instances().instance_ids(id).send();
        match self.clients.call(None, "DescribeInstances", &call.watch, send).await {
            Ok(reply) => {
                let mut found = reply.reservations.unwrap_or_default().into_iter();
                Ok(found.find_map(|some| some.instances.unwrap_or_default().pop()))
            }
            Err(fault) if fault.is_not_found() || fault.is("InvalidInstanceID.Malformed") => {
                Ok(None)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Waits until a new one runs and has an address.
    pub(super) async fn until_running(&self, id: &str, call: &Call) -> Result<types::Instance> {
        self.until_up(id, false, call).await
    }

    /// Waits until one that was started again runs; EC2 may report it as stopped for a moment.
    pub(super) async fn until_restarted(&self, id: &str, call: &Call) -> Result<types::Instance> {
        self.until_up(id, true, call).await
    }

    async fn until_up(&self, id: &str, again: bool, call: &Call) -> Result<types::Instance> {
        let what = format!("instance {id} to run");
        let patience = self.patience(self.settings.start_timeout);
        let grace = self.settling();
        let absence = if again { grace.absence_of_known() } else { grace.absence_of_new() };
        let running = Arrival::default();
        // After the start has begun, `stopped` means that it failed.
        let begun = AtomicBool::new(false);
        let look = wait::until(&what, patience, &call.watch, || async {
            let Some(found) = self.look(id, call).await? else {
                return if absence.missed() { Err(lost(id, None)) } else { pending(NOT_SHOWN) };
            };
            absence.found();
            if state(&found) == InstanceState::Pending {
                begun.store(true, Ordering::Relaxed);
            }
            match state(&found) {
                InstanceState::Running => {
                    let lacks = self.lacks_address(&found, &running, call).await?;
                    if lacks {
                        pending("running, without its address yet")
                    } else {
                        Ok(Poll::Ready(found))
                    }
                }
                InstanceState::Pending => pending(state_name(&found)),
                InstanceState::Stopped if again && !begun.load(Ordering::Relaxed) => {
                    pending(state_name(&found))
                }
                _ => Err(lost(id, Some(&found))),
            }
        });
        look.await.map_err(|error| self.explain_timeout(error))
    }

    fn explain_timeout(&self, error: Error) -> Error {
        if error.code() != Code::Timeout || self.settings.address != Some(Address::Public) {
            return error;
        }
        error.hint("check that the subnet assigns public addresses: `address` is `public`")
    }

    pub(super) async fn until_stopped(&self, id: &str, call: &Call) -> Result<()> {
        let what = format!("instance {id} to stop");
        let patience = self.patience(self.settings.stop_timeout);
        let absence = self.settling().absence_of_known();
        wait::until(&what, patience, &call.watch, || async {
            let Some(found) = self.look(id, call).await? else {
                return if absence.missed() { Err(lost(id, None)) } else { pending(NOT_SHOWN) };
            };
            absence.found();
            match state(&found) {
                InstanceState::Stopped => Ok(Poll::Ready(())),
                InstanceState::Gone => Err(lost(id, Some(&found))),
                _ => pending(state_name(&found)),
            }
        })
        .await
    }

    /// Waits until it is terminated, or no longer known to EC2. Terminates one that is seen running: not
    /// every server knew it when the request came.
    pub(super) async fn until_terminated(&self, id: &str, call: &Call) -> Result<()> {
        let what = format!("instance {id} to be terminated");
        let patience = self.patience(self.settings.stop_timeout);
        let absence = self.settling().absence_of_known();
        wait::until(&what, patience, &call.watch, || async {
            let Some(found) = self.look(id, call).await? else {
                return if absence.missed() { Ok(Poll::Ready(())) } else { pending(NOT_SHOWN) };
            };
            absence.found();
            if found.state().and_then(|state| state.name()) == Some(&InstanceStateName::Terminated)
            {
                return Ok(Poll::Ready(()));
            }
            if state(&found) != InstanceState::Gone {
                self.terminate(id, call).await?;
            }
            pending(state_name(&found))
        })
        .await
    }
}

/// What a wait says of an instance that EC2 does not show.
const NOT_SHOWN: &str = "not shown by EC2";

fn pending<T>(status: &str) -> Result<Poll<T>> {
    Ok(Poll::Pending(status.to_owned()))
}

/// It will never reach the state that was waited for.
fn lost(id: &str, found: Option<&types::Instance>) -> Error {
    let error = match found {
        Some(found) => {
            let reason = reason(found).unwrap_or_else(|| refusals::NO_REASON.to_owned());
            Error::failed(format!("instance {id} is {}", state_name(found))).cause(reason)
        }
        None => refusals::gone(ResourceKind::Instance, id),
    };
    let again = "run `imgctl destroy` to remove what is left of it, then `imgctl up` again";
    match found.and_then(advice) {
        Some(advice) => error.hint(format!("{again}; {advice}")),
        None => error.hint(again),
    }
}
