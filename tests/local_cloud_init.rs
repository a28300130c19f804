//! Real machines behind an emulated OpenStack and an emulated Rackspace: their own cloud-init carries
//! out the user data that imgctl passes. The scripts are the shipped ones.

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

/// Bytes of a machine's output that a failed test shows.
const SHOWN: usize = 4000;

/// A project with the shipped scripts, and its machines, which end with it.
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
        for file in ["stdlib/clean.rhai", "stdlib/hygiene.rhai", "stdlib/wait.rhai"] {
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
                    // The end shows how far the boot came.
                    let end = text.len().saturating_sub(SHOWN);
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
    // At the first connection the host key is the one from the user data.
    project.imgctl(&["up", "bootstrap", "tests"]).succeeds();
    let ran = project.imgctl(&["ssh:whoami; cat /etc/mine"]).succeeds();
    assert_eq!(ran.stdout, "debian\nmine\n");
    project.imgctl(&["create_image"]).succeeds();
    assert_eq!(cloud.world(|world| world.server()["status"].clone()), "SHUTOFF");
    project.imgctl(&["up", "tests", "ssh:sudo -n true", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

#[test]
fn a_server_of_rackspace_is_imaged_while_it_runs_and_accepts_logins_after_a_restart() {
    let cloud = OpenStackServer::rackspace();
    let machines = Machines::new(
        &cloud,
        "rackspace",
        json!({"region": "ORD", "distributions": {"debian12": {"username": "root"}}}),
    );
    let project = &machines.0;
    project.imgctl(&["up", "bootstrap"]).succeeds();
    let ran = project.imgctl(&["ssh:whoami; cat /etc/mine"]).succeeds();
    assert_eq!(ran.stdout, "root\nmine\n");
    project.imgctl(&["create_image"]).succeeds();
    project.imgctl(&["bootstrap"]).fails(2).says("accepts no logins until it is restarted");
    // After a restart cloud-init finds a first boot, and installs the same keys.
    project.imgctl(&["up", "tests", "destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}
