//! The CI image as a whole: the full profile on a container machine, twice, and each of its checks broken.
//!
//! What it downloads comes from Debian's mirror and from servers on the machine itself.
#![cfg(all(target_os = "linux", feature = "local"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/container.rs"]
mod container;

use std::path::Path;

use container::{Container, Kind, can_run};

/// A machine that runs, in a project with the scripts and settings of tests/ci_image.
fn machine() -> Container {
    let project = Container::project(&Kind {
        distribution: "debian12",
        machine: "container",
        settings: "{}",
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ci_image");
    for name in ["servers.rhai", "broken.rhai"] {
        std::os::unix::fs::symlink(folder.join(name), project.path().join(name)).unwrap();
    }
    // The project's own settings name the folder and the cache.
    let settings = std::fs::read_to_string(folder.join("full.yaml")).unwrap();
    let (_, ci_image) = settings.split_once("\nci_image:").unwrap();
    let config = project.path().join("config.yaml");
    let own = std::fs::read_to_string(&config).unwrap();
    std::fs::write(config, format!("{own}ci_image:{ci_image}")).unwrap();
    project.imgctl(&["up"]).succeeds();
    project
}

const MARK: &str = "host.sudo(\"touch /var/tmp/before && sleep 1\");";

/// Files that changed since: not those that a running system writes by itself.
const CHANGED: &str = r#"
let find = "find / -xdev ( -path /var/log -o -path /var/tmp -o -path /tmp -o -path /run -o -path /var/lib/systemd -o -path /var/lib/private -o -path /proc -o -path /sys -o -path /dev ) -prune -o -newercm /var/tmp/before -print";
let found = host.query(find.split(" "), #{ user: "root", ok: [0] }).stdout;
print(`changed: ${if found == "" { "nothing" } else { found }}`);
"#;

#[test]
fn the_full_image_is_made_once_and_every_check_notices_what_is_broken() {
    if !can_run() {
        println!("skipped: containers need root");
        return;
    }
    let machine = machine();
    machine.imgctl(&["run", "servers.rhai"]).succeeds();
    machine.imgctl(&["bootstrap"]).succeeds();
    machine.imgctl(&["tests"]).succeeds();

    drop(machine.script(MARK).succeeds());
    let again = machine.imgctl(&["bootstrap", "--fresh"]).succeeds();
    let changing = again.stderr.lines().filter(|line| line.contains("✓") && line.contains(" s"));
    let changing: Vec<_> = changing
        .filter(|line| !line.contains("unchanged") && !line.contains("bootstrap"))
        .collect();
    assert!(changing.is_empty(), "steps that changed something again: {changing:#?}");
    machine.script(CHANGED).succeeds().says("changed: nothing");

    machine.imgctl(&["run", "broken.rhai"]).succeeds();
}
