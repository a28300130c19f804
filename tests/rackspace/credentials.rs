//! Credentials, regions and keys, right and wrong.

use std::process::Command;

use super::guest::CloudProject;
use super::openstack_server::OpenStackServer;
use super::world::{created_image, project, words};

#[test]
fn wrong_credentials_are_refused_and_not_shown() {
    let cloud = OpenStackServer::rackspace();
    let wrong = project(&cloud).without("OS_PASSWORD").env("OS_PASSWORD", "wrong-password");
    wrong
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("refuses the credentials")
        .hints("check the user")
        .never_says("wrong-password");
    assert_eq!(cloud.requests("POST /identity").len(), 1, "retries might lock the account");
    project(&cloud)
        .env("OS_TENANT_NAME", "other")
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("'other' is not valid");
}

#[test]
fn an_api_key_is_accepted_in_either_variable() {
    let cloud = OpenStackServer::rackspace();
    let key = cloud.world(|world| world.api_key.clone());
    let bare = || project(&cloud).without("OS_PASSWORD");
    bare().env("OS_PASSWORD", &key).imgctl(&words(&["list_images"])).succeeds();
    assert_eq!(cloud.requests("POST /identity").len(), 1, "a failed login might lock the account");
    bare().env("RACKSPACE_API_KEY", &key).imgctl(&words(&["list_images"])).succeeds();
}

#[test]
fn a_token_that_expires_in_the_middle_is_renewed() {
    let cloud = OpenStackServer::rackspace();
    cloud.world(|world| world.token_life = Some(5));
    let project = project(&cloud);
    let image = created_image(
        &project.imgctl(&words(&["up", "bootstrap", "create_image", "up"])).succeeds(),
    );
    assert!(cloud.world(|world| world.images.contains_key(&image)));
    project.imgctl(&["destroy"]).succeeds();
    let logins = cloud.requests("POST /identity").len();
    assert!(logins > 3, "only {logins} logins: the token was never renewed");
}

#[test]
fn the_region_is_chosen_or_the_users_home() {
    let cloud = OpenStackServer::rackspace();
    let nowhere = || project(&cloud).without("OS_REGION_NAME");
    nowhere()
        .imgctl(&words(&["list_images"]))
        .fails(2)
        .says("several regions: DFW, IAD, ORD")
        .hints("`region:NAME`");
    nowhere().imgctl(&words(&["region:ORD", "list_images"])).succeeds();
    cloud.world(|world| world.home = "ORD".to_owned());
    nowhere().imgctl(&words(&["list_images"])).succeeds();
    project(&cloud)
        .imgctl(&words(&["region:LON", "list_images"]))
        .fails(2)
        .says("no region `LON`")
        .hints("DFW, IAD, ORD");
}

#[test]
fn an_invalid_url_is_refused_at_once() {
    let cloud = OpenStackServer::rackspace();
    let with = |url: &str| project(&cloud).without("OS_AUTH_URL").env("OS_AUTH_URL", url);
    with("identity.example/v2.0")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("OS_AUTH_URL is `identity.example/v2.0`");
    with("https://identity.example/v3")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("version 3")
        .hints("cloud:openstack");
}

#[test]
fn variables_for_the_other_cloud_are_refused() {
    let cloud = OpenStackServer::rackspace();
    project(&cloud)
        .imgctl(&["cloud:openstack", "distribution:debian12", "up"])
        .fails(2)
        .says("OS_AUTH_SYSTEM")
        .hints("`cloud:rackspace`");
}

/// The project with the user's own key in these files.
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
    project.imgctl(&words(&["up", "bootstrap", "tests", "destroy"])).succeeds();
    let uploaded = cloud.world(|world| world.key_pairs["mine"]["public_key"].clone());
    assert!(uploaded.as_str().unwrap().starts_with("ssh-rsa AAAA"), "{uploaded}");
}

#[test]
fn unusable_keys_are_refused_before_anything_is_created() {
    let cloud = OpenStackServer::rackspace();
    let refused = |project: &CloudProject, message: &str| {
        project.imgctl(&words(&["up"])).fails(2).says(message).hints("");
        assert!(cloud.world(|world| world.debris()).is_empty());
    };
    let missing = with_key(project(&cloud), "mine", "key", "key.pub");
    refused(&missing, "does not exist");

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
    another.write("other.pub", "not a key");
    refused(&another, "contains no public key");
}

#[test]
fn the_users_key_without_a_name_is_uploaded_as_a_temporary_pair() {
    let cloud = OpenStackServer::rackspace();
    let project = with_key(project(&cloud), "", "key", "key.pub");
    make_key(&project, "", &["-t", "ed25519"]);
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let pairs = cloud.world(|world| world.key_pairs.keys().cloned().collect::<Vec<_>>());
    assert!(pairs.len() == 1 && pairs[0].starts_with("imgctl-run-"), "{pairs:?}");
    project.imgctl(&["destroy"]).succeeds();
    assert!(cloud.world(|world| world.debris()).is_empty());
}
