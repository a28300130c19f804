//! Machine types: what follows from the family that a type belongs to. New families are added here:
//! <https://cloud.google.com/compute/docs/machine-resource>.

/// Families without live migration:
/// <https://cloud.google.com/compute/docs/instances/live-migration-process#limitations>.
const PINNED: [&str; 10] = ["a2-", "a3-", "a4-", "a4x-", "ct", "g2-", "g4-", "h3-", "h4d-", "z3-"];

/// Families with ARM processors.
const ARM: [&str; 4] = ["t2a-", "c4a-", "n4a-", "a4x-"];

/// Families that accept no Persistent Disk:
/// <https://cloud.google.com/compute/docs/disks/hyperdisks#supported-machine-types>.
const HYPERDISK: [&str; 13] = [
    "c4-",
    "c4a-",
    "c4d-",
    "n4-",
    "n4a-",
    "n4d-",
    "m4-",
    "x4-",
    "h4d-",
    "a3-ultragpu-",
    "a4-",
    "a4x-",
    "g4-",
];

fn is_of(machine_type: &str, families: &[&str]) -> bool {
    families.iter().any(|family| machine_type.starts_with(family))
}

fn is_metal(machine_type: &str) -> bool {
    machine_type.ends_with("-metal")
}

/// Google refuses these machine types unless maintenance may terminate the instance.
pub fn is_pinned(machine_type: &str) -> bool {
    is_of(machine_type, &PINNED) || is_metal(machine_type)
}

/// The architecture of its processors, as the API calls it.
pub fn architecture(machine_type: &str) -> &'static str {
    if is_of(machine_type, &ARM) { "ARM64" } else { "X86_64" }
}

/// The disk type that every machine type of its family accepts.
pub fn disk_type(machine_type: &str) -> &'static str {
    let only_hyperdisk = is_of(machine_type, &HYPERDISK) || is_metal(machine_type);
    if only_hyperdisk { "hyperdisk-balanced" } else { "pd-balanced" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_decides() {
        for (machine_type, arm, hyperdisk, pinned) in [
            ("e2-standard-2", false, false, false),
            ("n2-standard-4", false, false, false),
            ("t2a-standard-1", true, false, false),
            ("c3-standard-4", false, false, false),
            ("c3-standard-192-metal", false, true, true),
            ("c4-standard-4", false, true, false),
            ("c4a-standard-1", true, true, false),
            ("n4-highmem-2", false, true, false),
            ("a3-highgpu-8g", false, false, true),
            ("z3-highmem-88", false, false, true),
            ("a3-ultragpu-8g", false, true, true),
            ("a4x-highgpu-4g", true, true, true),
        ] {
            assert_eq!(architecture(machine_type) == "ARM64", arm, "{machine_type}");
            assert_eq!(disk_type(machine_type).starts_with("hyper"), hyperdisk, "{machine_type}");
            assert_eq!(is_pinned(machine_type), pinned, "{machine_type}");
        }
    }
}
