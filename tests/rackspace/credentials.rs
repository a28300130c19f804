//! Who we are, where we are, and with which key: as users say it, and as they get it wrong.

use std::process::Command;

use super::guest::CloudProject;
use super::openstack_server::OpenStackServer;
use super::world::{created_image, project, words};

#[test]
fn wrong_credentials_are_refused_and_not_shown() {
    let cloud = OpenStackServer::rackspace();
    let wrong = project(&cloud).without("OS_PASSWORD").env("OS_PASSWORD", "wrong-password");
    let said = wrong.fails(3, &words(&["up"]));
    assert!(said.contains("refuses the credentials") && said.contains("hint:"), "{said}");
    assert!(!said.contains("wrong-password"), "{said}");
    assert_eq!(cloud.requests("POST /identity").len(), 1, "the account is not locked by retries");
    let said = project(&cloud).env("OS_TENANT_NAME", "other").fails(3, &words(&["up"]));
    assert!(said.contains("'other' is not valid"), "{said}");
}

#[test]
fn an_api_key_does_as_well_in_either_variable() {
    let cloud = OpenStackServer::rackspace();
    let key = cloud.world(|world| world.api_key.clone());
    let bare = || project(&cloud).without("OS_PASSWORD");
    bare().env("OS_PASSWORD", &key).succeeds(&words(&["list_images"]));
    bare().env("RACKSPACE_API_KEY", &key).succeeds(&words(&["list_images"]));
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed() {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| world.token_life = Some(5));
    let project = project(&cloud);
    let image =
        created_image(&project.succeeds(&words(&["up", "bootstrap", "create_image", "up"])));
    assert!(cloud.world(|world| world.images.contains_key(&image)));
    project.succeeds(&["destroy"]);
    let logins = cloud.requests("POST /identity").len();
    assert!(logins > 3, "only {logins} logins: the token was never renewed");
}

#[test]
fn the_region_is_said_or_the_users_home() {
    let cloud = OpenStackServer::rackspace();
    let nowhere = || project(&cloud).without("OS_REGION_NAME");
    let said = nowhere().fails(2, &words(&["list_images"]));
    assert!(said.contains("several regions: DFW, IAD, ORD"), "{said}");
    assert!(said.contains("`region:NAME`"), "{said}");
    nowhere().succeeds(&words(&["region:ORD", "list_images"]));
    cloud.world(|world| world.home = "ORD".to_owned());
    nowhere().succeeds(&words(&["list_images"]));
    let said = project(&cloud).fails(2, &words(&["region:LON", "list_images"]));
    assert!(said.contains("no region `LON`") && said.contains("DFW, IAD, ORD"), "{said}");
}

#[test]
fn an_address_that_is_none_is_told_at_once() {
    let cloud = OpenStackServer::rackspace();
    let with = |url: &str| project(&cloud).without("OS_AUTH_URL").env("OS_AUTH_URL", url);
    let said = with("identity.example/v2.0").fails(2, &words(&["up"]));
    assert!(said.contains("OS_AUTH_URL is `identity.example/v2.0`"), "{said}");
    let said = with("https://identity.example/v3").fails(2, &words(&["up"]));
    assert!(said.contains("version 3") && said.contains("cloud:openstack"), "{said}");
}

#[test]
fn the_cloud_that_the_variables_are_meant_for_is_named() {
    let cloud = OpenStackServer::rackspace();
    let said = project(&cloud).fails(2, &["cloud:openstack", "distribution:debian12", "up"]);
    assert!(said.contains("OS_AUTH_SYSTEM") && said.contains("`cloud:rackspace`"), "{said}");
}

/// With a key of the user's own in these files.
fn with_key(project: CloudProject, name: &str, private: &str, public: &str) -> CloudProject {
    let (private, public) = (project.path().join(private), project.path().join(public));
    project
        .env("RACKSPACE_KEY_PAIR", name)
        .env("RACKSPACE_PRIVATE_KEY_FILENAME", &private.display().to_string())
        .env("RACKSPACE_PUBLIC_KEY_FILENAME", &public.display().to_string())
}

fn make_key(project: &CloudProject, passphrase: &str, more: &[&str]) {
    let key = project.path().join("key");
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", passphrase, "-C", "me", "-f"]).arg(key).args(more);
    assert!(command.status().unwrap().success());
}

#[test]
fn a_pem_key_is_used_with_its_public_half_from_elsewhere() {
    let cloud = OpenStackServer::rackspace();
    let project = with_key(project(&cloud), "mine", "key", "public/key.pub");
    make_key(&project, "", &["-t", "rsa", "-b", "2048", "-m", "PEM"]);
    project.write("public/.keep", "");
    std::fs::rename(project.path().join("key.pub"), project.path().join("public/key.pub")).unwrap();
    project.succeeds(&words(&["up", "bootstrap", "tests", "destroy"]));
    let uploaded = cloud.world(|world| world.key_pairs["mine"]["public_key"].clone());
    assert!(uploaded.as_str().unwrap().starts_with("ssh-rsa AAAA"), "{uploaded}");
}

#[test]
fn keys_that_nobody_could_log_in_with_are_refused_before_anything_is_made() {
    let cloud = OpenStackServer::rackspace();
    let refused = |project: &CloudProject, told: &str| {
        let said = project.fails(2, &words(&["up"]));
        assert!(said.contains(told) && said.contains("hint:"), "{told}: {said}");
        assert!(cloud.world(|world| world.debris()).is_empty());
    };
    let missing = with_key(project(&cloud), "mine", "key", "key.pub");
    refused(&missing, "there is no key file");

    let locked = with_key(project(&cloud), "mine", "key", "key.pub");
    make_key(&locked, "a passphrase", &["-t", "ed25519"]);
    refused(&locked, "has a passphrase");

    let public_alone = with_key(project(&cloud), "mine", "key", "key.pub")
        .without("RACKSPACE_PRIVATE_KEY_FILENAME");
    make_key(&public_alone, "", &["-t", "ed25519"]);
    refused(&public_alone, "key_pair is `mine`, but key_file is not set");
    refused(
        &public_alone.without("RACKSPACE_KEY_PAIR"),
        "public_key_file is set, but key_file is not",
    );

    let another = with_key(project(&cloud), "mine", "key", "other.pub");
    make_key(&another, "", &["-t", "ed25519"]);
    another.write("other.pub", &imgctl::ssh::keys::generate("other").unwrap().public);
    refused(&another, "does not belong to key_file");
    another.write("other.pub", "no key at all");
    refused(&another, "contains no public key");
}

#[test]
fn the_users_key_without_a_name_is_uploaded_as_a_temporary_pair() {
    let cloud = OpenStackServer::rackspace();
    let project = with_key(project(&cloud), "", "key", "key.pub");
    make_key(&project, "", &["-t", "ed25519"]);
    project.succeeds(&words(&["up", "bootstrap"]));
    let pairs = cloud.world(|world| world.key_pairs.keys().cloned().collect::<Vec<_>>());
    assert!(pairs.len() == 1 && pairs[0].starts_with("imgctl-run-"), "{pairs:?}");
    project.succeeds(&["destroy"]);
    assert!(cloud.world(|world| world.debris()).is_empty());
}
