//! Which way, and which methods, the user's configuration allows.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::home::Home;
use crate::sshd::Sshd;

#[test]
fn methods_that_the_configuration_allows_are_the_only_ones() {
    let server = Sshd::start();
    for allowed in [
        "HostKeyAlgorithms ssh-ed25519",
        "HostKeyAlgorithms +ssh-rsa",
        "HostKeyAlgorithms ^rsa-sha2-512",
        "HostKeyAlgorithms -ecdsa-*",
        "Ciphers aes128-ctr\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256",
    ] {
        println!("{allowed}");
        Home::of(&server, allowed).connect("box").succeeds().says("in\n");
    }
    // SHA-1 is not used for host keys, whatever is allowed.
    let home = Home::of(&server, "HostKeyAlgorithms ssh-rsa");
    home.connect("box")
        .fails(2)
        .says("nothing that HostKeyAlgorithms allows can be used")
        .says("allows ssh-rsa")
        .hints("add one of these to HostKeyAlgorithms of box");
    // The server has a key of another kind.
    let home = Home::of(&server, "HostKeyAlgorithms rsa-sha2-512");
    home.connect("box").fails(3).says("no host key in common").says("imgctl offers rsa-sha2-512");
}

#[test]
fn the_address_of_this_computer_that_is_asked_for_is_used() {
    let server = Sshd::start();
    let home = Home::of(&server, "BindAddress 127.0.0.2");
    home.run("print(ssh::connect(\"box\").query(\"echo $SSH_CLIENT\").stdout)")
        .succeeds()
        .says("127.0.0.2 ");
    let home = Home::of(&server, "BindAddress 192.0.2.1");
    home.connect("box")
        .fails(2)
        .says("BindAddress 192.0.2.1 of ~/.ssh/config cannot be used")
        .hints("correct BindAddress of box");
    let home = Home::of(&server, "BindAddress ::1");
    home.connect("box").fails(2).says("it is of the other address family");
}

#[test]
fn an_address_family_that_the_host_lacks_is_told() {
    let server = Sshd::start();
    Home::of(&server, "AddressFamily inet").connect("box").succeeds();
    let home = Home::of(&server, "AddressFamily inet6");
    home.connect("box").fails(2).says("no address of the family").hints("AddressFamily of box");
}

#[test]
fn a_way_that_only_openssh_can_go_is_refused() {
    let server = Sshd::start();
    let home = Home::of(&server, "BindInterface lo");
    home.connect("box").fails(2).says("BindInterface lo of box").hints("write BindAddress");
    let home = Home::of(&server, "ProxyCommand nc -F %h %p\nProxyUseFdpass yes");
    home.connect("box").fails(2).says("ProxyUseFdpass of box").hints("ProxyUseFdpass no");
}

#[test]
fn a_command_of_the_configuration_that_does_not_end_can_be_interrupted() {
    let server = Sshd::start();
    let home = Home::of(&server, "Match exec \"touch ~/begun; sleep 1000\"\n Port 1\nMatch all");
    let wait = "parallel([0, 1], |n| if n == 0 { ssh::connect(\"box\") } else {
        while !fs::exists(\"../begun\") { }
        print(1);
    })";
    let mut process = home
        .command(&["run", "-e", wait])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid = Pid::from_raw(process.id().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(!stderr.contains("did not end in time"), "{stderr}");
}

#[test]
fn a_program_that_goes_on_behind_its_output_is_not_waited_for() {
    let server = Sshd::start();
    let home = Home::of(&server, "");
    let program = home.write("keys", "#!/bin/sh\nexec >&- 2>&-\nsleep 1000\n");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    let config = std::fs::read_to_string(home.ssh().join("config")).unwrap();
    let more = format!("{config} KnownHostsCommand {}\n ConnectTimeout 2\n", program.display());
    home.write("config", &more);
    home.connect("box").fails(1).says("it did not end in time");
}

#[test]
fn what_a_proxy_command_says_without_end_fills_no_memory() {
    let server = Sshd::start();
    let command = "bash -c 'head -c 300000000 /dev/zero >&2; exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; kill $!'";
    let home = Home::of(&server, &format!("Host box\n ProxyCommand {command}\n"));
    let limited = "ulimit -v 3000000; exec \"$0\" run -e 'print(ssh::connect(\"box\").query(\"echo in\").stdout)'";
    let output = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_imgctl")])
        .current_dir(home.path().join("project"))
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
