//! External accounts: identities of other providers, each checked by an authority.

use serde_json::{Value, json};

use crate::credentials::{given, with_file, write};
use crate::gce_server::GceServer;
use crate::guest::CloudProject;

fn external_account(server: &GceServer, source: Value) -> Value {
    json!({
        "type": "external_account",
        "audience": server.ask("identity", json!({}))["audience"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/sts", server.url),
        "service_account_impersonation_url":
            format!("{}/impersonate/baker@p.iam.gserviceaccount.com:generateAccessToken", server.url),
        "credential_source": source,
    })
}

fn subject(server: &GceServer) -> Value {
    server.ask("identity", json!({}))["subject"].clone()
}

/// A file as `gcloud iam workload-identity-pools create-cred-config --aws --enable-imdsv2` writes it.
fn aws(server: &GceServer) -> Value {
    let metadata = format!("{}/aws/latest", server.url);
    let mut file = external_account(
        server,
        json!({
            "environment_id": "aws1",
            "region_url": format!("{metadata}/meta-data/placement/availability-zone"),
            "url": format!("{metadata}/meta-data/iam/security-credentials"),
            "regional_cred_verification_url":
                "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
            "imdsv2_session_token_url": format!("{metadata}/api/token"),
        }),
    );
    file["subject_token_type"] = json!("urn:ietf:params:aws:token-type:aws4_request");
    file
}

#[test]
fn the_token_is_in_a_file_or_at_an_address() {
    let server = GceServer::start();
    let project = with_file(&server, &Value::Null);
    let token = project.path().join("subject.json");
    std::fs::write(&token, json!({ "jwt": subject(&server) }).to_string()).unwrap();
    let format = json!({"type": "json", "subject_token_field_name": "jwt"});
    let source = json!({"file": token, "format": format});
    write(&project, "credentials.json", &external_account(&server, source));
    assert_eq!(given(&server, &project), ["external", "impersonated"]);

    // The server returns it for the right header only.
    let url = format!("{}/_test/subject", server.url);
    let source = json!({"url": url, "headers": {"X-CI": "ci-secret"}});
    let project = with_file(&server, &external_account(&server, source));
    assert_eq!(given(&server, &project).len(), 4);
}

/// A program that prints `answer` if it is told which account is impersonated, and leaves a mark.
fn program(project: &CloudProject, answer: &Value) -> Value {
    let told = project.path().join("told.json");
    std::fs::write(&told, answer.to_string()).unwrap();
    project.write(
        "program.sh",
        &format!(
            "test \"$GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL\" = \
             baker@p.iam.gserviceaccount.com || exit 9\necho ran >>ran.txt\ncat {}\n",
            told.display()
        ),
    );
    json!(format!("sh {}", project.path().join("program.sh").display()))
}

#[test]
fn a_program_is_run_only_if_that_is_allowed() {
    let server = GceServer::start();
    let answer = json!({"version": 1, "success": true, "id_token": subject(&server),
        "token_type": "urn:ietf:params:oauth:token-type:jwt"});
    let project = with_file(&server, &Value::Null);
    let source = json!({"executable": {"command": program(&project, &answer)}});
    write(&project, "credentials.json", &external_account(&server, source));
    project.imgctl(&["list_images"]).fails(2).says("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");

    let project = project.env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    assert_eq!(given(&server, &project), ["external", "impersonated"]);
    assert!(project.path().join("ran.txt").exists());

    let answer = json!({"version": 1, "success": false, "code": "401", "message": "not you"});
    program(&project, &answer);
    project.imgctl(&["list_images"]).fails(3).says("401: not you").hints("run it yourself");
}

#[test]
fn a_program_that_fails_shows_no_credential() {
    let server = GceServer::start();
    let project =
        with_file(&server, &Value::Null).env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    let answer = json!({"version": 1, "success": false, "code": "401",
        "message": "not you: password=of_nobody"});
    let source = json!({"executable": {"command": program(&project, &answer)}});
    write(&project, "credentials.json", &external_account(&server, source));
    let ran = project.imgctl(&["list_images"]).fails(3).says("401: not you");
    ran.never_says("of_nobody");
    project.write("program.sh", "echo 'closed: {\"id_token\": \"of_nobody\"}' >&2\nexit 4\n");
    let ran = project.imgctl(&["list_images"]).fails(3).says("closed").says("exit status: 4");
    ran.never_says("of_nobody");
}

/// Whether the process whose id is in a file of the project runs.
fn runs(project: &CloudProject, file: &str) -> bool {
    let pid = std::fs::read_to_string(project.path().join(file)).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some(Some('Z' | 'X')))
}

#[test]
fn a_program_that_does_not_end_is_ended_with_all_that_it_started() {
    let server = GceServer::start();
    let project =
        with_file(&server, &Value::Null).env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    for (rest, says) in [
        ("wait", "it ran for more than 2 s"),
        ("yes 0123456789012345678901234567890123456789", "it printed more than 1 MiB"),
    ] {
        project.write("program.sh", &format!("sleep 1000 &\necho $! > child.txt\n{rest}\n"));
        let command = format!("sh {}", project.path().join("program.sh").display());
        let source = json!({"executable": {"command": command, "timeout_millis": 2000}});
        write(&project, "credentials.json", &external_account(&server, source));
        project.imgctl(&["list_images"]).fails(3).says(says);
        assert!(!runs(&project, "child.txt"), "{rest}");
    }
}

#[test]
fn the_output_file_of_a_program_is_used_until_its_token_expires() {
    let server = GceServer::start();
    let mut answer = json!({"version": 1, "success": true, "id_token": subject(&server),
        "token_type": "urn:ietf:params:oauth:token-type:jwt"});
    let project =
        with_file(&server, &Value::Null).env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    let kept = project.path().join("kept.json");
    let command = program(&project, &answer);
    let source = json!({"executable": {"command": command, "output_file": kept}});
    write(&project, "credentials.json", &external_account(&server, source));

    let ran = || project.path().join("ran.txt").exists();
    answer["expiration_time"] = json!(4_000_000_000_u64);
    write(&project, "kept.json", &answer);
    project.imgctl(&["list_images"]).succeeds();
    assert!(!ran());
    // Without the time of its end, the token could be of any age.
    answer.as_object_mut().unwrap().remove("expiration_time");
    write(&project, "kept.json", &answer);
    project.imgctl(&["list_images"]).succeeds();
    assert!(ran());
}

#[test]
fn a_machine_of_aws_proves_its_identity_by_a_signature() {
    let server = GceServer::start();
    let project = with_file(&server, &aws(&server));
    assert_eq!(given(&server, &project), ["external", "impersonated"]);
}

#[test]
fn keys_of_aws_in_variables_need_no_metadata_server() {
    let server = GceServer::start();
    let mut file = aws(&server);
    // Nothing listens there.
    for url in ["region_url", "url", "imdsv2_session_token_url"] {
        file["credential_source"][url] = json!("http://127.0.0.1:9/");
    }
    let project = with_file(&server, &file)
        .env("AWS_DEFAULT_REGION", "us-east-2")
        .env("AWS_ACCESS_KEY_ID", "AKIAOWN")
        .env("AWS_SECRET_ACCESS_KEY", "aws-own-secret");
    assert_eq!(given(&server, &project), ["external", "impersonated"]);

    let project = project
        .env("AWS_REGION", "us-east-2")
        .env("AWS_ACCESS_KEY_ID", "ASIAROLE")
        .env("AWS_SECRET_ACCESS_KEY", "aws-role-secret")
        .env("AWS_SESSION_TOKEN", "aws-session-secret/+==");
    assert_eq!(given(&server, &project).len(), 4);
}

#[test]
fn mistakes_in_an_identity_of_aws_are_reported_without_its_keys() {
    let server = GceServer::start();
    let wrong = |project: CloudProject| {
        project
            .env("AWS_ACCESS_KEY_ID", "AKIAOWN")
            .env("AWS_SECRET_ACCESS_KEY", "not-the-aws-secret")
            .env("AWS_REGION", "us-east-2")
    };
    wrong(with_file(&server, &aws(&server)))
        .imgctl(&["list_images", "-v"])
        .fails(3)
        .says("the signature does not match")
        .never_says("not-the-aws-secret");

    // The server requires sessions.
    let mut file = aws(&server);
    file["credential_source"].as_object_mut().unwrap().remove("imdsv2_session_token_url");
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(3)
        .says("401")
        .hints("imdsv2_session_token_url");

    let mut file = aws(&server);
    file["credential_source"]["url"] = json!("http://metadata.example.com/");
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(2)
        .says("is not an address of AWS's metadata server");

    let mut file = aws(&server);
    file["credential_source"]["environment_id"] = json!("aws2");
    with_file(&server, &file).imgctl(&["list_images"]).fails(2).says("`aws2` is not supported");

    let mut file = aws(&server);
    file["credential_source"].as_object_mut().unwrap().remove("region_url");
    with_file(&server, &file).imgctl(&["list_images"]).fails(2).hints("set AWS_REGION");
}

#[test]
fn a_login_through_another_provider_is_renewed() {
    let server = GceServer::start();
    let mut file = server.ask("identity", json!({}))["login"].clone();
    file["type"] = json!("external_account_authorized_user");
    file["audience"] = json!("//iam.googleapis.com/locations/global/workforcePools/p/providers/q");
    file["token_url"] = json!(format!("{}/sts", server.url));
    // Each lasts two seconds; the authority returns a new refresh token with each.
    server.ask("set", json!({"life": 2}));
    let project = with_file(&server, &file);
    project.write("scripts/wait.rhai", "//! Waits.\ntime::sleep(\"2500ms\");\n");
    project.imgctl(&["list_images", "wait", "list_images", "wait", "list_images"]).succeeds();
    let tokens = server.ask("tokens", json!({}))["given"].clone();
    assert_eq!(tokens, json!(["workforce", "workforce", "workforce"]));

    file["client_secret"] = json!("other-secret");
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(3)
        .says("invalid_client")
        .never_says("other-secret");
}

#[test]
fn the_lifetime_of_the_service_accounts_token_can_be_set() {
    let server = GceServer::start();
    let url = format!("{}/_test/subject", server.url);
    let source = json!({"url": url, "headers": {"X-CI": "ci-secret"}});
    let mut file = external_account(&server, source);
    file["service_account_impersonation"] = json!({"token_lifetime_seconds": 1800});
    with_file(&server, &file).imgctl(&["list_images"]).succeeds();
    assert_eq!(server.ask("tokens", json!({}))["lifetimes"], json!(["1800s"]));

    file["service_account_impersonation"] = json!({"token_lifetime_seconds": 10});
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(2)
        .says("token_lifetime_seconds is not between 600 and 43200");
}

#[test]
fn a_disabled_api_is_reported_as_such() {
    for name in ["iamcredentials", "sts"] {
        let server = GceServer::start();
        server.ask("set", json!({ "disabled": name }));
        let url = format!("{}/_test/subject", server.url);
        let source = json!({"url": url, "headers": {"X-CI": "ci-secret"}});
        let project = with_file(&server, &external_account(&server, source));
        project
            .imgctl(&["list_images"])
            .fails(3)
            .says(&format!("gcloud services enable {name}.googleapis.com"));
    }
}
