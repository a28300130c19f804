//! The shipped library on real machines, which are containers: as root only.
#![cfg(all(target_os = "linux", feature = "local"))]

#[path = "support/container.rs"]
mod container;

use container::Container;

#[test]
fn lines_and_services_are_changed_once() {
    let Some(machine) = Container::start() else { return };
    machine
        .script(
            r#"
import "std/file" as file;
import "std/service" as service;
print(`first ${file::line(host, "/etc/motd", "made by a test")}`);
print(`again ${file::line(host, "/etc/motd", "made by a test")}`);
print(`ssh ${service::is_running(host, "ssh")}`);
"#,
        )
        .succeeds()
        .says("first true")
        .says("again false")
        .says("ssh true");
}

#[test]
fn machines_run_side_by_side() {
    let Some(one) = Container::start() else { return };
    let Some(two) = Container::start() else { return };
    for machine in [&one, &two] {
        machine
            .script("print(host.query(\"systemd-detect-virt\").stdout);")
            .succeeds()
            .says("nspawn");
    }
}
