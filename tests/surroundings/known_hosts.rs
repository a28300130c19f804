//! What `known_hosts` says about a host decides, also where it cannot be used.

use crate::home::{Home, program};
use crate::sshd::Sshd;

const HOST: &str = "Host box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY\n";

fn home(server: &Sshd, options: &str, known: &str) -> Home {
    let home = Home::new(server, &format!("{HOST}{options}"));
    home.write("known_hosts", &known.replace("BOX", &format!("[127.0.0.1]:{}", server.port())));
    home
}

#[test]
fn a_line_about_the_host_that_cannot_be_used_refuses_it() {
    let server = Sshd::start();
    let key = server.host_key_line();
    for line in [
        "BOX ssh-dss AAAAB3NzaC1kc3MAAAAA\n".to_string(),
        "BOX sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t\n".to_string(),
        "BOX ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVm\n".to_string(),
        format!("BOX {}\0\n", key.replace("AAAAC3", "AAAAC4")),
        "BOX\n".to_string(),
        format!("\u{1}BOX {key}\n"),
        "@future BOX ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n\n".to_string(),
    ] {
        let home = home(&server, "", &line);
        let ran = home.connect("box").fails(3).says("known_hosts:1: ").hints("fingerprint");
        assert!(ran.stdout.is_empty() && !home.path().join("project/.state.json").exists(), "{ran}");
    }
    // A usable line beside it is enough.
    let lines = format!("BOX ssh-dss AAAA\nBOX {key}\n");
    home(&server, "", &lines).connect("box").succeeds();
}

#[test]
fn strict_host_key_checking_is_honoured() {
    let server = Sshd::start();
    let other = format!("BOX {}\n", imgctl::ssh::keys::generate("other").unwrap().public);
    let ask = |option: &str, known: &str| {
        home(&server, &format!(" StrictHostKeyChecking {option}\n"), known).connect("box")
    };
    ask("yes", "").fails(3).says("is not known").hints("ssh-keyscan");
    for option in ["ask", "accept-new", "no", "off"] {
        ask(option, "").succeeds().says("first connection");
    }
    for option in ["yes", "ask", "accept-new"] {
        ask(option, &other).fails(3).says("is not the expected one");
    }
    ask("no", &other).succeeds().says("StrictHostKeyChecking");
}

#[test]
fn a_revoked_key_is_refused_whatever_else_is_known() {
    let server = Sshd::start();
    let key = server.host_key_line();
    for lines in [
        format!("@revoked BOX {key}\n"),
        format!("BOX {key}\n@revoked * {key}\n"),
        "@revoked BOX ssh-ed25519 AAAA\n".to_string(),
    ] {
        home(&server, " StrictHostKeyChecking no\n", &lines)
            .connect("box")
            .fails(3)
            .says("revoked");
    }
    // Also one that was accepted earlier.
    let home = home(&server, "", "");
    home.connect("box").succeeds();
    let line = format!("@revoked [127.0.0.1]:{} {key}\n", server.port());
    home.write("known_hosts", &line);
    home.connect("box").fails(3).says("revoked");
}

/// An authority, and a server whose key it has certified for `names`.
struct Certified {
    server: Sshd,
    authority: String,
    // The server reads its keys again for each connection.
    _folder: tempfile::TempDir,
}

fn certified(kind: &str, options: &[&str]) -> Certified {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    program("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &at("authority")]);
    program("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", &at("host")]);
    let sign = ["-q", "-s", &at("authority"), "-I", "host"];
    program("ssh-keygen", &[&sign, options, &[&at("host.pub")]].concat());
    let server = Sshd::with(&[
        &format!("HostKey {}", at("host")),
        &format!("HostCertificate {}", at("host-cert.pub")),
    ]);
    let authority = std::fs::read_to_string(at("authority.pub")).unwrap();
    Certified { server, authority, _folder: folder }
}

#[test]
fn a_host_certified_by_a_known_authority_is_the_right_one() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let it = certified(kind, &["-h", "-n", "127.0.0.1"]);
        let line = format!("@cert-authority * {}", it.authority);
        let home = home(&it.server, " StrictHostKeyChecking yes\n", &line);
        home.connect("box").succeeds().says("in\n").never_says("first connection");
        assert!(!home.path().join("project/.state.json").exists(), "nothing is pinned");
    }
}

#[test]
fn a_certificate_that_is_not_valid_for_the_host_is_refused() {
    for (options, why) in [
        (&["-h", "-n", "elsewhere"][..], "valid for other names"),
        (&["-h", "-n", "127.0.0.1", "-V", "20200101:20200201"], "expired"),
        (&["-n", "127.0.0.1"], ""),
    ] {
        let it = certified("ed25519", options);
        let line = format!("@cert-authority BOX {}", it.authority);
        home(&it.server, "", &line).connect("box").fails(3).says(why);
    }
    // A key without a certificate, where an authority is known.
    let server = Sshd::start();
    let other = imgctl::ssh::keys::generate("authority").unwrap().public;
    let line = format!("@cert-authority BOX {other}\n");
    home(&server, "", &line).connect("box").fails(3).says("without a certificate");
    home(&server, " StrictHostKeyChecking accept-new\n", &line).connect("box").succeeds();
    // The key of the authority itself was revoked.
    let it = certified("ed25519", &["-h", "-n", "127.0.0.1"]);
    let line = format!("@cert-authority * {0}@revoked * {0}", it.authority);
    home(&it.server, "", &line).connect("box").fails(3).says("revoked");
}

#[test]
fn many_new_hosts_are_one_warning_with_their_count_and_each_is_in_the_log() {
    let server = Sshd::start();
    let home = Home::new(&server, "");
    // One server under many names.
    let names: String =
        (0..30).map(|n| format!("Host h{n}\n HostName 127.0.0.1\n HostKeyAlias h{n}\n")).collect();
    let config = format!(
        "{names}Host *\n Port {}\n User {}\n IdentityFile {}\n",
        server.port(),
        crate::sshd::user(),
        server.client_key_path().display()
    );
    home.write("config", &config);
    let code = "for n in 0..30 { ssh::connect(`h${n}`).query(\"true\") }";
    let ran = home.run(code).succeeds().says("30 hosts for the first time");
    assert_eq!(ran.stderr.matches("first connection to").count(), 1, "{ran}");
}
