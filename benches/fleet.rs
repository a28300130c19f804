//! One command on many hosts at once: sessions of one sshd, each at an address of its own on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::program;
use super::results::{Peer, Results};
use super::sshd::{Sshd, user};

/// Hosts, and rounds of it: some peers need minutes for a thousand.
const FLEETS: [(usize, usize); 2] = [(200, 3), (1000, 1)];
/// How many of them at once.
const AT_ONCE: usize = 50;

/// Addresses of 127.0.0.0/8: all of it is this machine.
fn addresses(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("127.1.{}.{}", number / 200, number % 200 + 1)).collect()
}

/// A program of `make bench-peers`.
fn peer(name: &str) -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
    Some(root.join("beds/peers/bin").join(name)).filter(|program| program.exists())
}

fn python(text: String) -> Option<Command> {
    let mut command = Command::new(peer("python")?);
    command.args(["-c", &text]);
    Some(command)
}

pub fn fleet(results: &mut Results) {
    // Every address of 127.0.0.0/8 leads to it, and from elsewhere nobody may log in.
    let only = format!("AllowUsers {}@127.0.0.0/8", user());
    let server =
        Sshd::with(&["ListenAddress 0.0.0.0", "MaxStartups 2000", "LoginGraceTime 300", &only]);
    let folder = server.folder();
    let (port, user, key) = (server.port(), user(), server.client_key_path());
    let key = key.display();
    for (count, rounds) in FLEETS {
        let hosts = addresses(count);
        let list = serde_json::to_string(&hosts).unwrap();
        let options = format!(
            "#{{ port: {port}, user: \"{user}\", key: \"{key}\", host_key: \"{}\" }}",
            server.host_key_line()
        );
        let script = folder.join("fleet.rhai");
        let text = format!(
            "let hosts = {list}.map(|address| ssh::connect(address, {options}));\n\
             parallel(hosts, #{{ at_most: {AT_ONCE} }}, |host| host.run(\"true\"));\n"
        );
        std::fs::write(&script, text).unwrap();
        let ours = || {
            let mut imgctl = Command::new(env!("CARGO_BIN_EXE_imgctl"));
            imgctl.arg("run").arg(&script).current_dir(folder).env("HOME", folder);
            program(&imgctl)
        };
        let pssh = python(format!(
            "from pssh.clients import ParallelSSHClient as Client\n\
             client = Client({list}, user='{user}', port={port}, pkey='{key}', pool_size={AT_ONCE})\n\
             out = client.run_command('true')\nclient.join(out)\n\
             assert all(host.exit_code == 0 for host in out)"
        ));
        // fabric's groups begin all at once.
        let fabric = python(format!(
            "from fabric import Connection\nfrom concurrent.futures import ThreadPoolExecutor as Pool\n\
             def run(host):\n  with Connection(host, user='{user}', port={port}, connect_kwargs={{'key_filename': \
             '{key}'}}) as c: c.run('true', hide=True)\n\
             list(Pool({AT_ONCE}).map(run, {list}))"
        ));
        let openssh = {
            let mut command = Command::new("sh");
            command.args(["-c", &format!(
                "printf '%s\\n' {} | xargs -P {AT_ONCE} -I@ ssh -F none -o StrictHostKeyChecking=no -o \
                 UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i {key} -p {port} @ true",
                hosts.join(" ")
            )]);
            Some(command)
        };
        let ansible = peer("ansible").map(|program| {
            let inventory = folder.join("hosts.ini");
            let lines = hosts.join("\n");
            std::fs::write(
                &inventory,
                format!(
                    "[all]\n{lines}\n[all:vars]\nansible_port={port}\nansible_user={user}\n\
                ansible_ssh_private_key_file={key}\nansible_host_key_checking=false\n"
                ),
            )
            .unwrap();
            let mut command = Command::new(program);
            command
                .args(["all", "-m", "raw", "-a", "true", "-f", &AT_ONCE.to_string(), "-i"])
                .arg(inventory);
            command.env("ANSIBLE_HOST_KEY_CHECKING", "False").env("HOME", folder);
            command
        });
        let pyinfra = peer("pyinfra").map(|program| {
            let mut command = Command::new(program);
            command.args(["--yes", "--parallel", &AT_ONCE.to_string(), "--ssh-user", &user]);
            command.args(["--ssh-port", &port.to_string(), "--ssh-key", &key.to_string()]);
            // So many names are too long for one argument.
            std::fs::write(folder.join("inventory.py"), format!("hosts = {list}\n")).unwrap();
            command.args(["--data", "ssh_strict_host_key_checking=off", "inventory.py"]);
            command.args(["exec", "--", "true"]).current_dir(folder).env("HOME", folder);
            command
        });
        let found = [
            ("OpenSSH, xargs -P", openssh),
            ("parallel-ssh", pssh),
            ("Fabric", fabric),
            ("pyinfra", pyinfra),
            ("Ansible", ansible),
        ];
        let peers = found.into_iter().filter_map(|(name, command)| {
            let command = command?;
            Some(Peer { name: name.to_owned(), work: Box::new(move || program(&command)) })
        });
        results.programs_in(rounds, &format!("`true` on {count} hosts"), ours, peers.collect());
    }
}
