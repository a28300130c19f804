//! What OpenStack's services tell by their words alone: nova, glance and cinder have no code for a refusal besides the
//! HTTP status, and nova gives every server that went into ERROR the code 500. These texts decide hints, and
//! whether trying again later may help. Lower case, since releases differ in it.

/// Words that are in the message of every refusal of a kind; not all of them are in each.
type Wording = &'static str;

/// Whether the message has one of these words.
pub fn is_one_of(message: &str, wordings: &[Wording]) -> bool {
    let lower = message.to_lowercase();
    wordings.iter().any(|words| lower.contains(words))
}

/// A quota: nova's `TooManyInstances` and `PortLimitExceeded`, cinder's `VolumeLimitExceeded`, glance's
/// `LimitExceeded`. Neutron has `OverQuota` for it.
/// <https://opendev.org/openstack/nova/src/branch/master/nova/exception.py>
/// <https://opendev.org/openstack/cinder/src/branch/master/cinder/exception.py>
pub const USED_UP: [Wording; 3] = ["quota", "limit", "exceeded"];

/// Glance's `ProtectedImageDelete`, passed on by nova's API for images, which does not show whether an image is
/// protected. <https://opendev.org/openstack/glance/src/branch/master/glance/common/exception.py>
pub const PROTECTED: [Wording; 1] = ["is protected"];

/// Nova's `BootFromVolumeRequiredForZeroDiskFlavor`: a policy, which users cannot read.
/// <https://github.com/kubernetes/kops/issues/12499>
pub const NO_DISK: [Wording; 1] = ["flavors with zero disk"];

/// Nova's `InstanceIsLocked`; from microversion 2.9 on a server says so itself.
/// <https://docs.openstack.org/nova/latest/reference/api-microversion-history.html>
pub const LOCKED: [Wording; 1] = ["is locked"];

/// Faults of servers. Nova's `SecurityGroupCannotBeApplied`, wrapped in others.
/// <https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/913>
pub const OPEN_NETWORK: [Wording; 1] = ["port_security_enabled"];

/// `MaxRetriesExceeded`: several hosts had capacity, and none could build the server. Before 2017 it was a
/// `NoValidHost` about scheduling attempts.
/// <https://opendev.org/openstack/nova/src/branch/master/nova/conductor/manager.py>
pub const EXHAUSTED: [Wording; 3] =
    ["exhausted all hosts", "maximum number of retries", "max scheduling attempts"];

/// `NoValidHost` and `ComputeResourcesUnavailable`.
/// <https://opendev.org/openstack/nova/src/branch/master/nova/exception.py>
pub const FULL: [Wording; 3] = ["no valid host", "not enough", "insufficient compute resources"];

/// A quota that is found only while the server is built, of ports for example.
pub const QUOTA: [Wording; 1] = ["quota"];
