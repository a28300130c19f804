//! Credentials: that expire during a build, and of a profile.

use std::net::TcpListener;
use std::process::Command;

use super::crashes::left_behind;
use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server};
use super::guest::CloudProject;
use super::world::{project, words};

fn file(key: &str) -> String {
    format!(
        "[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\naws_session_token = token\n"
    )
}

/// A project whose credentials are in a file.
fn with_file(server: &Ec2Server) -> CloudProject {
    let project = project(&server.endpoint(), "{}");
    project.write("credentials", &file("OLD"));
    let path = project.path().join("credentials").display().to_string();
    project.without("AWS_ACCESS_KEY_ID").env("AWS_SHARED_CREDENTIALS_FILE", &path)
}

#[test]
fn expired_credentials_are_read_again() {
    let server = Ec2Server::start(Delays::short());
    let project = with_file(&server);
    // The file is renewed, and requests signed with the old key are refused from then on.
    let path = project.path().join("credentials");
    server.rule(Rule::before("RunInstances", move || std::fs::write(path, file("NEW")).unwrap()));
    let expired = Rule::refuse("DescribeInstances", 400, "RequestExpired", "Request has expired.");
    server.rule(expired.signed_with("OLD").after(1).times(1000));
    project.imgctl(&words(&["up", "create_image", "destroy"])).succeeds();
    assert_eq!(left_behind(&server), Vec::<String>::new());
    let keys: Vec<String> = server.requests().into_iter().map(|one| one.access_key).collect();
    assert!(keys.contains(&"OLD".to_owned()) && keys.contains(&"NEW".to_owned()));
}

#[test]
fn credentials_that_stay_expired_are_reported() {
    let server = Ec2Server::start(Delays::short());
    let project = with_file(&server);
    let message = "The security token included in the request is expired";
    server.rule(Rule::refuse("*", 400, "ExpiredToken", message).times(1000));
    project.imgctl(&words(&["up"])).fails(3).says("expired").hints("renew them");
}

#[test]
fn a_profile_gives_the_credentials_and_the_region() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "profile: builder");
    let profile = "[profile builder]\nregion = us-west-2\naws_access_key_id = BUILDER\naws_secret_access_key = x\n";
    project.write("aws-config", profile);
    let path = project.path().join("aws-config").display().to_string();
    let project = project.without("AWS_ACCESS_KEY_ID").env("AWS_CONFIG_FILE", &path);
    project.imgctl(&["cloud:ec2", "distribution:ubuntu2404", "up", "destroy"]).succeeds();
    let requests = server.requests();
    assert!(requests.iter().all(|one| one.access_key == "BUILDER" && one.region == "us-west-2"));
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_profile_whose_program_fails_gives_no_credentials() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "profile: builder");
    project.write("aws-config", "[profile builder]\ncredential_process = /bin/false\n");
    let path = project.path().join("aws-config").display().to_string();
    let project = project.without("AWS_ACCESS_KEY_ID").env("AWS_CONFIG_FILE", &path);
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("no usable AWS credentials")
        .hints("set AWS_PROFILE");
    assert_eq!(left_behind(&server), Vec::<String>::new());
}

#[test]
fn a_profile_whose_program_fails_shows_no_credentials() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "profile: builder");
    let program = project.path().join("program.sh");
    let profile =
        format!("[profile builder]\ncredential_process = /bin/sh {}\n", program.display());
    project.write("aws-config", &profile);
    let path = project.path().join("aws-config").display().to_string();
    let project = project.without("AWS_ACCESS_KEY_ID").env("AWS_CONFIG_FILE", &path);
    let keys = "{\"Version\": 2, \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \
                \"SecretAccessKey\": \"of nobody\", \"SessionToken\": \"nobodys+session\"}";
    for (end, cause) in [
        ("exit 0", "unknown version number"),
        ("echo 'the vault is closed' >&2; exit 5", "the vault is closed"),
        ("cat \"$0.json\" >&2; echo 'the vault is closed' >&2; exit 5", "the vault is closed"),
        ("echo 'denied, token=nobodys+session' >&2; exit 5", "denied"),
    ] {
        project.write("program.sh.json", &format!("{keys}\n"));
        project.write("program.sh", &format!("cat \"$0.json\"\n{end}\n"));
        project
            .imgctl(&words(&["list_images"]))
            .fails(3)
            .says(cause)
            .hints("set AWS_PROFILE")
            .never_says("AKIAIOSFODNN7EXAMPLE")
            .never_says("of nobody")
            .never_says("nobodys+session");
    }
}

#[test]
fn a_program_that_gives_no_credentials_in_time_is_named_and_ended() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "profile: builder");
    let pid = project.path().join("pid");
    project.write("hang.sh", &format!("echo $$ > {}; exec sleep 1000\n", pid.display()));
    let program = project.path().join("hang.sh");
    let profile =
        format!("[profile builder]\ncredential_process = /bin/sh {}\n", program.display());
    project.write("aws-config", &profile);
    let path = project.path().join("aws-config").display().to_string();
    let project = project.without("AWS_ACCESS_KEY_ID").env("AWS_CONFIG_FILE", &path);
    project.imgctl(&words(&["list_images"])).fails(3).says("no usable AWS credentials").says(
        "no answer within 10 s from profile builder of AWS's configuration: its credential_process",
    );
    let pid = std::fs::read_to_string(pid).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
}

/// Takes connections and never answers.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}"))
}

/// What the SDK reads of `aws sso login`.
fn logged_in(project: &CloudProject, key: &str) {
    let name = Command::new("sh").args(["-c", "printf %s \"$1\" | sha1sum", "sh", key]).output();
    let name = String::from_utf8(name.unwrap().stdout).unwrap();
    let token = r#"{"accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z",
        "startUrl": "https://start/", "region": "us-west-2"}"#;
    project.write(&format!(".aws/sso/cache/{}.json", &name[..40]), token);
}

#[test]
fn a_source_of_credentials_that_does_not_answer_is_named() {
    const ROLE: &str = "sso_account_id = 1\nsso_role_name = r\n";
    const SERVER: &str = "sso_region = us-west-2\nsso_start_url = https://start/\n";
    let profile = |keys: &str| format!("[default]\n{ROLE}{keys}");
    let session = profile(&format!("sso_session = s\n[sso-session s]\n{SERVER}"));
    let start_url = profile(SERVER);
    let role = "[default]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = token\n";
    let cases = [
        (start_url.as_str(), "AWS_ENDPOINT_URL_SSO", "AWS SSO, for its sso_start_url"),
        (&session, "AWS_ENDPOINT_URL_SSO", "AWS SSO, for its sso_session"),
        (role, "AWS_ENDPOINT_URL_STS", "STS, for its role_arn by its web_identity_token_file"),
        ("", "AWS_ENDPOINT_URL_STS", "STS, for the token in AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ];
    let tries = cases.map(|(config, variable, source)| {
        let config = config.to_owned();
        std::thread::spawn(move || {
            let (_listener, address) = silent();
            let mut project = project("http://127.0.0.1:9", "{}");
            project.write("aws-config", &config);
            project.write("token", "token");
            logged_in(&project, "https://start/");
            logged_in(&project, "s");
            let path = |name: &str| project.path().join(name).display().to_string();
            let (home, config, token) = (path(""), path("aws-config"), path("token"));
            project = project.without("AWS_ACCESS_KEY_ID").env("HOME", &home);
            project = project.env("AWS_CONFIG_FILE", &config).env(variable, &address);
            if source.contains("AWS_WEB_IDENTITY_TOKEN_FILE") {
                project = project.env("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
                project = project.env("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
            }
            let ran = project.imgctl(&words(&["list_images"])).fails(3);
            ran.says("no usable AWS credentials").says("no answer within 10 s from").says(source);
        })
    });
    tries.into_iter().for_each(|tried| tried.join().unwrap());
}

/// The SDK takes a metadata service that does not answer for none.
#[test]
fn the_places_without_credentials_are_named() {
    let (_listener, address) = silent();
    let project = project("http://127.0.0.1:9", "{}").without("AWS_ACCESS_KEY_ID");
    let list = words(&["list_images"]);
    project
        .imgctl(&list)
        .fails(3)
        .says("AWS_EC2_METADATA_DISABLED forbids")
        .says("profile default");
    let project = project
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &address);
    let ran = project.imgctl(&list).fails(3);
    ran.says("the metadata service of EC2 does not answer with any");
}

/// AWS's own command line asks for a passcode, or opens a browser: the SDK does neither.
#[test]
fn a_login_that_only_awss_own_command_line_has_is_named() {
    let factor = "[default]\naws_access_key_id = A\naws_secret_access_key = secret\n\
                  [profile ci]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n\
                  mfa_serial = arn:aws:iam::1:mfa/me\n";
    let login = "[profile ci]\nlogin_session = arn:aws:iam::1:user/me\n";
    for (config, told) in [(factor, "`mfa_serial`"), (login, "`login_session`")] {
        let project = project("http://127.0.0.1:9", "profile: ci").without("AWS_ACCESS_KEY_ID");
        project.write("aws-config", config);
        let path = project.path().join("aws-config").display().to_string();
        project
            .env("AWS_CONFIG_FILE", &path)
            .imgctl(&words(&["list_images"]))
            .fails(3)
            .says("profile ci of AWS's configuration has")
            .says(told)
            .hints("aws configure export-credentials --profile ci");
    }
}
