//! Whether a container can have users of its own: the files on its disk must then appear to belong to
//! them, which the kernel does by mapping the ids of a mount.

/// The first Linux that maps the ids of an ext4 mount.
/// Source: kernel documentation, "Idmappings", and `mount_setattr(2)`.
const FIRST: (u32, u32) = (5, 12);

/// Whether the kernel can map the ids of a mounted disk.
pub fn can_be_mapped() -> bool {
    is_new_enough(&std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default())
}

fn is_new_enough(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= FIRST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn ids_are_mapped_since_linux_5_12() {
        for release in ["5.12", "5.12.0-rc1", "6.1.0-53-amd64", "10.0"] {
            assert!(is_new_enough(release), "{release}");
        }
        for release in ["5.11.22", "4.18.0-553.el8", "3.10", "", "Linux"] {
            assert!(!is_new_enough(release), "{release}");
        }
    }
}
