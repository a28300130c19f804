//! Where the SDK looks for credentials: for `imgctl help`, and for messages about a source that does not answer.

use std::fmt;
use std::path::Path;

use aws_config::profile::Profile;
#[allow(deprecated, reason = "its new place is a crate that nothing else needs")]
use aws_config::profile::profile_file::ProfileFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::files;
use super::unsupported::Unsupported;
use crate::cloud::Sought;
use crate::{Code, Error, read};

/// Of a profile, what the SDK asks by each key, in the SDK's order.
const KEYS: [(&str, &str); 5] = [
    ("credential_process", "its credential_process"),
    ("web_identity_token_file", "STS, for its role_arn by its web_identity_token_file"),
    ("role_arn", "STS, for its role_arn, or the source of that"),
    ("sso_session", "AWS SSO, for its sso_session"),
    ("sso_start_url", "AWS SSO, for its sso_start_url"),
];

/// Variables of the sources behind the profile, in the SDK's order.
const VARIABLES: [(&str, &str); 3] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "STS, for the token in AWS_WEB_IDENTITY_TOKEN_FILE"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "the container's credentials endpoint"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "the address in AWS_CONTAINER_CREDENTIALS_FULL_URI"),
];

/// The variables that the SDK reads credentials from, or where to find them.
pub const READ: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Where the SDK would take credentials from, without asking there; `profile` is the setting's.
pub async fn sought(profile: Option<&str>) -> Sought {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY") {
        return Sought::Found("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned());
    }
    if let Err(error) = files::check(&|| false) {
        return Sought::Missing(error.to_string());
    }
    let (files, variables) = (Fs::real(), Env::real());
    #[allow(deprecated, reason = "as above")]
    let usual = ProfileFiles::default();
    let chosen = profile.map(|profile| profile.to_owned().into());
    let is_named = profile.is_some() || is_set("AWS_PROFILE");
    if let Ok(profiles) = aws_config::profile::load(&files, &variables, &usual, chosen).await {
        let name = profiles.selected_profile().to_owned();
        match profiles.get_profile(&name) {
            Some(it) if it.get("aws_access_key_id").is_some() => {
                return Sought::Found(format!("profile {name} of AWS's configuration: its keys"));
            }
            Some(it) => {
                if let Some(it) = Unsupported::of(profile).await.filter(Unsupported::is_certain) {
                    return Sought::Missing(it.to_string());
                }
                if let Some(source) = of_profile(it) {
                    return Sought::Found(format!(
                        "profile {name} of AWS's configuration: {source}"
                    ));
                }
            }
            None if is_named => {
                return Sought::Missing(format!("AWS's configuration has no profile {name}"));
            }
            None => {}
        }
    }
    match VARIABLES.iter().find(|(name, _)| is_set(name)) {
        Some((_, source)) => Sought::Found((*source).to_owned()),
        None => Sought::Missing("the metadata service of EC2 would be asked".to_owned()),
    }
}

/// The profile that is asked for, by the setting or AWS_PROFILE, and is nowhere.
pub async fn missing_profile(profile: Option<&str>) -> Option<NoProfile> {
    let named = profile.map(str::to_owned);
    let named =
        named.or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()))?;
    let (files, variables) = (Fs::real(), Env::real());
    #[allow(deprecated, reason = "as above")]
    let usual = ProfileFiles::default();
    let chosen = Some(named.clone().into());
    let profiles = aws_config::profile::load(&files, &variables, &usual, chosen).await.ok()?;
    profiles.get_profile(&named).is_none().then_some(NoProfile(named))
}

/// A profile that is asked for and is nowhere.
#[derive(Debug, Clone)]
pub struct NoProfile(pub String);

impl fmt::Display for NoProfile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AWS's configuration has no profile {}", self.0)
    }
}

impl std::error::Error for NoProfile {}

impl From<&NoProfile> for Error {
    fn from(missing: &NoProfile) -> Error {
        Error::new(Code::Authentication, missing.to_string()).hint(
            "`aws configure list-profiles` shows the profiles there are; AWS_PROFILE or \
             clouds.ec2.profile chooses one",
        )
    }
}

/// Why the SDK would wait for ever for the file with a token that the profile names, if it would.
pub async fn unreadable(profile: Option<&str>) -> Option<String> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY") {
        return None;
    }
    let chosen = profile.map(|name| name.to_owned().into());
    let (files, variables) = (Fs::real(), Env::real());
    #[allow(deprecated, reason = "as above")]
    let usual = ProfileFiles::default();
    let profiles = aws_config::profile::load(&files, &variables, &usual, chosen).await.ok()?;
    let name = profiles.selected_profile();
    let path = profiles.get_profile(name)?.get("web_identity_token_file")?;
    let why = read::regular(Path::new(path)).err()?;
    Some(format!(
        "web_identity_token_file of profile {name} is {path}, which cannot be read: {why}"
    ))
}

/// The source that the SDK asks, in words; `profile` is the setting's.
pub async fn asked(profile: Option<&str>) -> String {
    let chosen = profile.map(str::to_owned);
    let (files, variables) = (Fs::real(), Env::real());
    #[allow(deprecated, reason = "as above")]
    let usual = ProfileFiles::default();
    let read = aws_config::profile::load(&files, &variables, &usual, chosen.map(Into::into));
    if let Ok(profiles) = read.await {
        let name = profiles.selected_profile().to_owned();
        if let Some(source) = profiles.get_profile(&name).and_then(of_profile) {
            return format!("profile {name} of AWS's configuration: {source}");
        }
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let found = VARIABLES.iter().find(|(name, _)| is_set(name));
    found.map_or("the metadata service of EC2", |(_, source)| source).to_owned()
}

/// Where the SDK has looked and found none, in words; `profile` is the setting's.
pub fn empty(profile: Option<&str>) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let named = profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
    let profile = named.unwrap_or_else(|| "default".to_owned());
    let is_off =
        variable("AWS_EC2_METADATA_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let service = match is_off {
        true => "AWS_EC2_METADATA_DISABLED forbids to ask the metadata service of EC2",
        false => "the metadata service of EC2 does not answer with any",
    };
    format!("there are none in AWS_ACCESS_KEY_ID and none in profile {profile}; {service}")
}

/// Its keys alone: a value may hold a password.
fn of_profile(profile: &Profile) -> Option<&'static str> {
    let has = |key: &&(&str, &str)| profile.get(key.0).is_some();
    KEYS.iter().find(has).map(|(_, source)| *source)
}
