//! Who we are: every way to say it, and tokens that end.

use serde_json::json;

use super::openstack_server::world::PROJECT;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

#[test]
fn a_token_that_ends_in_the_middle_is_renewed() {
    let cloud = OpenStackServer::start();
    // Every few requests.
    cloud.world(|world| world.token_life = Some(5));
    let project = project(&cloud, "{}");
    project.succeeds(&words(&["up", "bootstrap"]));
    let image = created_image(&project.succeeds(&["create_image"]));
    assert!(cloud.world(|world| world.images.contains_key(&image)));
    project.succeeds(&["destroy"]);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    let logins = cloud.requests("POST /identity").len();
    assert!(logins > 5, "only {logins} logins: the token was never renewed");
}

#[test]
fn a_token_that_no_service_takes_is_no_endless_loop() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.token_life = Some(0));
    let said = project(&cloud, "{}").fails(3, &words(&["up"]));
    assert!(said.contains("401"), "{said}");
    assert_eq!(cloud.requests("POST /identity").len(), 2, "one renewal");
}

#[test]
fn wrong_credentials_are_refused_with_the_cure() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}").without("OS_PASSWORD").env("OS_PASSWORD", "wrong-password");
    let said = project.fails(3, &words(&["up"]));
    assert!(said.contains("refuses the credentials") && said.contains("hint:"), "{said}");
    assert!(!said.contains("wrong-password"), "{said}");
}

/// Keystone answers so, and not by 401.
#[test]
fn a_credential_that_is_gone_is_refused_with_the_cure() {
    let cloud = OpenStackServer::start();
    let gone = json!({"error": {"code": 404, "title": "Not Found",
        "message": "Could not find Application Credential: 14d967f80fa64d348848f416a05c796c."}});
    let unknown = json!({"error": {"code": 404, "message": "Could not recognize Fernet token"}});
    let elsewhere = json!({"error": {"code": 404, "message": "The resource could not be found."}});
    let project = project(&cloud, "{}");
    for (status, body) in [(3, gone), (3, unknown), (1, elsewhere)] {
        cloud.rule("POST /identity/v3/auth/tokens", 1, Then::Refuse(404, body));
        let said = project.fails(status, &words(&["list_images"]));
        assert_eq!(said.contains("refuses the credentials"), status == 3, "{said}");
    }
}

#[test]
fn application_credentials_and_tokens_do_as_well() {
    let cloud = OpenStackServer::start();
    let bare = || project(&cloud, "{}").without("OS_USERNAME").without("OS_PASSWORD");
    let by_application = bare()
        .env("OS_APPLICATION_CREDENTIAL_ID", "app")
        .env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    by_application.succeeds(&words(&["list_images"]));
    let by_its_name = bare()
        .env("OS_USERNAME", "me")
        .env("OS_APPLICATION_CREDENTIAL_NAME", "ci")
        .env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    by_its_name.succeeds(&words(&["list_images"]));
    bare().env("OS_TOKEN", "a-token").succeeds(&words(&["list_images"]));
}

#[test]
fn clouds_yaml_and_secure_yaml_are_read() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}")
        .without("OS_AUTH_URL")
        .without("OS_USERNAME")
        .without("OS_PASSWORD")
        .without("OS_PROJECT_NAME");
    let said = project.fails(2, &words(&["list_images"]));
    assert!(said.contains("OS_CLOUD") && said.contains("clouds.yaml"), "{said}");

    let clouds = format!(
        "clouds: {{other: {{}}, lab: {{region_name: RegionOne, auth: {{auth_url: '{}', username: me, \
         project_name: ci}}}}}}",
        cloud.auth_url()
    );
    project.write(".config/openstack/clouds.yaml", &clouds);
    project.write(".config/openstack/secure.yaml", "clouds: {lab: {auth: {password: secret}}}");
    let project = project.env("OS_CLOUD", "lab");
    project.succeeds(&words(&["list_images"]));
    project.succeeds(&[
        "--set",
        "clouds.openstack.cloud=lab",
        "cloud:openstack",
        "distribution:debian12",
        "list_images",
    ]);

    let project = project.without("OS_CLOUD").env("OS_CLOUD", "labb");
    let said = project.fails(2, &words(&["list_images"]));
    assert!(said.contains("did you mean `lab`?"), "{said}");

    project.write("elsewhere.yaml", &clouds.replace("lab:", "labb:"));
    let path = project.path().join("elsewhere.yaml").display().to_string();
    let project = project.env("OS_CLIENT_CONFIG_FILE", &path).env("OS_PASSWORD", "secret");
    project.succeeds(&words(&["list_images"]));
}

/// As other OpenStack clients take them.
#[test]
fn entries_of_clouds_yaml_are_understood_in_every_form() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{cloud: lab}")
        .without("OS_AUTH_URL")
        .without("OS_USERNAME")
        .without("OS_PASSWORD")
        .without("OS_PROJECT_NAME");
    let url = cloud.auth_url();
    let forms = [
        format!(
            "base: &base {{auth: {{auth_url: '{url}', username: me, password: secret, project_name: ci}}}}\nclouds: {{lab: {{<<: *base}}}}"
        ),
        format!(
            "clouds: {{lab: {{regions: [RegionOne, RegionTwo], auth: {{auth-url: '{url}', username: me, password: secret, domain-name: Default, tenant-name: ci}}}}}}"
        ),
        format!(
            "clouds: {{lab: {{regions: [{{name: RegionOne}}], auth_url: '{url}', token: a-token, project_name: ci, project_domain_id: default, endpoint_type: publicURL}}}}"
        ),
    ];
    for clouds in forms {
        project.write("clouds.yaml", &clouds);
        project.succeeds(&words(&["list_images"]));
    }
    let scopes: Vec<_> = cloud
        .requests("POST /identity")
        .iter()
        .map(|request| request.body["auth"]["scope"]["project"]["domain"].clone())
        .collect();
    let default = json!({"id": "default"});
    assert_eq!(scopes, [default.clone(), json!({"name": "Default"}), default]);

    project.write("clouds.yaml", "clouds: {lab: {profile: vendor, auth: {username: me, password: secret, project_name: ci}}}");
    let said = project.fails(2, &words(&["list_images"]));
    assert!(said.contains("profile `vendor`") && said.contains("clouds-public.yaml"), "{said}");
    let vendors = format!("public-clouds: {{vendor: {{auth: {{auth_url: '{url}'}}}}}}");
    project.write(".config/openstack/clouds-public.yaml", &vendors);
    project.succeeds(&words(&["list_images"]));
}

#[test]
fn the_interface_is_the_one_that_is_asked_for() {
    let cloud = OpenStackServer::start();
    let servers = |interface: &str| {
        let begins = format!("GET {interface}/compute/v2.1/servers");
        cloud.requests(&begins).len()
    };
    let listed = |project: super::guest::CloudProject| {
        project.succeeds(&["--set", "defaults.cloud=openstack", "gc"]);
        [servers(""), servers("/internal"), servers("/admin")]
    };
    assert_eq!(listed(project(&cloud, "{}")), [1, 0, 0]);
    assert_eq!(listed(project(&cloud, "{interface: internal}")), [1, 1, 0]);
    let by_variable = || project(&cloud, "{}").env("OS_INTERFACE", "adminURL");
    assert_eq!(listed(by_variable()), [1, 1, 1]);
    let by_entry = by_variable().env("OS_CLOUD", "lab");
    let auth = format!("auth_url: '{}', username: me, project_name: ci", cloud.auth_url());
    let entry = format!("clouds: {{lab: {{interface: internal, auth: {{{auth}}}}}}}");
    by_entry.write("clouds.yaml", &entry);
    assert_eq!(listed(by_entry), [1, 2, 1]);
    let said = project(&cloud, "{}").env("OS_INTERFACE", "secret").fails(2, &words(&["up"]));
    assert!(said.contains("no interface is called `secret`"), "{said}");
}

#[test]
fn a_certificate_is_trusted_by_its_authority_or_by_no_check_at_all() {
    let cloud = OpenStackServer::with_tls();
    let certificate = cloud.certificate.clone().unwrap();
    let with = || {
        let project = project(&cloud, "{}");
        project.write("ca.pem", &certificate);
        project
    };
    let said = with().fails(3, &words(&["list_images"]));
    assert!(said.contains("certificate verify failed") && said.contains("OS_CACERT"), "{said}");
    assert!(!said.contains("trying again"), "it will not be trusted meanwhile: {said}");
    assert!(cloud.requests("POST /identity").is_empty(), "no password was sent");
    with().env("OS_CACERT", "~/ca.pem").succeeds(&words(&["list_images"]));
    with().env("OS_INSECURE", "true").succeeds(&words(&["list_images"]));

    let auth = format!("auth_url: '{}', username: me, project_name: ci", cloud.auth_url());
    for trust in ["cacert: ~/ca.pem", "verify: false", "insecure: true"] {
        let by_entry = with().env("OS_CLOUD", "lab");
        by_entry.write("clouds.yaml", &format!("clouds: {{lab: {{{trust}, auth: {{{auth}}}}}}}"));
        by_entry.succeeds(&words(&["list_images"]));
    }
    let said = with().env("OS_CACERT", "/nowhere/ca.pem").fails(1, &words(&["list_images"]));
    assert!(said.contains("/nowhere/ca.pem"), "{said}");
}

#[test]
fn addresses_of_services_may_be_given() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.lacks = vec!["compute".into(), "volume".into()]);
    let base = cloud.auth_url().replace("/identity/v3", "");
    let volume = format!("{base}/volume/v3/{PROJECT}");
    let by_variables = project(&cloud, "{boot_volume: {}}")
        .env("OS_COMPUTE_ENDPOINT_OVERRIDE", &format!("{base}/compute/v2.1"))
        .env("OS_VOLUMEV3_ENDPOINT_OVERRIDE", &volume);
    by_variables.succeeds(&words(&["up", "destroy"]));
    let auth = format!("auth_url: '{}', username: me, project_name: ci", cloud.auth_url());
    let entry = format!(
        "clouds: {{lab: {{compute_endpoint_override: '{base}/compute', auth: {{{auth}}}, \
         block-storage-endpoint-override: '{volume}'}}}}"
    );
    let by_entry = project(&cloud, "{boot_volume: {}, cloud: lab}");
    by_entry.write("clouds.yaml", &entry);
    by_entry.succeeds(&words(&["up", "destroy"]));
    assert_eq!(cloud.requests("POST /volume/v3").len(), 2);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// What an openrc file of another cloud has left in the shell.
#[test]
fn variables_of_another_cloud_do_not_mix_with_the_one_that_is_named() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{cloud: lab}")
        .without("OS_AUTH_URL")
        .without("OS_USERNAME")
        .without("OS_PROJECT_NAME")
        .env("OS_PROJECT_ID", "of-another-cloud")
        .env("OS_USER_DOMAIN_ID", "of-another-cloud")
        .env("OS_AUTH_TYPE", "v3token")
        .env("OS_APPLICATION_CREDENTIAL_ID", "of-another-cloud")
        .env("OS_INTERFACE", "admin");
    let entry = format!(
        "clouds: {{lab: {{auth: {{auth_url: '{}', username: me, user_domain_name: Default, \
         project_name: ci, project_domain_name: Default}}}}}}",
        cloud.auth_url()
    );
    project.write("clouds.yaml", &entry);
    // The variables alone would lead there, but for the entry's name in config.yaml.
    let project = project.env("OS_AUTH_URL", "http://127.0.0.1:1/of-another-cloud");
    // OS_PASSWORD is what the entry lacks.
    let said = project.imgctl(&words(&["list_images"]));
    assert_eq!(said.status, 0);
    let told =
        "OS_USER_DOMAIN_ID, OS_APPLICATION_CREDENTIAL_ID, OS_AUTH_TYPE, OS_INTERFACE left aside";
    assert!(said.stderr.contains(&format!("OS_PROJECT_ID, {told}")), "{}", said.stderr);
    assert_eq!(said.stderr.matches("left aside").count(), 1, "{}", said.stderr);
    let auth = &cloud.requests("POST /identity")[0].body["auth"];
    assert_eq!(auth["scope"]["project"], json!({"name": "ci", "domain": {"name": "Default"}}));

    // The secret of the entry's own way to log in, and no other.
    let by_application = entry.replace("username: me", "application_credential_id: app");
    project.write("clouds.yaml", &by_application);
    let said = project.fails(2, &words(&["list_images"]));
    assert!(said.contains("lack `application_credential_secret`"), "{said}");
    let project = project.env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    project.succeeds(&words(&["list_images"]));
}

#[test]
fn a_region_that_is_not_there_is_told_with_those_that_are() {
    let cloud = OpenStackServer::start();
    let said = project(&cloud, "{}").fails(2, &words(&["region:RegionTwo", "up"]));
    assert!(said.contains("RegionTwo") && said.contains("RegionOne"), "{said}");
}
