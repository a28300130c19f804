//! What the shipped tasks are for, in the order in which people need them.

/// The groups of the overview, each with its tasks. A project's own tasks come behind them.
pub const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Build",
        &["bake", "up", "bootstrap", "tests", "create_image", "verify_image", "down", "destroy"],
    ),
    ("Images", &["list_images", "prune_images", "delete_image", "export_image"]),
    ("Publish", &["publish", "promote", "copy_image", "share_image", "deprecate_image"]),
    ("Look", &["status", "ssh"]),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::script::shipped::Shelf;

    #[test]
    fn every_shipped_task_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        grouped.sort_unstable();
        assert_eq!(grouped, Shelf::Scripts.names(Path::new("nowhere")).unwrap());
    }
}
