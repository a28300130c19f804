//! The project to work in, and the universe of its credentials.

use serde_json::{Value, json};

use crate::credentials::{login, with_file, write};
use crate::gce_server::GceServer;
use crate::guest::CloudProject;

const LOGIN: &str = ".config/gcloud/application_default_credentials.json";

/// A login that names another project, which pays for its calls.
fn paid_elsewhere(server: &GceServer) -> Value {
    let mut file = login(server);
    file["quota_project_id"] = json!("other-project");
    file
}

/// The projects whose images were listed.
fn listed(server: &GceServer, project: &CloudProject) -> String {
    project.imgctl(&["list_images"]);
    let calls = server.calls("images.list");
    let path = calls.last().unwrap()["path"].as_str().unwrap();
    path.split('/').nth(1).unwrap().to_owned()
}

#[test]
fn variables_and_gclouds_project_come_before_the_quota_project() {
    let server = GceServer::start();
    let project = server.bare_project("");
    write(&project, LOGIN, &paid_elsewhere(&server));
    assert_eq!(listed(&server, &project), "other-project");

    project.write(".config/gcloud/configurations/config_default", "[core]\nproject = of-default\n");
    assert_eq!(listed(&server, &project), "of-default");
    project.write(".config/gcloud/active_config", "ci");
    project.write(".config/gcloud/configurations/config_ci", "[core]\nproject = of-ci\n");
    assert_eq!(listed(&server, &project), "of-ci");
    let mut project = project.env("CLOUDSDK_ACTIVE_CONFIG_NAME", "default");
    assert_eq!(listed(&server, &project), "of-default");

    for name in ["CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCE_PROJECT"] {
        let value = name.to_lowercase().replace('_', "-");
        project = project.env(name, &value);
        assert_eq!(listed(&server, &project), value);
    }
}

#[test]
fn gclouds_project_is_not_used_with_other_credentials() {
    let server = GceServer::start();
    let project = server.bare_project("");
    let file = write(&project, "credentials.json", &paid_elsewhere(&server));
    project.write(".config/gcloud/configurations/config_default", "[core]\nproject = of-default\n");
    let project = project.env("GOOGLE_APPLICATION_CREDENTIALS", &file.display().to_string());
    assert_eq!(listed(&server, &project), "other-project");
}

#[test]
fn credentials_of_another_universe_are_accepted_with_its_endpoint() {
    let server = GceServer::start();
    let mut file = login(&server);
    file["universe_domain"] = json!("example.cloud");
    with_file(&server, &file).imgctl(&["list_images"]).succeeds();
}

#[test]
fn the_name_of_a_project_is_refused_before_anything_is_asked() {
    let server = GceServer::start();
    let project = server.project("").without("GCE_PROJECT").env("GCE_PROJECT", "My Project");
    project
        .imgctl(&["list_images"])
        .fails(2)
        .says("`My Project` is not the id of a project")
        .hints("gcloud projects list");
    assert!(server.calls("images.list").is_empty());
}
