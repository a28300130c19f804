//! What no emulated guest can show: real machines, whose own cloud-init carries out what imgctl hands
//! over, behind an emulated OpenStack and an emulated Rackspace. The scripts are the shipped ones.

#![cfg(all(feature = "local", feature = "rackspace"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "local/bed.rs"]
#[allow(dead_code, reason = "the tests of the local cloud use the rest")]
mod bed;
#[path = "support/guest.rs"]
mod guest;
#[path = "support/openstack_server/mod.rs"]
mod openstack_server;

use std::path::{Path, PathBuf};

use bed::Bed;
use guest::CloudProject;
use imgctl::cloud::Cloud;
use openstack_server::OpenStackServer;
use serde_json::{Value, json};

/// Bytes of what a machine printed that a failed test shows.
const LAST_WORDS: usize = 4000;

/// A project with the shipped scripts, and the machines in it, which end with it.
struct Machines(CloudProject);

impl Machines {
    /// `settings` are the cloud's own.
    fn new(server: &OpenStackServer, cloud: &str, mut settings: Value) -> Machines {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/machine.py");
        let facts = server.facts();
        let proxy = format!(
            "python3 {} {} --instance {{instance}} --folder guests --base {}",
            program.display(),
            facts.strip_prefix("files ").unwrap(),
            base().display()
        );
        settings["ssh"] = json!({"proxy_command": proxy, "ready_timeout": "15m"});
        settings["user_data_file"] = "mine.sh".into();
        let config = json!({"defaults": {"cloud": cloud}, "clouds": {cloud: settings}});
        let project = CloudProject::new(&config.to_string());
        for file in ["stdlib/clean.rhai", "stdlib/wait.rhai"] {
            std::fs::remove_file(project.path().join(file)).unwrap();
        }
        project.write("mine.sh", "#!/bin/sh\necho mine > /etc/mine\n");
        let project = project
            .env("OS_AUTH_URL", &server.auth_url())
            .env("OS_USERNAME", "me")
            .env("OS_PASSWORD", "secret");
        Machines(match cloud {
            "openstack" => project.env("OS_PROJECT_NAME", "ci"),
            _ => project,
        })
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        let guests = std::fs::read_dir(self.0.path().join("guests"));
        for guest in guests.into_iter().flatten().flatten() {
            let folder = guest.path();
            if std::thread::panicking() {
                for file in ["qemu.log", "console"] {
                    let text = std::fs::read(folder.join(file)).unwrap_or_default();
                    // How far it came; the whole would hide it.
                    let end = text.len().saturating_sub(LAST_WORDS);
                    println!("{file}: {}", String::from_utf8_lossy(&text[end..]));
                }
            }
            let process = std::fs::read_to_string(folder.join("pid")).ok();
            let process =
                process.and_then(|pid| rustix::process::Pid::from_raw(pid.trim().parse().ok()?));
            if let Some(process) = process {
                // It may have ended by itself.
                let _ = rustix::process::kill_process_group(process, rustix::process::Signal::KILL);
            }
        }
    }
}

/// The file of the base that the local cloud builds, and that its tests share.
fn base() -> PathBuf {
    let bed = Bed::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let image = runtime.block_on(bed.cloud().find_base(None, &bed.call)).unwrap();
    bed.settings.cache.clone().unwrap().join("bases").join(format!("{}.qcow2", image.id))
}

#[test]
fn a_machine_of_openstack_is_cleaned_stopped_imaged_and_started_again() {
    let cloud = OpenStackServer::start();
    let machines = Machines::new(
        &cloud,
        "openstack",
        json!({
            "ssh_from": "192.0.2.0/24",
            "config_drive": true,
            "distributions": {"debian12": {"username": "debian"}},
        }),
    );
    let project = &machines.0;
    // Nobody has seen the machine before: the host key it shows is the one that was handed in.
    project.succeeds(&["up", "bootstrap", "tests"]);
    assert_eq!(project.succeeds(&["ssh:whoami; cat /etc/mine"]), "debian\nmine\n");
    project.succeeds(&["create_image"]);
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "SHUTOFF");
    project.succeeds(&["up", "tests", "ssh:sudo -n true", "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_of_rackspace_is_imaged_while_it_runs_and_lets_us_in_again() {
    let cloud = OpenStackServer::rackspace();
    let machines = Machines::new(
        &cloud,
        "rackspace",
        json!({"region": "ORD", "distributions": {"debian12": {"username": "root"}}}),
    );
    let project = &machines.0;
    project.succeeds(&["up", "bootstrap"]);
    assert_eq!(project.succeeds(&["ssh:whoami; cat /etc/mine"]), "root\nmine\n");
    project.succeeds(&["create_image"]);
    let said = project.fails(2, &["bootstrap"]);
    assert!(said.contains("lets nobody in until it is started again"), "{said}");
    // Restarted: cloud-init takes it for a first boot, and hands in the same keys.
    project.succeeds(&["up", "tests", "destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}
