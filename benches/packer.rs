//! Packer's amazon-ebs, where `make bench-peers` has installed it.

use std::process::Command;

use super::clouds::{self, REGION};
use super::measure::program;
use super::sshd::{Sshd, user};

pub fn is_there() -> bool {
    Command::new("packer").arg("version").output().is_ok_and(|output| output.status.success())
}

/// It starts an instance, runs two commands, stops it for its image, and ends it. Its guest is a server that
/// answers at once; imgctl's begins with the instance.
pub fn wall() -> f64 {
    let server = clouds::ec2_server();
    let guest = Sshd::start();
    let file = guest.folder().join("agent.txt");
    let file = file.display();
    let template = serde_json::json!({
        "builders": [{
            "type": "amazon-ebs",
            "access_key": "imgctl",
            "secret_key": "secret",
            "region": REGION,
            "custom_endpoint_ec2": server.endpoint(),
            "skip_region_validation": true,
            "skip_credential_validation": true,
            "skip_metadata_api_check": true,
            "source_ami": server.world(|world| world.region(REGION).images[0].id.clone()),
            "instance_type": "m5.large",
            "ami_name": "agent",
            "ssh_host": "127.0.0.1",
            "ssh_port": guest.port(),
            "ssh_username": user(),
            "ssh_private_key_file": guest.client_key_path(),
        }],
        "provisioners": [
            {"type": "shell", "inline": [format!("echo agent > {file}")], "remote_folder": guest.folder()},
            {"type": "shell", "inline": [format!("test -s {file}")], "remote_folder": guest.folder()},
        ],
    });
    let path = guest.folder().join("template.json");
    std::fs::write(&path, template.to_string()).unwrap();
    let mut packer = Command::new("packer");
    packer.args(["build", "-color=false"]).arg(&path).current_dir(guest.folder());
    packer.env("HOME", guest.folder()).env("CHECKPOINT_DISABLE", "1");
    program(&packer).wall
}
