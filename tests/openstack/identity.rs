//! Credentials: every way to give them, and tokens that expire.

use serde_json::json;

use super::openstack_server::world::PROJECT;
use super::openstack_server::{OpenStackServer, Then};
use super::world::{created_image, project, words};

#[test]
fn a_token_that_expires_in_the_middle_is_renewed() {
    let cloud = OpenStackServer::start();
    // A token expires after five requests.
    cloud.world(|world| world.token_life = Some(5));
    let project = project(&cloud, "{}");
    project.imgctl(&words(&["up", "bootstrap"])).succeeds();
    let image = created_image(&project.imgctl(&["create_image"]).succeeds());
    assert!(cloud.world(|world| world.images.contains_key(&image)));
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
    let logins = cloud.requests("POST /identity").len();
    assert!(logins > 5, "only {logins} logins: the token was never renewed");
}

/// By this computer's clock, the token has ended before it came.
#[test]
fn a_clock_that_disagrees_with_the_clouds_does_not_end_a_token() {
    for hours in [-13, 13] {
        let cloud = OpenStackServer::start();
        cloud.world(|world| world.clock = hours);
        project(&cloud, "{}").imgctl(&words(&["up", "destroy"])).succeeds();
        assert_eq!(cloud.requests("POST /identity").len(), 1, "{hours} hours");
    }
}

#[test]
fn requests_and_replies_are_shown_on_request_but_no_login() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    let listed = project.imgctl(&words(&["-vv", "list_images"])).succeeds();
    listed
        .says("/image/v2/images")
        .says("] read 200 OK")
        .says("\"images\":")
        .never_says("/identity/v3/auth/tokens")
        .never_says("x-auth-token");
    project.imgctl(&words(&["-v", "list_images"])).succeeds().never_says("200 OK");
}

#[test]
fn a_token_that_no_service_accepts_is_renewed_once() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.token_life = Some(0));
    project(&cloud, "{}").imgctl(&words(&["up"])).fails(3).says("401");
    assert_eq!(cloud.requests("POST /identity").len(), 2, "the login and one renewal");
}

#[test]
fn wrong_credentials_are_refused_with_a_hint() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}").without("OS_PASSWORD").env("OS_PASSWORD", "wrong-password");
    project
        .imgctl(&words(&["up"]))
        .fails(3)
        .says("refuses the credentials")
        .hints("check the user")
        .never_says("wrong-password");
}

/// Keystone answers with 404 to a token or an application credential that does not exist.
#[test]
fn a_credential_that_no_longer_exists_is_refused_with_a_hint() {
    let cloud = OpenStackServer::start();
    let gone = json!({"error": {"code": 404, "title": "Not Found",
        "message": "Could not find Application Credential: 14d967f80fa64d348848f416a05c796c."}});
    let unknown = json!({"error": {"code": 404, "message": "Could not recognize Fernet token"}});
    let elsewhere = json!({"error": {"code": 404, "message": "The resource could not be found."}});
    let project = project(&cloud, "{}");
    // Keystone tells everybody its version; another server, or a wrong path, does not.
    let words_of_keystone =
        json!({"error": {"code": 404, "message": "No such token or credential."}});
    for (status, body) in [(3, gone), (3, unknown), (3, elsewhere.clone()), (1, words_of_keystone)]
    {
        if status == 1 {
            cloud.rule("GET /identity/v3", 1, Then::Refuse(404, elsewhere.clone()));
        }
        cloud.rule("POST /identity/v3/auth/tokens", 1, Then::Refuse(404, body));
        let ran = project.imgctl(&words(&["list_images"])).fails(status);
        match status {
            3 => ran.says("refuses the credentials"),
            _ => ran.never_says("refuses the credentials"),
        };
    }
}

#[test]
fn application_credentials_and_tokens_are_accepted() {
    let cloud = OpenStackServer::start();
    let bare = || project(&cloud, "{}").without("OS_USERNAME").without("OS_PASSWORD");
    let by_application = bare()
        .env("OS_APPLICATION_CREDENTIAL_ID", "app")
        .env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    by_application.imgctl(&words(&["list_images"])).succeeds();
    let by_its_name = bare()
        .env("OS_USERNAME", "me")
        .env("OS_APPLICATION_CREDENTIAL_NAME", "ci")
        .env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    by_its_name.imgctl(&words(&["list_images"])).succeeds();
    bare().env("OS_TOKEN", "a-token").imgctl(&words(&["list_images"])).succeeds();
}

#[test]
fn clouds_yaml_and_secure_yaml_are_read() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}")
        .without("OS_AUTH_URL")
        .without("OS_USERNAME")
        .without("OS_PASSWORD")
        .without("OS_PROJECT_NAME");
    project.imgctl(&words(&["list_images"])).fails(3).hints("OS_CLOUD").hints("clouds.yaml");

    let clouds = format!(
        "clouds: {{other: {{}}, lab: {{region_name: RegionOne, auth: {{auth_url: '{}', username: me, \
         project_name: ci}}}}}}",
        cloud.auth_url()
    );
    project.write(".config/openstack/clouds.yaml", &clouds);
    project.write(".config/openstack/secure.yaml", "clouds: {lab: {auth: {password: secret}}}");
    let project = project.env("OS_CLOUD", "lab");
    project.imgctl(&words(&["list_images"])).succeeds();
    project
        .imgctl(&[
            "--set",
            "clouds.openstack.cloud=lab",
            "cloud:openstack",
            "distribution:debian12",
            "list_images",
        ])
        .succeeds();

    let project = project.without("OS_CLOUD").env("OS_CLOUD", "labb");
    project.imgctl(&words(&["list_images"])).fails(3).hints("did you mean `lab`?");

    project.write("elsewhere.yaml", &clouds.replace("lab:", "labb:"));
    let path = project.path().join("elsewhere.yaml").display().to_string();
    let project = project.env("OS_CLIENT_CONFIG_FILE", &path).env("OS_PASSWORD", "secret");
    project.imgctl(&words(&["list_images"])).succeeds();
}

/// The forms that other OpenStack clients accept.
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
        project.imgctl(&words(&["list_images"])).succeeds();
    }
    let scopes: Vec<_> = cloud
        .requests("POST /identity")
        .iter()
        .map(|request| request.body["auth"]["scope"]["project"]["domain"].clone())
        .collect();
    let default = json!({"id": "default"});
    assert_eq!(scopes, [default.clone(), json!({"name": "Default"}), default]);

    project.write("clouds.yaml", "clouds: {lab: {profile: vendor, auth: {username: me, password: secret, project_name: ci}}}");
    project
        .imgctl(&words(&["list_images"]))
        .fails(2)
        .says("profile `vendor`")
        .hints("clouds-public.yaml");
    let vendors = format!("public-clouds: {{vendor: {{auth: {{auth_url: '{url}'}}}}}}");
    project.write(".config/openstack/clouds-public.yaml", &vendors);
    project.imgctl(&words(&["list_images"])).succeeds();
}

#[test]
fn the_configured_interface_is_used() {
    let cloud = OpenStackServer::start();
    let servers = |interface: &str| {
        let begins = format!("GET {interface}/compute/v2.1/servers");
        cloud.requests(&begins).len()
    };
    let listed = |project: super::guest::CloudProject| {
        project.imgctl(&["--set", "defaults.cloud=openstack", "gc"]).succeeds();
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
    project(&cloud, "{}")
        .env("OS_INTERFACE", "secret")
        .imgctl(&words(&["up"]))
        .fails(2)
        .says("unknown interface `secret`");
}

#[test]
fn a_certificate_is_accepted_with_its_authority_or_with_insecure() {
    let cloud = OpenStackServer::with_tls();
    let certificate = cloud.certificate.clone().unwrap();
    let with = || {
        let project = project(&cloud, "{}");
        project.write("ca.pem", &certificate);
        project
    };
    with()
        .imgctl(&words(&["list_images"]))
        .fails(3)
        .says("certificate verify failed")
        .hints("OS_CACERT")
        .never_says("trying again");
    assert!(cloud.requests("POST /identity").is_empty(), "no password was sent");
    let warning = "any certificate of this cloud is accepted";
    let known = with().env("OS_CACERT", "~/ca.pem").imgctl(&words(&["list_images"]));
    known.succeeds().never_says(warning);
    let any = with().env("OS_INSECURE", "true").imgctl(&words(&["list_images"]));
    any.succeeds().says(warning);

    let auth = format!("auth_url: '{}', username: me, project_name: ci", cloud.auth_url());
    for trust in ["cacert: ~/ca.pem", "verify: false", "insecure: true"] {
        let by_entry = with().env("OS_CLOUD", "lab");
        by_entry.write("clouds.yaml", &format!("clouds: {{lab: {{{trust}, auth: {{{auth}}}}}}}"));
        let ran = by_entry.imgctl(&words(&["list_images"])).succeeds();
        assert_eq!(ran.stderr.contains(warning), !trust.starts_with("cacert"), "{ran}");
    }
    with()
        .env("OS_CACERT", "/nowhere/ca.pem")
        .imgctl(&words(&["list_images"]))
        .fails(2)
        .says("/nowhere/ca.pem");
}

#[test]
fn endpoints_may_be_overridden() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.lacks = vec!["compute".into(), "volume".into()]);
    let base = cloud.auth_url().replace("/identity/v3", "");
    let volume = format!("{base}/volume/v3/{PROJECT}");
    let by_variables = project(&cloud, "{boot_volume: {}}")
        .env("OS_COMPUTE_ENDPOINT_OVERRIDE", &format!("{base}/compute/v2.1"))
        .env("OS_VOLUMEV3_ENDPOINT_OVERRIDE", &volume);
    by_variables.imgctl(&words(&["up", "destroy"])).succeeds();
    let auth = format!("auth_url: '{}', username: me, project_name: ci", cloud.auth_url());
    let entry = format!(
        "clouds: {{lab: {{compute_endpoint_override: '{base}/compute', auth: {{{auth}}}, \
         block-storage-endpoint-override: '{volume}'}}}}"
    );
    let by_entry = project(&cloud, "{boot_volume: {}, cloud: lab}");
    by_entry.write("clouds.yaml", &entry);
    by_entry.imgctl(&words(&["up", "destroy"])).succeeds();
    assert_eq!(cloud.requests("POST /volume/v3").len(), 2);
    assert_eq!(cloud.world(|world| world.debris()), Vec::<String>::new());
}

/// Variables that another cloud's openrc file left in the shell.
#[test]
fn variables_of_another_cloud_are_not_mixed_with_an_entry() {
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
    // The variables alone would choose this cloud, if config.yaml did not name the entry.
    let project = project.env("OS_AUTH_URL", "http://127.0.0.1:1/of-another-cloud");
    // The entry lacks a password, so OS_PASSWORD is used.
    let named = "ignoring OS_AUTH_URL, OS_PROJECT_ID, OS_USER_DOMAIN_ID, \
                 OS_APPLICATION_CREDENTIAL_ID, OS_AUTH_TYPE, OS_INTERFACE: ";
    let ran = project.imgctl(&words(&["list_images"])).succeeds().says(named);
    assert_eq!(ran.stderr.matches("takes precedence").count(), 1, "{ran}");
    let auth = &cloud.requests("POST /identity")[0].body["auth"];
    assert_eq!(auth["scope"]["project"], json!({"name": "ci", "domain": {"name": "Default"}}));

    // OS_PASSWORD does not replace the secret of another way to log in.
    let by_application = entry.replace("username: me", "application_credential_id: app");
    project.write("clouds.yaml", &by_application);
    project.imgctl(&words(&["list_images"])).fails(3).says("lack `application_credential_secret`");
    let project = project.env("OS_APPLICATION_CREDENTIAL_SECRET", "secret");
    project.imgctl(&words(&["list_images"])).succeeds();
}

#[test]
fn an_unknown_region_is_refused_with_a_list_of_regions() {
    let cloud = OpenStackServer::start();
    project(&cloud, "{}")
        .imgctl(&words(&["region:RegionTwo", "up"]))
        .fails(2)
        .says("RegionTwo")
        .says("RegionOne");
}

/// Nova uploads the image with the token of the request, for longer than imgctl waits for the reply.
#[test]
fn an_image_is_asked_for_with_a_fresh_token() {
    let cloud = OpenStackServer::start();
    let project = project(&cloud, "{}");
    project.write(
        "scripts/snapshot.rhai",
        "//! Creates an image. Nothing else.\ncloud::create_image();\n",
    );
    project.imgctl(&words(&["up", "down"])).succeeds();
    cloud.world(|world| world.old_tokens = 1);
    let before = cloud.requests("POST /identity").len();
    created_image(&project.imgctl(&["snapshot"]).succeeds());
    assert_eq!(cloud.requests("POST /identity").len(), before + 2, "a second login");
    let asked = cloud.requests("POST /compute/v2.1/servers/");
    let asked = asked.iter().find(|request| request.body.get("createImage").is_some()).unwrap();
    let old = &cloud.requests("GET /compute/v2.1/servers/");
    let old = old.iter().rev().find(|request| request.token != asked.token);
    assert!(old.is_some_and(|old| cloud.world(|world| world.tokens.contains_key(&old.token))));
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_project_without_a_domain_is_in_the_domain_of_its_user() {
    let cloud = OpenStackServer::start();
    cloud.world(|world| world.domain = ("OTC00000000001000000001".into(), "0123e4".into()));
    let project = || project(&cloud, "{}");
    for variable in ["OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME"] {
        let project = project().env(variable, "OTC00000000001000000001");
        project.imgctl(&words(&["list_images"])).succeeds();
    }
    project().imgctl(&words(&["list_images"])).fails(3).says("refuses the credentials");
    // An id that looks like a number is text.
    let by_entry = project().env("OS_CLOUD", "otc");
    let auth = format!(
        "auth_url: '{}', username: me, password: secret, project_name: ci, user_domain_id: 0123e4",
        cloud.auth_url()
    );
    by_entry.write("clouds.yaml", &format!("clouds: {{otc: {{auth: {{{auth}}}}}}}"));
    by_entry.imgctl(&words(&["list_images"])).succeeds();
}
