//! `~/.ssh/config` means what OpenSSH takes it to mean.

use crate::home::Home;
use crate::sshd::Sshd;

/// Options before a host that can be reached, or the whole file where it begins with `Host box`.
const ACCEPTED: &[&str] = &[
    "",
    "AddKeysToAgent ask",
    "ServerAliveInterval 1m",
    "ConnectTimeout 1m30s",
    "ForwardAgent yes\nControlMaster auto\nControlPath ~/.ssh/%C\nControlPersist 10m",
    "CanonicalizeHostname no\nCheckHostIP no\nHashKnownHosts yes\nVisualHostKey yes",
    "IgnoreUnknown UseKeychain\nUseKeychain yes",
    "IdentityFile ~/.ssh/missing",
    "IdentityFile ~/.ssh/broken",
    "IdentityFile none",
    "ProxyCommand none\nHost *\n ProxyJump nowhere.invalid",
    "Match host box exec \"true\"\n Port PORT\nMatch all",
    "Match host box exec \"false\"\n Port 1\nMatch all",
    "Match originalhost box user USER\n Port PORT\nMatch all",
    "Include conf.d/*",
    "Include ~/.ssh/conf.d",
    "Include conf.d/none-*",
    "UserKnownHostsFile ~/.ssh/nothing ~/.ssh/known_hosts",
    "GlobalKnownHostsFile ~/.ssh/known_hosts\nUserKnownHostsFile none",
    "StrictHostKeyChecking yes",
    "ServerAliveCountMax 3\nTCPKeepAlive=yes\nRekeyLimit 1G 1h",
    "Compression yes\nCiphers ^aes256-ctr",
];

#[test]
fn what_openssh_accepts_is_accepted() {
    let server = Sshd::start();
    for option in ACCEPTED {
        let home = Home::of(&server, option);
        home.write("broken", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
        home.write("conf.d/one", "Host box\n ServerAliveInterval 30\n");
        std::fs::create_dir_all(home.ssh().join("conf.d/folder")).unwrap();
        println!("{option}");
        let ran = home.connect("box").succeeds().says("in\n");
        assert!(!ran.stderr.contains("first connection"), "{option}:\n{ran}");
    }
}

#[test]
fn a_configuration_that_includes_itself_is_an_error() {
    let server = Sshd::start();
    for include in ["Include config", "Include ~/.ssh/con*", "Include HOME/.ssh/other"] {
        let home = Home::of(&server, "");
        let include = include.replace("HOME", &home.path().display().to_string());
        home.write("config", &format!("{include}\nHost box\n HostName 127.0.0.1\n"));
        let back = format!("Include {}/.ssh/config\n", home.path().display());
        home.write("other", &back);
        home.connect("box").fails(2).says("nclude").hints("~/.ssh/config");
    }
}

#[test]
fn tokens_variables_and_the_home_are_filled_in() {
    let server = Sshd::start();
    let host = "Host box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentitiesOnly yes\n";
    for file in [
        "~/.ssh/keys/%h-%p-%r-%n%%",
        "%d/.ssh/keys/%h-%p-%r-%n%%",
        "${HOME}/.ssh/keys/%h-%p-%r-%n%%",
    ] {
        let home = Home::new(&server, &format!("{host} IdentityFile {file}\n"));
        home.knows(&server);
        let name = format!("keys/127.0.0.1-{}-{}-box%", server.port(), crate::sshd::user());
        home.write(&name, &std::fs::read_to_string(server.client_key_path()).unwrap());
        home.connect("box").succeeds().says("in\n");
    }
}

#[test]
fn included_files_may_name_everything() {
    let server = Sshd::start();
    let home = Home::new(&server, "Include conf.d/*.conf\nHost other\n Port 1\n");
    home.knows(&server);
    let key = server.client_key_path().display().to_string();
    home.write("conf.d/a.conf", "Include more/box\n");
    let text = format!(
        "Host box\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {key}\n",
        server.port(),
        crate::sshd::user(),
    );
    home.write("more/box", &text);
    home.connect("box").succeeds().says("in\n");
}

#[test]
fn jumps_are_looked_up_as_hosts_of_their_own() {
    let server = Sshd::start();
    let host = |name: &str, more: &str| {
        format!(
            "Host {name}\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY\n{more}"
        )
    };
    let config = [
        host("box", " ProxyJump first,second\n"),
        host("first", ""),
        host("second", " ProxyJump nowhere.invalid\n"),
    ];
    let home = Home::new(&server, &config.concat());
    home.knows(&server);
    home.connect("box").succeeds().says("in\n");
}

#[test]
fn a_host_whose_name_is_made_canonical_gets_the_options_of_that_name() {
    let server = Sshd::start();
    let home = Home::new(
        &server,
        "CanonicalizeHostname always\nCanonicalDomains invalid\nCanonicalizeFallbackLocal yes\n\
         Match canonical host 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY\n",
    );
    home.knows(&server);
    home.connect("127.0.0.1").succeeds().says("in\n");
}

#[test]
fn a_configuration_that_openssh_refuses_is_an_error_in_its_words() {
    let server = Sshd::start();
    let home = Home::of(&server, "Nonsense yes");
    home.connect("box").fails(2).says("Bad configuration option: nonsense").hints("ssh -G box");
    let home = Home::of(&server, "");
    home.write("config", "Host *\n ProxyJump box\n");
    home.connect("box").fails(2).says("jumphost loop");
}

#[test]
fn a_configuration_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let server = Sshd::start();
    let home = Home::of(&server, "ServerAliveInterval 1m");
    let file = home.ssh().join("config");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    home.connect("box").fails(2).says("permissions on").hints("chmod 600");
}

#[test]
fn without_the_client_what_is_not_needed_is_passed_over() {
    let server = Sshd::start();
    let programs = tempfile::tempdir().unwrap();
    for option in ["AddKeysToAgent ask", "ServerAliveInterval 1m", "IdentityFile ~/.ssh/missing"] {
        let home = Home::of(&server, option);
        let code = "print(ssh::connect(\"box\").query(\"echo in\").stdout)";
        home.run_with(code, |command| {
            command.env("PATH", programs.path());
        })
        .succeeds()
        .says("in\n");
    }
}

/// The home is not the account's, so that OpenSSH reads copies.
#[test]
fn an_error_of_openssh_names_the_users_file() {
    let server = Sshd::start();
    let home = Home::of(&server, "Include none\nInclude inner\n");
    let inner = home.write("inner", "# first\nHost *\n Port abc\n");
    let place = format!("{} line 3: Bad port 'abc'", inner.display());
    home.connect("box").fails(2).says(&place).never_says("config-");
}

#[test]
fn keys_that_openssh_would_not_use_are_not_used() {
    let server = Sshd::start();
    for (option, why) in [
        ("PubkeyAcceptedAlgorithms rsa-sha2-512", "does not allow ssh-ed25519"),
        ("PubkeyAcceptedAlgorithms -ssh-ed25519", "does not allow ssh-ed25519"),
    ] {
        let home = Home::of(&server, option);
        home.connect("box").fails(3).says(why).says("not used");
    }
    for option in ["PubkeyAcceptedAlgorithms +ssh-rsa", "RequiredRSASize 4096"] {
        Home::of(&server, option).connect("box").succeeds().says("in\n");
    }
    let home = Home::of(&server, "RequiredRSASize 4096");
    let key = home.ssh().join("rsa");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    server.authorize(&std::fs::read_to_string(key.with_extension("pub")).unwrap());
    let text = std::fs::read_to_string(home.ssh().join("config")).unwrap();
    let of_server = server.client_key_path().display().to_string();
    home.write("config", &text.replace(&of_server, &key.display().to_string()));
    home.connect("box").fails(3).says("it has 2048 bits, and RequiredRSASize is 4096");
    let text = std::fs::read_to_string(home.ssh().join("config")).unwrap();
    home.write("config", &text.replace("4096", "2048"));
    home.connect("box").succeeds().says("in\n");
}

#[test]
fn a_configuration_that_forbids_keys_is_told_before_anything_is_connected() {
    let server = Sshd::start();
    for option in ["PubkeyAuthentication no", "PreferredAuthentications password"] {
        let home = Home::of(&server, option);
        home.connect("box").fails(2).says(option.split(' ').next().unwrap()).hints("by keys");
    }
}

#[test]
fn options_of_safety_that_are_not_used_are_told() {
    let server = Sshd::start();
    let home = Home::of(&server, "CheckHostIP yes\nRekeyLimit 1G 1h\nConnectionAttempts 3");
    let ran = home.connect("box").succeeds();
    for option in ["CheckHostIP", "RekeyLimit", "ConnectionAttempts"] {
        assert!(ran.stderr.contains(option), "{ran}");
    }
}
