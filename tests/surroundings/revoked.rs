//! `RevokedHostKeys` and `KnownHostsCommand` of the user's configuration.

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, program};
use crate::sshd::Sshd;

/// A host whose key is known, with these options.
fn home(server: &Sshd, options: &str) -> Home {
    Home::of(server, &format!("Host box\n {options}\n"))
}

#[test]
fn a_key_in_a_list_of_revoked_ones_is_refused() {
    let server = Sshd::start();
    let key = server.host_key_line();
    let other = imgctl::ssh::keys::generate("other").unwrap().public;
    let home = home(&server, "RevokedHostKeys ~/.ssh/revoked");
    home.connect("box").fails(3).says("cannot be read");
    home.write("revoked", &format!("# none of ours\n{other}\nssh-dss AAAAB3NzaC1kc3MAAAAA\n"));
    home.connect("box").succeeds();
    home.write("revoked", &format!("{other}\n{key} stolen\n"));
    home.connect("box").fails(3).says("revoked:2 (RevokedHostKeys) revokes it").hints("stolen");
    // Also where the key is given, or was pinned.
    let given = format!("ssh::connect(\"box\", #{{ host_key: \"{key}\" }}).query(\"id\")");
    home.run(&given).fails(3).says("revokes it");
    home.write("revoked", "ssh-ed25519 AAAA\n");
    home.connect("box").fails(3).says("revoked:1 (RevokedHostKeys) is not a key");
}

#[test]
fn a_key_in_a_revocation_list_of_ssh_keygen_is_refused() {
    let server = Sshd::start();
    let home = home(&server, "RevokedHostKeys ~/.ssh/revoked");
    let list = home.ssh().join("revoked");
    let revoke = |line: &str| {
        let key = home.write("one.pub", &format!("{line}\n"));
        program("ssh-keygen", &["-k", "-f", list.to_str().unwrap(), key.to_str().unwrap()]);
    };
    revoke(&imgctl::ssh::keys::generate("other").unwrap().public);
    home.connect("box").succeeds();
    revoke(server.host_key_line());
    home.connect("box").fails(3).says("ssh-keygen -Q").hints("stolen");
    std::fs::write(&list, b"SSHKRL\n\0damaged").unwrap();
    home.connect("box").fails(3).says("ssh-keygen -Q");
}

/// The program prints these lines, after it noted its arguments.
fn told_by(server: &Sshd, lines: &str) -> Home {
    let home = Home::new(
        server,
        "Host box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY\n \
         StrictHostKeyChecking yes\n KnownHostsCommand %d/.ssh/tell %H %I %t %n 100%%\n",
    );
    let lines = lines.replace("BOX", &format!("[127.0.0.1]:{}", server.port()));
    home.write("lines", &lines);
    let text = "#!/bin/sh\necho \"$*\" >> ~/.ssh/asked\ncat ~/.ssh/lines\n";
    let program = home.write("tell", text);
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o700)).unwrap();
    home
}

#[test]
fn a_known_hosts_command_is_asked() {
    let server = Sshd::start();
    let key = server.host_key_line();
    let home = told_by(&server, &format!("BOX {key}\n"));
    home.connect("box").succeeds();
    let asked = std::fs::read_to_string(home.ssh().join("asked")).unwrap();
    let name = format!("[127.0.0.1]:{}", server.port());
    let expected = format!("{name} ORDER NONE box 100%\n{name} HOSTNAME ssh-ed25519 box 100%\n");
    assert_eq!(asked, expected);

    let other = imgctl::ssh::keys::generate("other").unwrap().public;
    told_by(&server, &format!("BOX {other}\n"))
        .connect("box")
        .fails(3)
        .says("is not the expected one");
    told_by(&server, &format!("BOX {key}\n@revoked * {key}\n")).connect("box").fails(3);
    told_by(&server, "").connect("box").fails(3).says("is not known");
    let home = told_by(&server, &format!("BOX {key}\n"));
    std::fs::remove_file(home.ssh().join("tell")).unwrap();
    home.connect("box").fails(2).says("KnownHostsCommand").hints("KnownHostsCommand none");
}
