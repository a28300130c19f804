//! Credentials: every way to give them, and tokens that expire.

use std::time::{Duration, Instant};

use serde_json::json;

use super::administrator::{KEYSTONE, PASSWORD, admin, builder};
use super::guest::Ran;
use super::world::{bare, created_image, nothing_is_left, project, words};

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_token_that_is_revoked_in_the_middle_is_renewed() {
    let project = project("{}");
    // The guest is this computer: one file asks this test to revoke the tokens, another one answers.
    let script = "//! Waits until the tokens are revoked. Nothing else.\nlet host = cloud::host();\n\
                  host.run(\"touch asked; until test -e done; do sleep 0.1; done\");\n";
    project.write("scripts/revoke.rhai", script);
    let words = words(&["up", "revoke", "bootstrap", "snapshot", "list_images", "destroy"]);
    let mut running = project.command(&words).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(300);
    let home = loop {
        let guests = std::fs::read_dir(project.path().join("guests")).into_iter().flatten();
        let homes = guests.map(|guest| guest.unwrap().path().join("home"));
        if let Some(home) = homes.into_iter().find(|home| home.join("asked").exists()) {
            break home;
        }
        assert!(Instant::now() < until && running.try_wait().unwrap().is_none(), "never asked");
        std::thread::sleep(Duration::from_millis(50));
    };
    let old = builder();
    revoke_all_tokens_of("builder", PASSWORD);
    assert_eq!(old.status("http://127.0.0.1:8774/v2.1/servers"), 401, "nova rejects the old token");
    // Keystone counts in seconds: a token of the same second is revoked, too.
    while builder().status("http://127.0.0.1:8774/v2.1/servers") != 200 {
        assert!(Instant::now() < until, "no new token is valid");
        std::thread::sleep(Duration::from_millis(100));
    }
    std::fs::write(home.join("done"), "").unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success(), "the build failed; its messages are above");
    let image = created_image(&Ran::new(&words, output));
    let images = admin().images("ci");
    assert_eq!(images[0]["id"], image.as_str());
    project.imgctl(&super::world::words(&[&format!("delete_image:{image}")])).succeeds();
    nothing_is_left("ci");
}

/// Setting a password, even the same one, revokes all tokens of its user.
fn revoke_all_tokens_of(name: &str, password: &str) {
    let admin = admin();
    let found = admin.get(&format!("{KEYSTONE}/users?name={name}"));
    let id = found["users"][0]["id"].as_str().unwrap();
    admin.patch(&format!("{KEYSTONE}/users/{id}"), json!({"user": {"password": password}}));
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn an_application_credential_is_enough_for_a_whole_run() {
    admin().sweep("ci");
    let builder = builder();
    let url = format!("{KEYSTONE}/users/{}/application_credentials", builder.user);
    let wanted = json!({"application_credential": {"name": "bake", "secret": "of the bakery"}});
    let made = builder.post(&url, wanted)["application_credential"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    let project = bare("{}")
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_AUTH_TYPE", "v3applicationcredential")
        .env("OS_APPLICATION_CREDENTIAL_ID", &id)
        .env("OS_APPLICATION_CREDENTIAL_SECRET", "of the bakery");
    project.imgctl(&words(&["up", "bootstrap", "destroy"])).succeeds();
    nothing_is_left("ci");

    builder.delete(&format!("{url}/{id}"));
    project
        .imgctl(&words(&["list_images"]))
        .fails(3)
        .says("refuses the credentials")
        .hints("may have expired");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn a_token_alone_is_accepted() {
    let builder = builder();
    let project = bare("{}")
        .env("OS_AUTH_URL", KEYSTONE)
        .env("OS_TOKEN", builder.token())
        .env("OS_PROJECT_NAME", "ci");
    project.imgctl(&words(&["list_images"])).succeeds();
    let again = project.without("OS_TOKEN").env("OS_TOKEN", "no-such-token");
    again.imgctl(&words(&["list_images"])).fails(3).says("refuses the credentials");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn clouds_yaml_and_secure_yaml_are_read() {
    admin().sweep("ci");
    let clouds = json!({"clouds": {
        "other": {},
        "lab": {"region_name": "RegionOne", "auth": {
            "auth_url": KEYSTONE, "username": "builder", "project_name": "ci",
            "user_domain_name": "Default", "project_domain_name": "Default",
        }},
    }});
    let secret = json!({"clouds": {"lab": {"auth": {"password": PASSWORD}}}});
    let project = bare("{}").env("OS_CLOUD", "lab");
    project.write(".config/openstack/clouds.yaml", &clouds.to_string());
    project.write(".config/openstack/secure.yaml", &secret.to_string());
    project.imgctl(&["cloud:openstack", "distribution:debian12", "up", "destroy"]).succeeds();
    nothing_is_left("ci");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn wrong_credentials_are_refused_with_a_hint() {
    let with = |name: &str, value: &str| {
        let project = project("{}").without(name).env(name, value);
        project
            .imgctl(&words(&["up"]))
            .fails(3)
            .says("refuses the credentials")
            .hints("check the user")
            .never_says("wrong-password");
    };
    with("OS_PASSWORD", "wrong-password");
    with("OS_USERNAME", "nobody");
    with("OS_PROJECT_NAME", "nothing");
    // The user has no role in this project.
    with("OS_PROJECT_NAME", "admin");
}

#[test]
#[ignore = "needs a real OpenStack: make test-openstack"]
fn of_several_regions_one_has_to_be_chosen() {
    let project = project("{}");
    let openstack = ["cloud:openstack", "distribution:debian12"];
    project
        .imgctl(&[&openstack[..], &["up"]].concat())
        .fails(2)
        .says("RegionOne, RegionTwo")
        .hints("OS_REGION_NAME");
    project
        .imgctl(&[&openstack[..], &["region:RegionFour", "up"]].concat())
        .fails(2)
        .says("no region `RegionFour`")
        .says("RegionTwo");
    let project = project.env("OS_REGION_NAME", "RegionTwo");
    project.imgctl(&[&openstack[..], &["up"]].concat()).succeeds();
    project.imgctl(&["status"]).succeeds().says("RegionTwo");
    project.imgctl(&["destroy"]).succeeds();
    nothing_is_left("ci");
}
