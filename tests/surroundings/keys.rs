//! Keys in every form that clouds and programs write.

use crate::home::{Home, program};
use crate::sshd::Sshd;
use imgctl::ssh::keys;

/// Programs' arguments that make an unencrypted key in a file, without a `.pub` beside it.
const FORMS: &[&[&str]] = &[
    &["genrsa", "-traditional", "-out"],
    &["genrsa", "-out"],
    &["genpkey", "-algorithm", "ed25519", "-out"],
    &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"],
    &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"],
    &["ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out"],
    &["ecparam", "-name", "secp521r1", "-genkey", "-noout", "-out"],
];

#[test]
fn a_key_of_openssl_shows_its_public_half_and_logs_in() {
    let server = Sshd::start();
    for (n, form) in FORMS.iter().enumerate() {
        let home = Home::of(&server, "");
        let path = home.ssh().join(format!("key{n}.pem"));
        let shown = path.display().to_string();
        program("openssl", &[*form, &[&shown]].concat());
        program("chmod", &["600", &shown]);
        let line = keys::public_of_file(&path).unwrap();
        let output = std::process::Command::new("ssh-keygen").args(["-y", "-f", &shown]).output();
        let known = String::from_utf8(output.unwrap().stdout).unwrap();
        // OpenSSH's own programs of that age cannot read ed25519 in this form.
        if !known.is_empty() {
            assert_eq!(line.split(' ').nth(1), known.trim().split(' ').nth(1), "{form:?}");
        }
        server.authorize(&line);
        let code = format!(
            "print(ssh::connect(\"box\", #{{ key: \"{shown}\" }}).query(\"echo in\").stdout)"
        );
        home.run(&code).succeeds().says("in\n");
    }
}

#[test]
fn a_certificate_of_a_key_logs_in() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    program("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &at("authority")]);
    let server = Sshd::with(&[&format!("TrustedUserCAKeys {}", at("authority.pub"))]);
    for kind in ["ed25519", "ecdsa", "rsa"] {
        for named in [false, true] {
            let host =
                "Host box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentitiesOnly yes\n";
            let more = if named { " CertificateFile ~/.ssh/certificate\n" } else { "" };
            let home = Home::new(&server, &format!("{host} IdentityFile ~/.ssh/key\n{more}"));
            home.knows(&server);
            let key = home.ssh().join("key").display().to_string();
            program("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", &key]);
            let public = format!("{key}.pub");
            let user = crate::sshd::user();
            program(
                "ssh-keygen",
                &["-q", "-s", &at("authority"), "-I", "me", "-n", &user, &public],
            );
            if named {
                std::fs::rename(format!("{key}-cert.pub"), home.ssh().join("certificate")).unwrap();
            }
            home.connect("box").succeeds().says("in\n");
        }
    }
}
