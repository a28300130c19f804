//! Credentials: variables, clouds.yaml, files of gcloud and AWS that lack something, are broken or of
//! another kind.

use super::table::{Case, all, program};

/// The cloud, settings of it, variables, lines of the shell that make files, the exit status, how the
/// error begins, and the place, the cause or the cure.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    i32,
    &'static str,
    &'static str,
);

/// Where nothing listens, so that no test waits for a cloud.
const NOWHERE: [&str; 5] = [
    "AWS_EC2_METADATA_DISABLED=true",
    "AWS_REGION=us-east-1",
    "AWS_ENDPOINT_URL=http://127.0.0.1:1",
    "AWS_MAX_ATTEMPTS=1",
    "GCE_METADATA_HOST=127.0.0.1:1",
];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("openstack", "", &[], "", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &[], "printf '[]' > clouds.yaml", 2, "DIR/clouds.yaml: the top level must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], ": > clouds.yaml", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &[], "printf 'x: 1' > clouds.yaml", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &[], "printf 'clouds: []' > clouds.yaml", 2, "DIR/clouds.yaml: clouds must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], "printf 'clouds: {}' > clouds.yaml", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &[], "printf 'clouds: {c: x}' > clouds.yaml", 2, "DIR/clouds.yaml: clouds.c must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: []}}' > clouds.yaml", 2, "DIR/clouds.yaml: clouds.c.auth must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: {username: u}}}' > clouds.yaml", 3, "the credentials lack `auth_url`", "add auth.auth_url to the cloud's entry"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: {auth_url: x, username: u, password: p}}}' > clouds.yaml", 2, "cannot log in to the cloud: the address is", "begin the address with https://"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: {auth_url: 5, username: u, password: p}}}' > clouds.yaml", 2, "cannot log in to the cloud: the address is", "begin the address with https://"),
    ("openstack", "", &[], "printf 'clouds: {a: {}, b: {}}' > clouds.yaml", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &["OS_CLOUD=nope"], "printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 3, "DIR/clouds.yaml has no cloud `nope`", "choose one of: c"),
    ("openstack", "cloud: nope", &[], "printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 3, "DIR/clouds.yaml has no cloud `nope`", "choose one of: c"),
    ("openstack", "", &["OS_CLOUD=C"], "printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 3, "DIR/clouds.yaml has no cloud `C`", "did you mean `c`?"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u}}}' > clouds.yaml", 3, "the credentials lack `password`", "add auth.password to the cloud's entry"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", password: u}}}' > clouds.yaml", 3, "the credentials lack `username`", "add auth.username to the cloud's entry"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth_type: v9magic, auth: {auth_url: \"http://127.0.0.1:1/v3\"}}}' > clouds.yaml", 2, "unknown auth_type `v9magic`", "use password, v3applicationcredential"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth_type: v2password, auth: {auth_url: \"http://127.0.0.1:1/v2.0\", username: u, password: p}}}' > clouds.yaml", 2, "unknown auth_type `v2password`", "use password, v3applicationcredential"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth_type: v3applicationcredential, auth: {auth_url: \"http://127.0.0.1:1/v3\", application_credential_id: u}}}' > clouds.yaml", 3, "the credentials lack", "add auth.application_credential_secret"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth_type: token, auth: {auth_url: \"http://127.0.0.1:1/v3\"}}}' > clouds.yaml", 3, "the credentials lack `token`", "add auth.token to the cloud's entry in"),
    ("openstack", "", &[], "printf 'clouds: {c: {cacert: nope.pem, auth: {auth_url: \"https://127.0.0.1:1/v3\", username: u, password: p}}}' > clouds.yaml", 2, "cannot read nope.pem", "check `cacert`, `cert` and `key` in"),
    ("openstack", "", &[], "printf 'hello' > ca; printf 'clouds: {c: {cacert: ./ca, auth: {auth_url: \"https://127.0.0.1:1/v3\", username: u, password: p}}}' > clouds.yaml", 2, "./ca holds no certificates", "name a file with -----BEGIN"),
    ("openstack", "", &[], "printf 'hello' > ca; printf 'clouds: {c: {cert: ./ca, auth: {auth_url: \"https://127.0.0.1:1/v3\", username: u, password: p}}}' > clouds.yaml", 2, "./ca and its key cannot be used", "convert the key to PEM in PKCS #8 form"),
    ("openstack", "", &[], "printf 'clouds: {c: {profile: nope, auth: {username: u, password: p}}}' > clouds.yaml", 2, "unknown profile `nope` in clouds.yaml", "add auth_url and region_name to the"),
    ("openstack", "", &[], "printf 'clouds: {c: ' > clouds.yaml", 2, "DIR/clouds.yaml is not valid YAML", "unclosed bracket '{'"),
    ("openstack", "", &[], "printf 'clouds:\\012\\011c: {}' > clouds.yaml", 2, "DIR/clouds.yaml is not valid YAML", "indent YAML with spaces, not with tabs"),
    ("openstack", "", &[], "printf '\\377\\376' > clouds.yaml", 2, "cannot read DIR/clouds.yaml", "check the file, OS_CLIENT_CONFIG_FILE"),
    ("openstack", "", &[], "printf 'clouds: [' > secure.yaml; printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 2, "DIR/secure.yaml is not valid YAML", "unclosed bracket '['"),
    ("openstack", "", &[], "printf '[]' > secure.yaml; printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 2, "DIR/secure.yaml: the top level must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], "printf 'clouds: {c: {auth: x}}' > secure.yaml; printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 2, "DIR/secure.yaml: clouds.c.auth must be a map", "write `clouds: {NAME: {auth: {auth_url:"),
    ("openstack", "", &[], "printf 'clouds: {d: {auth: {password: y}}}' > secure.yaml; printf 'clouds: {c: {auth: {auth_url: \"http://127.0.0.1:1/v3\", username: u, password: p, project_name: x}, region_name: R}}' > clouds.yaml", 3, "there are no credentials for OpenStack", "set OS_CLOUD to a cloud of clouds.yaml,"),
    ("openstack", "", &["OS_AUTH_URL=http://127.0.0.1:1/v3"], "", 3, "the credentials lack `username`", "set OS_USERNAME, or set OS_CLOUD to a"),
    ("openstack", "", &["OS_AUTH_URL=not a url", "OS_USERNAME=u", "OS_PASSWORD=p"], "", 2, "cannot log in to the cloud: the address is", "begin the address with https://"),
    ("openstack", "", &["OS_AUTH_URL= ", "OS_USERNAME=u", "OS_PASSWORD=p"], "", 2, "cannot log in to the cloud: the address is", "begin the address with https://"),
    ("openstack", "", &["OS_CLIENT_CONFIG_FILE=/nope"], "", 3, "cannot read /nope", "check the file, OS_CLIENT_CONFIG_FILE"),
    ("openstack", "", &["OS_CLIENT_CONFIG_FILE=/"], "", 2, "cannot read /", "check the file, OS_CLIENT_CONFIG_FILE"),
    ("openstack", "", &["OS_CLIENT_CONFIG_FILE=/dev/zero"], "", 2, "cannot read /dev/zero", "check the file, OS_CLIENT_CONFIG_FILE"),
    ("openstack", "", &["OS_AUTH_URL=https://127.0.0.1:1/v3", "OS_USERNAME=u", "OS_PASSWORD=p", "OS_CACERT=/nope"], "", 2, "cannot read /nope", "check `cacert`, `cert` and `key` in"),
    ("openstack", "", &["OS_AUTH_URL=http://127.0.0.1:1/v3", "OS_AUTH_TYPE=x"], "", 2, "unknown auth_type `x`", "use password, v3applicationcredential"),
    ("openstack", "", &[], "mkdir clouds.yaml", 2, "cannot read DIR/clouds.yaml", "check the file, OS_CLIENT_CONFIG_FILE"),
    ("rackspace", "", &[], "", 3, "OS_USERNAME is not set", "set OS_USERNAME, OS_PASSWORD (or"),
    ("rackspace", "", &["OS_USERNAME=u"], "", 3, "OS_PASSWORD is not set", "set OS_USERNAME, OS_PASSWORD (or"),
    ("rackspace", "", &["RACKSPACE_API_KEY=k"], "", 3, "OS_USERNAME is not set", "set OS_USERNAME, OS_PASSWORD (or"),
    ("rackspace", "", &["OS_USERNAME=u", "OS_PASSWORD=p", "OS_AUTH_URL=x", "OS_REGION_NAME=IAD"], "", 2, "OS_AUTH_URL is `x`, which is not a URL", "unset it, or set it to"),
    ("rackspace", "", &["OS_USERNAME=u", "OS_PASSWORD=p", "OS_AUTH_URL=http://127.0.0.1:1/v2.0", "OS_REGION_NAME=IAD", "RACKSPACE_KEY_PAIR=x"], "", 2, "key_pair is `x`, but key_file is not set", "set key_file to its private key, or"),
    ("gce", "", &[], "", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], ": > k.json", 2, "DIR/k.json is not a credentials file: it is not", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{' > k.json", 2, "DIR/k.json is not a credentials file: it is not", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"x\", \"type\": \"y\"}' > k.json", 2, "DIR/k.json gives a key twice", "line 1, column"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '[]' > k.json", 2, "DIR/k.json is not a credentials file: it has no", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{}' > k.json", 2, "DIR/k.json is not a credentials file: it has no", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"x\"}' > k.json", 2, "DIR/k.json: `x` is an unknown type of", "use one of service_account,"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": 5}' > k.json", 2, "DIR/k.json is not a credentials file: it has no", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"service_account\", \"client_email\": null, \"private_key\": \"x\", \"token_uri\": \"http://127.0.0.1:1/\", \"project_id\": \"p\"}' > k.json", 2, "DIR/k.json is not a complete credentials file", "create the file again with gcloud or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"service_account\", \"client_email\": \"a@b\", \"private_key\": \"x\", \"token_uri\": \"http://127.0.0.1:1/\", \"project_id\": \"p\"}' > k.json", 2, "the private key of a@b is not an RSA key in", "set a key that begins with -----BEGIN"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"service_account\", \"client_email\": \"a\"}' > k.json", 2, "DIR/k.json is not a complete credentials file", "create the file again with gcloud or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"authorized_user\", \"client_id\": \"a\"}' > k.json", 2, "DIR/k.json is not a complete credentials file", "create the file again with gcloud or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"authorized_user\", \"client_id\": \"a\", \"client_secret\": \"b\", \"refresh_token\": \"c\"}' > k.json", 2, "no project is set, and DIR/k.json does not name", "set GCE_PROJECT, or clouds.gce.project"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"external_account\"}' > k.json", 2, "DIR/k.json is not a complete credentials file", "create the file again with gcloud or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"impersonated_service_account\"}' > k.json", 2, "DIR/k.json is not a complete credentials file", "create the file again with gcloud or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '{\"type\": \"gdch_service_account\"}' > k.json", 2, "DIR/k.json: `gdch_service_account` is an", "use one of service_account,"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '<html>' > k.json", 2, "DIR/k.json is not a credentials file: it is not", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=DIR/k.json"], "printf '0\\202\\000' > k.json", 2, "DIR/k.json is not a credentials file: it is not", "download the key of a service account"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=/nope.json"], "", 3, "the credentials in /nope.json cannot be read", "set GOOGLE_APPLICATION_CREDENTIALS or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=/"], "", 2, "the credentials in / cannot be read", "set GOOGLE_APPLICATION_CREDENTIALS or"),
    ("gce", "", &["GOOGLE_APPLICATION_CREDENTIALS=/dev/zero"], "", 2, "the credentials in /dev/zero cannot be read", "set GOOGLE_APPLICATION_CREDENTIALS or"),
    ("gce", "", &["GCE_CREDENTIALS_EMAIL=a@b"], "", 3, "clouds.gce.credentials: email is set, but", "set both for a service account, or use"),
    ("gce", "", &["GCE_CREDENTIALS_PRIVATE_KEY=k"], "", 3, "clouds.gce.credentials: private_key is set,", "set both for a service account, or use"),
    ("gce", "", &["GCE_CREDENTIALS_EMAIL=a@b", "GCE_CREDENTIALS_PRIVATE_KEY=/nope.pem", "GCE_PROJECT=p"], "", 2, "the private key of a@b is not an RSA key in", "set a key that begins with -----BEGIN"),
    ("gce", "", &["GCE_CREDENTIALS_EMAIL=a@b", "GCE_CREDENTIALS_PRIVATE_KEY=DIR/k.pem", "GCE_PROJECT=p"], "printf 'hello' > k.pem", 2, "the private key of a@b is not an RSA key in", "set a key that begins with -----BEGIN"),
    ("gce", "", &["GCE_PROJECT=My Project"], "", 2, "`My Project` is not the id of a project", "`gcloud projects list` shows both"),
    ("gce", "", &[], "mkdir -p .config/gcloud; printf '{' > .config/gcloud/application_default_credentials.json", 2, "DIR/.config/gcloud/application_default_credentia", "download the key of a service account"),
    ("gce", "", &[], "mkdir -p .config/gcloud; printf 'nope' > .config/gcloud/active_config", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("gce", "", &[], "mkdir -p .config/gcloud; printf 'default' > .config/gcloud/active_config; mkdir -p .config/gcloud/configurations; printf '[core\\012account' > .config/gcloud/configurations/config_default", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("gce", "", &["CLOUDSDK_CONFIG=/nope"], "", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("gce", "", &["CLOUDSDK_ACTIVE_CONFIG_NAME=nope"], "", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("gce", "", &["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=x"], "", 2, "clouds.gce.endpoint: `x` is not a valid", "omit it, or set it to an address such"),
    ("gce", "", &["GCE_METADATA_HOST=a b"], "", 3, "no credentials found for gce", "run `gcloud auth login` or `gcloud auth"),
    ("ec2", "", &["AWS_REGION"], "", 2, "no region is set for cloud ec2", "pass region:us-west-2, or set"),
    ("ec2", "", &["AWS_REGION=us-east-1"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=US East", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"], "", 2, "`US East` is not a valid EC2 region", "use a region such as us-west-2 or"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=us-east-1\n", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"], "", 2, "`us-east-1", "use a region such as us-west-2 or"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=a/b", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"], "", 2, "`a/b` is not a valid EC2 region", "use a region such as us-west-2 or"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"], "", 2, "no region is set for cloud ec2", "pass region:us-west-2, or set"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=A"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s\n"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=A\n", "AWS_SECRET_ACCESS_KEY=s"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=é", "AWS_SECRET_ACCESS_KEY=s"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=nope"], "mkdir -p .aws; printf '[default]\\012region=x\\012' > .aws/config", 3, "AWS's configuration has no profile nope", "`aws configure list-profiles` shows"),
    ("ec2", "", &["AWS_PROFILE=nope", "AWS_REGION"], "", 3, "AWS's configuration has no profile nope", "`aws configure list-profiles` shows"),
    ("ec2", "profile: nope", &["AWS_REGION"], "", 3, "AWS's configuration has no profile nope", "`aws configure list-profiles` shows"),
    ("ec2", "", &["AWS_PROFILE=nope"], "", 3, "AWS's configuration has no profile nope", "`aws configure list-profiles` shows"),
    ("ec2", "profile: nope", &[], "", 3, "AWS's configuration has no profile nope", "`aws configure list-profiles` shows"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[a]\\012role_arn=x\\012' > .aws/config", 3, "AWS's configuration has no profile a", "`aws configure list-profiles` shows"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012role_arn=arn:aws:iam::1:role/x\\012source_profile=b\\012[profile b]\\012role_arn=arn:aws:iam::1:role/y\\012source_profile=a\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012role_arn=arn:aws:iam::1:role/x\\012source_profile=b\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012role_arn=arn:aws:iam::1:role/x\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012sso_session=s\\012sso_account_id=1\\012sso_role_name=r\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012sso_region=us-east-1\\012sso_account_id=1\\012sso_role_name=r\\012sso_start_url=https://127.0.0.1:1/start\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012credential_process=/nope\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012credential_process=/bin/echo hello\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012credential_process=/bin/echo \\047{\"Version\":1}\\047\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012credential_process=/bin/echo \\047{\"Version\":9}\\047\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_PROFILE=a"], "mkdir -p .aws; printf '[profile a]\\012credential_process=/usr/bin/printf \\134377\\012' > .aws/config", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_CONFIG_FILE=/nope"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &[], "mkdir -p .aws; printf '[default\\012' > .aws/credentials", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &[], "mkdir -p .aws; printf '[default]\\012aws_access_key_id=A\\012' > .aws/credentials", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_WEB_IDENTITY_TOKEN_FILE=/nope", "AWS_ROLE_ARN=arn:aws:iam::1:role/x"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=x", "AWS_MAX_ATTEMPTS=1"], "", 2, "`x` is not the address of an AWS endpoint", "correct AWS_ENDPOINT_URL"),
    ("ec2", "endpoint: \"not a url\"", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s"], "", 2, "clouds.ec2.endpoint: `not a url` is not an", "config.yaml:2:16"),
    ("ec2", "", &["AWS_CONTAINER_CREDENTIALS_FULL_URI=x"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/x"], "", 3, "sts:GetCallerIdentity in us-east-1: no usable", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ("ec2", "", &["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_KEY_PAIR=x"], "", 2, "key_pair is `x`, but key_file is not set", "set key_file to its private key, or"),
];

#[test]
fn credentials_that_are_wrong_are_named() {
    let cases: Vec<(String, Vec<&str>)> = ROWS
        .iter()
        .map(|(cloud, settings, variables, ..)| {
            let defaults = format!("defaults: {{cloud: {cloud}, distribution: debian12}}");
            let config = format!("{defaults}\nclouds: {{{cloud}: {{{settings}}}}}");
            (config, NOWHERE.iter().chain(*variables).copied().collect())
        })
        .collect();
    all(ROWS.iter().zip(&cases).map(|(row, (config, variables))| {
        let &(_, _, _, setup, status, error, cure) = row;
        let may_change = &[".state.json"];
        let words = &["up"];
        Case { config, setup, variables, words, status, error, cure, may_change }
    }));
}

/// They would count as not set, and somebody else be logged in.
#[test]
fn a_variable_that_is_no_text_is_named_without_its_value() {
    use std::os::unix::ffi::OsStrExt;
    for (cloud, name) in [
        ("ec2", "AWS_PROFILE"),
        ("openstack", "OS_PASSWORD"),
        ("rackspace", "RACKSPACE_API_KEY"),
        ("gce", "GOOGLE_APPLICATION_CREDENTIALS"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path(), &[&format!("cloud:{cloud}"), "up"]);
        let value = std::ffi::OsStr::from_bytes(b"sesame\xff");
        let ran = command.env(name, value).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("the variable {name} is not UTF-8 text")), "{said}");
        assert!(!said.contains("sesame"), "{said}");
    }
}
