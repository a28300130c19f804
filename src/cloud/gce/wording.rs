//! What Google tells by its words alone. One reason stands for many refusals there, such as `invalid` for every value
//! that is not accepted, and no field says more. These texts decide hints and exit codes; that a zone has no
//! capacity is never believed against one of them.

/// Words that are in the message of every refusal of a kind, and of no other.
type Wording = &'static str;

/// Whether the message has one of these words.
pub fn is_one_of(message: &str, wordings: &[Wording]) -> bool {
    wordings.iter().any(|words| message.contains(words))
}

/// The project does not exist. The reason is `notFound`, as for everything in a project, or
/// `accessNotConfigured`, as where the API is disabled.
/// <https://github.com/vmware-archive/terraforming-gcp/issues/28>
/// <https://github.com/hashicorp/terraform-provider-google/issues/1789>
pub const NO_PROJECT: [Wording; 2] =
    ["Failed to find project ", "is not found and cannot be used for API calls"];

/// `The resource 'projects/P' was not found`, without a path below the project.
/// <https://github.com/hashicorp/terraform/issues/4031>
pub fn names_project_alone(message: &str) -> bool {
    let resource = message.split("The resource 'projects/").nth(1);
    resource.and_then(|rest| rest.split('\'').next()).is_some_and(|name| !name.contains('/'))
}

/// Older answers have the reason `forbidden` alone.
/// <https://github.com/GoogleCloudPlatform/java-docs-samples/issues/276>
/// <https://github.com/pgmichael/wavenet-for-chrome/issues/83>
pub const UNPAID: [Wording; 2] = ["has billing disabled", "requires billing to be enabled"];

/// A key of Cloud KMS cannot be used: the operation's code is that of any invalid value.
/// <https://github.com/hashicorp/terraform-provider-google/issues/5103>
/// <https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver/pull/590>
pub const KEY: [Wording; 2] = ["Cloud KMS", "cloudkms.cryptoKey"];

/// The machine type does not go with the type of the disk. The code is `badRequest`, or even
/// `ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS`, as where a zone has no capacity.
/// <https://github.com/elastic/elastic-agent/issues/5091>
pub const INCOMPATIBLE: [Wording; 1] = ["not compatible for creating instance"];
