//! Every way to a token, each against an authority that checks what it is shown.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const PROJECT: &str = "    project: test-project\n";

pub fn write(project: &CloudProject, name: &str, content: &Value) -> PathBuf {
    project.write(name, &content.to_string());
    project.path().join(name)
}

/// Who got tokens, when the images were listed with these credentials.
pub fn given(server: &GceServer, project: &CloudProject) -> Vec<String> {
    project.succeeds(&["list_images"]);
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
fn a_key_in_a_variable_may_have_its_lines_on_one() {
    let server = GceServer::start();
    let given = given(&server, &server.project(""));
    assert_eq!(given, ["baker@test-project.iam.gserviceaccount.com"]);
}

#[test]
fn a_service_accounts_file_names_the_project_too() {
    let server = GceServer::start();
    let project = server.bare_project("");
    let file = write(&project, "key.json", &service_account(&server));
    let project = project.env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string());
    assert_eq!(given(&server, &project), ["baker@test-project.iam.gserviceaccount.com"]);
}

#[test]
fn a_login_of_gcloud_is_found_where_gcloud_keeps_it() {
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
fn a_login_may_speak_for_a_service_account() {
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
fn a_machine_of_the_cloud_asks_its_metadata_server() {
    let server = GceServer::start();
    let host = server.url.trim_start_matches("http://");
    // Not even the project is set.
    let project = server.bare_project("").env("GCE_METADATA_HOST", host);
    assert_eq!(given(&server, &project), ["machine"]);
    // Asked for once, and not at every look at an instance.
    let before = server.ask("tokens", json!({}))["projects"].as_u64().unwrap();
    project.succeeds(&["up"]);
    assert_eq!(server.ask("tokens", json!({}))["projects"].as_u64(), Some(before + 1));
}

#[test]
fn without_any_credentials_all_ways_are_named() {
    let server = GceServer::start();
    // Nothing listens there.
    let project = server.bare_project(PROJECT).env("GCE_METADATA_HOST", "127.0.0.1:9");
    let told = project.fails(3, &["list_images"]);
    for way in ["GCE_CREDENTIALS_EMAIL", "GOOGLE_APPLICATION_CREDENTIALS", "application-default"] {
        assert!(told.contains(way), "{told}");
    }
}

#[test]
fn half_a_pair_of_variables_is_no_credentials() {
    let server = GceServer::start();
    let project = server.bare_project(PROJECT).env("GCE_CREDENTIALS_EMAIL", "a@b.c");
    let told = project.fails(2, &["list_images"]);
    assert!(told.contains("GCE_CREDENTIALS_PRIVATE_KEY"), "{told}");
}

#[test]
fn what_is_secret_is_in_no_message() {
    let server = GceServer::start();
    // A key that is not the account's.
    let other = GceServer::start();
    let mut file = service_account(&server);
    file["private_key"] = service_account(&other)["private_key"].clone();
    let told = with_file(&server, &file).fails(3, &["list_images", "-v"]);
    assert!(told.contains("Invalid JWT Signature") && told.contains("invalid_grant"), "{told}");
    let key = file["private_key"].as_str().unwrap();
    let line = key.lines().nth(3).unwrap();
    assert!(!told.contains(&line[..20]), "{told}");

    let mut file = service_account(&server);
    file["private_key"] =
        json!("-----BEGIN PRIVATE KEY-----\nsecret-line\n-----END PRIVATE KEY-----");
    let told = with_file(&server, &file).fails(2, &["list_images"]);
    assert!(told.contains("not an RSA key") && !told.contains("secret-line"), "{told}");

    let mut file = login(&server);
    file["refresh_token"] = json!("old-secret");
    let told = with_file(&server, &file).fails(3, &["list_images"]);
    assert!(told.contains("gcloud auth application-default login"), "{told}");
    assert!(!told.contains("old-secret") && !told.contains("client-secret"), "{told}");

    let mut file = service_account(&server);
    file["private_key"] = json!(["secret-line"]);
    let told = with_file(&server, &file).fails(2, &["list_images"]);
    assert!(told.contains("private_key") && !told.contains("secret-line"), "{told}");
}

#[test]
fn tokens_are_renewed_in_the_middle_of_a_build() {
    let server = GceServer::start();
    // Each is good for two seconds, and renewed after one.
    server.ask("set", json!({"life": 2}));
    let project = server.project("");
    project.write("scripts/wait.rhai", "//! Waits.\ntime::sleep(\"2500ms\");\n");
    project.succeeds(&["up", "wait", "down", "wait", "up", "destroy"]);
    let given = server.ask("tokens", json!({}))["given"].as_array().unwrap().len();
    assert!(given >= 3, "{given} tokens");
    let refused = server.ask("log", json!({}));
    let calls = refused["calls"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["status"] != 401), "no token was used after its end");
}

#[test]
fn a_token_that_is_refused_is_replaced() {
    let server = GceServer::start();
    let project = server.project("");
    let revoke = json!({"kind": "refuse", "match": "GET .*/images$", "status": 401,
        "reason": "authError", "message": "revoked"});
    server.fault(revoke);
    project.succeeds(&["list_images"]);
    assert_eq!(server.ask("tokens", json!({}))["given"].as_array().unwrap().len(), 2);
}
