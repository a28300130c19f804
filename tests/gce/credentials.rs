//! Every kind of credentials, each against an authority that checks them.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const PROJECT: &str = "    project: test-project\n";

pub fn write(project: &CloudProject, name: &str, content: &Value) -> PathBuf {
    project.write(name, &content.to_string());
    project.path().join(name)
}

/// The identities that got tokens when the images were listed with these credentials.
pub fn given(server: &GceServer, project: &CloudProject) -> Vec<String> {
    project.imgctl(&["list_images"]).succeeds();
    let tokens = server.ask("tokens", json!({}));
    let given = tokens["given"].as_array().unwrap().iter();
    given.map(|who| who.as_str().unwrap().to_owned()).collect()
}

pub fn with_file(server: &GceServer, content: &Value) -> CloudProject {
    let project = server.bare_project(PROJECT);
    let file = write(&project, "credentials.json", content);
    project.env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string())
}

fn service_account(server: &GceServer) -> Value {
    let identity = server.ask("identity", json!({}));
    json!({
        "type": "service_account",
        "project_id": "test-project",
        "client_email": identity["email"],
        "private_key": identity["private_key"],
        "private_key_id": identity["private_key_id"],
        "token_uri": format!("{}/token", server.url),
    })
}

pub fn login(server: &GceServer) -> Value {
    let mut file = server.ask("identity", json!({}))["login"].clone();
    file["type"] = json!("authorized_user");
    file["token_uri"] = json!(format!("{}/token", server.url));
    file
}

#[test]
fn a_key_in_a_variable_may_have_escaped_line_ends() {
    let server = GceServer::start();
    let given = given(&server, &server.project(""));
    assert_eq!(given, ["baker@test-project.iam.gserviceaccount.com"]);
}

#[test]
fn the_file_of_a_service_account_also_names_the_project() {
    let server = GceServer::start();
    let project = server.bare_project("");
    let file = write(&project, "key.json", &service_account(&server));
    let project = project.env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string());
    assert_eq!(given(&server, &project), ["baker@test-project.iam.gserviceaccount.com"]);
}

#[test]
fn a_login_of_gcloud_is_found_in_its_folder() {
    let server = GceServer::start();
    let project = server.bare_project(PROJECT);
    write(&project, ".config/gcloud/application_default_credentials.json", &login(&server));
    assert_eq!(given(&server, &project), ["login"]);

    let project = server.bare_project(PROJECT);
    write(&project, "elsewhere/application_default_credentials.json", &login(&server));
    let folder = project.path().join("elsewhere").display().to_string();
    assert_eq!(given(&server, &project.env("CLOUDSDK_CONFIG", &folder)), ["login", "login"]);
}

#[test]
fn a_login_may_act_as_a_service_account() {
    let server = GceServer::start();
    let file = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{}/impersonate", server.url),
        "source_credentials": login(&server),
    });
    let project = with_file(&server, &file);
    assert_eq!(given(&server, &project), ["login", "impersonated"]);
}

#[test]
fn a_machine_of_the_cloud_uses_its_metadata_server() {
    let server = GceServer::start();
    let host = server.url.trim_start_matches("http://");
    // The server also reports the project.
    let project = server.bare_project("").env("GCE_METADATA_HOST", host);
    assert_eq!(given(&server, &project), ["machine"]);
    // It is asked for once, not with every call.
    let before = server.ask("tokens", json!({}))["projects"].as_u64().unwrap();
    project.imgctl(&["up"]).succeeds();
    assert_eq!(server.ask("tokens", json!({}))["projects"].as_u64(), Some(before + 1));
}

#[test]
fn without_credentials_the_error_names_every_place() {
    let server = GceServer::start();
    // Nothing listens there.
    let project = server.bare_project(PROJECT).env("GCE_METADATA_HOST", "127.0.0.1:9");
    let mut ran = project.imgctl(&["list_images"]).fails(3);
    for way in ["GCE_CREDENTIALS_EMAIL", "GOOGLE_APPLICATION_CREDENTIALS", "application-default"] {
        ran = ran.says(way);
    }
}

#[test]
fn an_email_without_its_private_key_is_refused() {
    let server = GceServer::start();
    let project = server.bare_project(PROJECT).env("GCE_CREDENTIALS_EMAIL", "a@b.c");
    project.imgctl(&["list_images"]).fails(3).says("GCE_CREDENTIALS_PRIVATE_KEY");
}

#[test]
fn no_message_contains_a_secret() {
    let server = GceServer::start();
    // A key that is not the account's.
    let other = GceServer::start();
    let mut file = service_account(&server);
    file["private_key"] = service_account(&other)["private_key"].clone();
    let key = file["private_key"].as_str().unwrap();
    let line = key.lines().nth(3).unwrap();
    with_file(&server, &file)
        .imgctl(&["list_images", "-v"])
        .fails(3)
        .says("Invalid JWT Signature")
        .says("invalid_grant")
        .never_says(&line[..20]);

    let mut file = service_account(&server);
    file["private_key"] =
        json!("-----BEGIN PRIVATE KEY-----\nsecret-line\n-----END PRIVATE KEY-----");
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(2)
        .says("not an RSA key")
        .never_says("secret-line");

    let mut file = login(&server);
    file["refresh_token"] = json!("old-secret");
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(3)
        .says("gcloud auth application-default login")
        .never_says("old-secret")
        .never_says("client-secret");

    let mut file = service_account(&server);
    file["private_key"] = json!(["secret-line"]);
    with_file(&server, &file)
        .imgctl(&["list_images"])
        .fails(2)
        .says("private_key")
        .never_says("secret-line");
}

#[test]
fn tokens_are_renewed_in_the_middle_of_a_build() {
    let server = GceServer::start();
    // Each lasts two seconds, and is renewed after one.
    server.ask("set", json!({"life": 2}));
    let project = server.project("");
    project.write("scripts/wait.rhai", "//! Waits.\ntime::sleep(\"2500ms\");\n");
    project.imgctl(&["up", "wait", "down", "wait", "up", "destroy"]).succeeds();
    let given = server.ask("tokens", json!({}))["given"].as_array().unwrap().len();
    assert!(given >= 3, "{given} tokens");
    let refused = server.ask("log", json!({}));
    let calls = refused["calls"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["status"] != 401), "an expired token was used");
}

#[test]
fn a_rejected_token_is_replaced() {
    let server = GceServer::start();
    let project = server.project("");
    let revoke = json!({"kind": "refuse", "match": "GET .*/images$", "status": 401,
        "reason": "authError", "message": "revoked"});
    server.fault(revoke);
    project.imgctl(&["list_images"]).succeeds();
    assert_eq!(server.ask("tokens", json!({}))["given"].as_array().unwrap().len(), 2);
}
