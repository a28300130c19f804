//! Files in places that are looked at less often: pipes that nobody writes to, devices, links that lead nowhere,
//! and files that another program has cut.

use super::table::{Case, FAKE, all, program};

/// Lines of the shell that make the files, variables, the words, the exit status, how the error begins, and the
/// place, the cause or the cure.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    i32,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("mkfifo a.yaml", &[], &["--set", "clouds.fake.answers=a.yaml", "up"], 2, "cannot read DIR/a.yaml", "it is a pipe to which nothing was written"),
    ("ln -s /dev/zero a.yaml", &[], &["--set", "clouds.fake.answers=a.yaml", "up"], 2, "cannot read DIR/a.yaml", "it is larger than 16 MiB"),
    ("mkfifo w.json", &[], &["--set", "clouds.fake.world=w.json", "up"], 2, "cannot read DIR/w.json", "it is a pipe to which nothing was written"),
    ("mkdir w.json", &[], &["--set", "clouds.fake.world=w.json", "up"], 2, "cannot read DIR/w.json", "Is a directory"),
    ("mkfifo j.txt", &[], &["--set", "clouds.fake.journal=j.txt", "up"], 2, "cannot open DIR/j.txt", "it is a pipe, whose reader would be waited for"),
    ("ln -s no/x j.xml", &[], &["--junit", "j.xml", "status"], 2, "cannot write --junit j.xml: it is a link that leads nowhere", "remove the link, or create the folder"),
    ("ln -s no/x r.html", &[], &["--report", "r.html", "status"], 2, "cannot write --report r.html: it is a link that leads nowhere", "remove the link, or create the folder"),
    ("ln -s r.html r.html", &[], &["--report", "r.html", "status"], 2, "cannot write --report r.html: it is a link that leads nowhere", "remove the link, or create the folder"),
    ("ln -s scripts scripts", &[], &["list"], 2, "cannot list DIR/scripts", "Too many levels of symbolic links"),
    ("", &["IMGCTL_SET=a"], &["status"], 2, "the variable IMGCTL_SET has the line `a`, which sets nothing", "write KEY=VALUE, one a line"),
    ("", &["IMGCTL_SET=ssh.port=22\n=x"], &["status"], 2, "the variable IMGCTL_SET has the line `=x`, which sets nothing", "write KEY=VALUE, one a line"),
    ("", &[], &["--set", "matrix.jobs=0", "status"], 2, "--set matrix.jobs: matrix.jobs: must be a whole number, 1 or more, not the number 0", ""),
    ("", &[], &["--set", "matrix.plan.attempts=0", "status"], 2, "--set matrix.plan.attempts: matrix.plan.attempts: must be a whole number, 1 or more, not the number 0", ""),
    ("", &[], &["--set", "matrix.plan.timeout_minutes=-1", "status"], 2, "--set matrix.plan.timeout_minutes: matrix.plan.timeout_minutes: must be", ""),
    ("mkdir .imgctl; printf '*\\n' > .imgctl/.gitignore; printf '{' > .imgctl/matrix.json", &[], &["publish"], 2, ".imgctl/matrix.json is broken", "mv .imgctl/matrix.json .imgctl/matrix.json.broken"),
    ("mkdir .imgctl; printf '*\\n' > .imgctl/.gitignore; printf '{\"a\": 1, \"a\": 2}' > .imgctl/note-x.json", &[], &["run", "-e", "state::get(\"x\")"], 2, "DIR/.imgctl/note-x.json is broken", "the key `a` is given twice at line 1"),
    ("mkdir .imgctl; printf '*\\n' > .imgctl/.gitignore; printf '[]' > .imgctl/matrix.json", &[], &["publish"], 2, ".imgctl/matrix.json is broken", "it is not a map"),
    ("mkdir -p .imgctl/fake_debian12; printf '*\\n' > .imgctl/.gitignore; printf '{\"round\": \"r\", \"words\": [], \"combinations\": []}' > .imgctl/matrix.json; printf '{' > .imgctl/fake_debian12/result.json", &[], &["publish"], 2, ".imgctl/fake_debian12/result.json is broken", "mv .imgctl/fake_debian12/result.json"),
    ("mkfifo t", &["SSL_CERT_FILE=DIR/t"], &["run", "-e", "http::get(\"https://127.0.0.1:1/\")"], 2, "SSL_CERT_FILE names DIR/t, which cannot be used", "let SSL_CERT_FILE name a file, or unset it"),
    ("", &["SSL_CERT_FILE=/dev/zero"], &["run", "-e", "http::get(\"https://127.0.0.1:1/\")"], 2, "SSL_CERT_FILE names /dev/zero, which cannot be used", "it is a device"),
    ("echo hello > t", &["SSL_CERT_DIR=DIR/t"], &["run", "-e", "http::get(\"https://127.0.0.1:1/\")"], 2, "SSL_CERT_DIR names DIR/t, which cannot be used", "it is not a folder"),
    ("mkfifo t", &["OPENSSL_CONF=DIR/t"], &["run", "-e", "http::get(\"https://127.0.0.1:1/\")"], 2, "OPENSSL_CONF names DIR/t, which cannot be used", "it is a pipe"),
    ("mkfifo t", &["OPENSSL_CONF=DIR/t"], &["run", "-e", "ssh::connect(\"127.0.0.1:1\").run(\"true\")"], 2, "OPENSSL_CONF names DIR/t, which cannot be used", "it is a pipe"),
    ("head -c 20000000 /dev/zero > x.rhai", &[], &["run", "x.rhai"], 2, "cannot read DIR/x.rhai", "it is larger than 16 MiB"),
];

/// Where nothing listens, so that no test waits for a cloud.
const NOWHERE: [&str; 5] = [
    "AWS_EC2_METADATA_DISABLED=true",
    "AWS_REGION=us-east-1",
    "AWS_ENDPOINT_URL=http://127.0.0.1:1",
    "AWS_MAX_ATTEMPTS=1",
    "GCE_METADATA_HOST=127.0.0.1:1",
];

/// As above, for a cloud.
#[rustfmt::skip]
const CREDENTIALS: &[(&str, Row)] = &[
    ("ec2", ("mkdir .aws; mkfifo .aws/config", &[], &["list_images"], 2, "cannot read DIR/.aws/config", "correct AWS_CONFIG_FILE, or ~/.aws/config")),
    ("ec2", ("mkdir .aws; mkfifo .aws/credentials", &[], &["list_images"], 2, "cannot read DIR/.aws/credentials", "correct AWS_SHARED_CREDENTIALS_FILE, or ~/.aws/credentials")),
    ("ec2", ("mkdir .aws; ln -s /dev/zero .aws/credentials", &[], &["list_images"], 2, "cannot read DIR/.aws/credentials", "it is larger than 16 MiB")),
    ("ec2", ("mkdir -p .aws/config", &[], &["list_images"], 2, "cannot read DIR/.aws/config", "Is a directory")),
    ("ec2", ("mkdir .aws; ln -s credentials .aws/credentials", &[], &["list_images"], 2, "cannot read DIR/.aws/credentials", "Too many levels of symbolic links")),
    ("ec2", ("", &["AWS_CONFIG_FILE=/dev/zero"], &["list_images"], 2, "cannot read /dev/zero", "correct AWS_CONFIG_FILE, or ~/.aws/config")),
    ("ec2", ("", &["AWS_CONFIG_FILE=~/d"], &["list_images"], 3, "ec2:DescribeImages in us-east-1: no usable AWS credentials", "")),
    ("ec2", ("mkfifo t", &["AWS_WEB_IDENTITY_TOKEN_FILE=DIR/t", "AWS_ROLE_ARN=arn:aws:iam::1:role/x"], &["list_images"], 2, "cannot read DIR/t", "correct AWS_WEB_IDENTITY_TOKEN_FILE, or unset it")),
    ("ec2", ("", &["AWS_WEB_IDENTITY_TOKEN_FILE=/dev/zero", "AWS_ROLE_ARN=arn:aws:iam::1:role/x"], &["list_images"], 2, "cannot read /dev/zero", "correct AWS_WEB_IDENTITY_TOKEN_FILE, or unset it")),
    ("ec2", ("mkfifo t; mkdir .aws; printf '[default]\\nrole_arn=arn:aws:iam::1:role/x\\nweb_identity_token_file=%s/t\\n' \"$PWD\" > .aws/config", &[], &["list_images"], 3, "ec2:DescribeImages in us-east-1: no usable AWS credentials", "which cannot be read: it is a pipe")),
    ("ec2", ("mkdir -p .aws/sso/cache; mkfifo .aws/sso/cache/x.json", &[], &["list_images"], 2, "cannot read DIR/.aws/sso/cache/x.json", "it is a pipe")),
    ("ec2", ("mkfifo t", &["AWS_CA_BUNDLE=DIR/t"], &["list_images"], 2, "AWS_CA_BUNDLE names DIR/t, which cannot be used", "it is a pipe")),
    ("ec2", ("mkdir t", &["AWS_CA_BUNDLE=DIR/t"], &["list_images"], 2, "AWS_CA_BUNDLE names DIR/t, which cannot be used", "it is a folder")),
    ("ec2", ("", &["AWS_CA_BUNDLE=/dev/zero"], &["list_images"], 2, "AWS_CA_BUNDLE names /dev/zero, which cannot be used", "it is a device")),
    ("ec2", ("echo hello > t", &["AWS_CA_BUNDLE=DIR/t"], &["list_images"], 2, "AWS_CA_BUNDLE names DIR/t, which cannot be used", "it holds no certificates")),
    ("ec2", ("mkfifo t", &["SSL_CERT_FILE=DIR/t"], &["list_images"], 2, "SSL_CERT_FILE names DIR/t, which cannot be used", "it is a pipe")),
    ("ec2", ("mkdir t; mkfifo t/0a1b2c3d.0", &["SSL_CERT_DIR=DIR/t"], &["list_images"], 2, "SSL_CERT_DIR names DIR/t, which cannot be used", "0a1b2c3d.0 in it: it is a pipe")),
    ("openstack", ("mkdir t", &["SSL_CERT_FILE=DIR/t", "OS_AUTH_URL=http://127.0.0.1:1/v3", "OS_USERNAME=u", "OS_PASSWORD=p", "OS_PROJECT_NAME=x"], &["list_images"], 2, "SSL_CERT_FILE names DIR/t, which cannot be used", "it is a folder")),
    ("gce", ("printf '{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"token_url\":\"http://127.0.0.1:1\",\"credential_source\":{\"file\":\"/nope\"}}' > k.json", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json", "GCE_PROJECT=p"], &["list_images"], 3, "cannot get a token for the credentials of DIR/k.json", "cannot read /nope")),
    ("gce", ("printf '{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"token_url\":\"http://127.0.0.1:1\",\"credential_source\":{\"file\":\"/dev/zero\"}}' > k.json", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json", "GCE_PROJECT=p"], &["list_images"], 2, "cannot get a token for the credentials of DIR/k.json", "it is larger than 16 MiB")),
];

#[test]
fn a_file_of_another_kind_is_named() {
    all(ROWS.iter().map(|&(setup, variables, words, status, error, cure)| Case {
        setup,
        variables,
        words,
        status,
        error,
        cure,
        ..Case::default()
    }));
}

#[test]
fn a_file_of_credentials_of_another_kind_is_named() {
    let configs: Vec<String> = CREDENTIALS
        .iter()
        .map(|(cloud, _)| format!("defaults: {{cloud: {cloud}, distribution: debian12}}\n"))
        .collect();
    let variables: Vec<Vec<&str>> =
        CREDENTIALS.iter().map(|(_, row)| NOWHERE.iter().chain(row.1).copied().collect()).collect();
    let rows = CREDENTIALS.iter().zip(&configs).zip(&variables);
    all(rows.map(|(((_, (setup, _, words, status, error, cure)), config), variables)| Case {
        config,
        setup,
        variables,
        words,
        status: *status,
        error,
        cure,
        ..Case::default()
    }));
}

#[test]
fn a_key_that_no_server_accepts_is_refused_before_anything_is_started() {
    let config = FAKE.replacen("debian12", "debian12, key_file: k", 1);
    let weak = "openssl genrsa -out k 768 2>/dev/null";
    // Some versions make none that is so short.
    let makes = std::process::Command::new("openssl").args(["genrsa", "768"]).output();
    if !makes.is_ok_and(|made| made.status.success()) {
        return;
    }
    all([weak, "openssl genrsa -traditional -out k 768 2>/dev/null"].map(|setup| Case {
        config: &config,
        setup,
        words: &["up"],
        error: "DIR/k is not a usable private key",
        cure: "it has 768 bits, and servers accept 1024 or more",
        ..Case::default()
    }));
}

#[test]
fn a_variable_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt;
    for name in ["IMGCTL_SET", "IMGCTL_OUTPUT", "IMGCTL_STATE", "IMGCTL_DRY_RUN"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_imgctl"));
        command.arg("list").env(name, std::ffi::OsStr::from_bytes(b"a=\xff"));
        let ran = command.output().unwrap();
        let error = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{name}: {error}");
        let begin = format!("error: the variable {name} is not UTF-8 text: `a=\u{fffd}`");
        assert!(error.starts_with(&begin), "{error}");
    }
}

/// What stands on standard input and has no end.
#[test]
fn a_script_without_end_is_refused() {
    for words in [&["run", "-"][..], &["repl"]] {
        let folder = tempfile::tempdir().unwrap();
        let endless = std::fs::File::open("/dev/zero").unwrap();
        let ran = program(folder.path(), words).stdin(endless).output().unwrap();
        let error = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{words:?}: {error}");
        assert!(error.contains("it is larger than 16 MiB, the most that is read"), "{error}");
    }
}

#[test]
fn nothing_half_is_left_where_a_new_file_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let ran = std::process::Command::new("bash")
        .args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" init", env!("CARGO_BIN_EXE_imgctl")])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{error}");
    assert!(error.contains("cannot write"), "{error}");
    assert!(!folder.path().join("config.yaml").exists());
}
