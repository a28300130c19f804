//! gcloud's own login and settings: after `gcloud auth login` alone, imgctl works.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::credentials::{given, login, write};
use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const FOLDER: &str = ".config/gcloud";

/// A project without any login, and this text as gcloud's default configuration.
fn configured(server: &GceServer, text: &str) -> CloudProject {
    let project = server.bare_project("").env("GCE_METADATA_HOST", "127.0.0.1:9");
    project.write(&format!("{FOLDER}/configurations/config_default"), text);
    project
}

/// Writes what `gcloud auth login` leaves for an account.
fn logged_in(server: &GceServer, project: &CloudProject, account: &str) {
    let path = format!("{FOLDER}/legacy_credentials/{account}/adc.json");
    write(project, &path, &login(server));
}

const CORE: &str = "[core]\naccount = me@example.com\nproject = test-project\n";

#[test]
fn a_login_of_gcloud_alone_is_used_with_its_project() {
    let server = GceServer::start();
    let project = configured(&server, CORE);
    logged_in(&server, &project, "me@example.com");
    assert_eq!(given(&server, &project), ["login"]);
    project
        .imgctl(&["list_images"])
        .succeeds()
        .says("credentials: gcloud's login of me@example.com");
    // The login for applications comes first.
    write(&project, &format!("{FOLDER}/application_default_credentials.json"), &login(&server));
    project.imgctl(&["list_images"]).succeeds().says("application_default_credentials.json");
}

#[test]
fn the_active_configuration_and_the_variables_decide_on_the_account() {
    let server = GceServer::start();
    let other = "[core]\naccount = other@example.com\nproject = test-project\n";
    let project = configured(&server, "[core]\naccount = nobody@example.com\n");
    project.write(&format!("{FOLDER}/configurations/config_work"), other);
    for account in ["other@example.com", "third@example.com"] {
        logged_in(&server, &project, account);
    }
    let project = project.env("CLOUDSDK_ACTIVE_CONFIG_NAME", "work");
    let told = "gcloud's login of other@example.com";
    project.imgctl(&["list_images"]).succeeds().says(told);
    let project = project.without("CLOUDSDK_ACTIVE_CONFIG_NAME");
    project.write(&format!("{FOLDER}/active_config"), "work\n");
    project.imgctl(&["list_images"]).succeeds().says(told);
    let project = project.env("CLOUDSDK_CORE_ACCOUNT", "third@example.com");
    project.imgctl(&["list_images"]).succeeds().says("gcloud's login of third@example.com");
}

/// A folder with a `gcloud` that runs this line.
fn with_gcloud(project: CloudProject, line: &str) -> CloudProject {
    project.write("bin/gcloud", &format!("#!/bin/sh\n{line}\n"));
    let program = project.path().join("bin/gcloud");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", project.path().join("bin").display());
    project.env("PATH", &path)
}

/// A token that the server accepts.
fn token(server: &GceServer) -> String {
    let told = server.ask("token", json!({}));
    told["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_login_that_only_gcloud_can_read_is_used_through_gcloud() {
    let server = GceServer::start();
    let token = token(&server);
    let line = format!(
        "test \"$*\" = 'auth print-access-token' && test \"$CLOUDSDK_CORE_ACCOUNT\" = \
         me@example.com && echo {token}"
    );
    let project = with_gcloud(configured(&server, CORE), &line);
    project
        .imgctl(&["-v", "list_images"])
        .succeeds()
        .says("gcloud's login of me@example.com (gcloud auth print-access-token)")
        .never_says(&token);

    let line = "echo 'ERROR: (gcloud.auth.print-access-token) reauthentication failed' >&2; exit 1";
    with_gcloud(configured(&server, CORE), line)
        .imgctl(&["list_images"])
        .fails(3)
        .says("reauthentication failed")
        .hints("gcloud auth login me@example.com");
    // Without gcloud, too, the reason is given.
    configured(&server, CORE)
        .env("PATH", "/nowhere")
        .imgctl(&["list_images"])
        .fails(3)
        .says("gcloud's login of me@example.com cannot be used")
        .hints("gcloud auth login");
}

#[test]
fn credentials_that_gcloud_is_told_to_use_are_used() {
    let server = GceServer::start();
    let token = token(&server);
    let project = configured(&server, "[core]\nproject = test-project\n");
    project.write("token.txt", &format!("{token}\n"));
    let file = project.path().join("token.txt").display().to_string();
    project
        .env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", &file)
        .imgctl(&["-v", "list_images"])
        .succeeds()
        .says("access_token_file")
        .never_says(&token);

    let project = configured(&server, "[core]\nproject = test-project\n");
    let path = write(&project, "login.json", &login(&server)).display().to_string();
    project
        .env("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", &path)
        .imgctl(&["list_images"])
        .succeeds()
        .says("login.json");
}

#[test]
fn gcloud_may_act_as_a_service_account() {
    let server = GceServer::start();
    let text = format!(
        "{CORE}[auth]\nimpersonate_service_account = baker@p.iam.gserviceaccount.com\n\
         [api_endpoint_overrides]\niamcredentials = {}/impersonate/\n",
        server.url
    );
    let project = configured(&server, &text);
    logged_in(&server, &project, "me@example.com");
    assert_eq!(given(&server, &project), ["login", "impersonated"]);
}

#[test]
fn the_region_and_zone_of_gcloud_are_used() {
    let server = GceServer::start();
    let project = server.project("");
    let file = format!("{FOLDER}/configurations/config_default");
    // The zone is tried first; the others of its region stay.
    project.write(&file, "[compute]\nzone = us-central1-f\n");
    server.fault(json!({"kind": "operation", "match": "POST .*/us-central1-f/instances$",
        "status": 503, "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "no room"}));
    project.imgctl(&["up"]).succeeds().says("us-central1-f has no capacity");
    project.imgctl(&["destroy"]).succeeds();
    project.write(&file, "[compute]\nregion = mars-north1\nzone = us-central1-f\n");
    project.imgctl(&["up"]).fails(2).says("gce has no region mars-north1");
    project.imgctl(&["region:us-central1", "up", "destroy"]).succeeds();
    let zones = server.calls("instances.insert");
    let zones: Vec<&Value> = zones.iter().map(|call| &call["path"]).collect();
    let of = |zone| json!(format!("projects/test-project/zones/us-central1-{zone}/instances"));
    assert_eq!(zones, [&of("f"), &of("a"), &of("f")]);
    // Variables come first.
    let project = project.env("CLOUDSDK_COMPUTE_REGION", "us-central1");
    project.imgctl(&["up", "destroy"]).succeeds();
}

const BAKER: &str = "baker@p.iam.gserviceaccount.com";

#[test]
fn a_variable_of_gcloud_to_act_as_another_comes_before_the_login_for_applications() {
    let server = GceServer::start();
    let iam = format!("[api_endpoint_overrides]\niamcredentials = {}/impersonate/\n", server.url);
    let project = configured(&server, &format!("{CORE}{iam}"));
    logged_in(&server, &project, "me@example.com");
    write(&project, &format!("{FOLDER}/application_default_credentials.json"), &login(&server));
    let project = project.env("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", BAKER);
    assert_eq!(given(&server, &project), ["login", "impersonated"]);
}

/// As Terraform reads these variables.
#[test]
fn a_token_and_an_account_to_act_as_are_taken_from_variables() {
    let server = GceServer::start();
    let token = token(&server);
    let project = configured(&server, "[core]\nproject = test-project\n")
        .env("GOOGLE_OAUTH_ACCESS_TOKEN", &token);
    project.imgctl(&["-v", "list_images"]).succeeds().never_says(&token);
    let wrong = project.without("GOOGLE_OAUTH_ACCESS_TOKEN");
    let wrong = wrong.env("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.expired");
    wrong
        .imgctl(&["list_images"])
        .fails(3)
        .hints("the token of GOOGLE_OAUTH_ACCESS_TOKEN")
        .never_says("ya29.expired");

    let address = format!("{}/impersonate/", server.url);
    let project = server
        .project("")
        .env("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", BAKER)
        .env("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", &address);
    project
        .imgctl(&["list_images"])
        .succeeds()
        .says(&format!("credentials: {BAKER}, by the service account"));
}
