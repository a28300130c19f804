//! Profiles of AWS's tools that the SDK cannot use, although AWS's own command line can.

use std::fmt;

use aws_config::profile::ProfileSet;
#[allow(deprecated, reason = "its new place is a crate that nothing else needs")]
use aws_config::profile::profile_file::ProfileFiles;
use aws_types::os_shim_internal::{Env, Fs};

use crate::{Code, Error, said};

/// The keys that ask for what the SDK lacks, and what that is.
/// Source: <https://github.com/awslabs/aws-sdk-rust/issues/527> for the second factor.
const KEYS: [(&str, &str); 2] =
    [("mfa_serial", "a second factor (MFA)"), ("login_session", "a login by `aws login`")];

/// How many profiles lead to each other by `source_profile`, at most.
const LONGEST_CHAIN: usize = 10;

/// A profile, or one that it takes its credentials from, that needs what the SDK lacks.
#[derive(Debug, Clone)]
pub struct Unsupported {
    /// The one that was asked for.
    asked: String,
    /// The one with the key.
    profile: String,
    key: &'static str,
    what: &'static str,
    /// What the SDK says of its attempt.
    reason: String,
}

impl Unsupported {
    /// With what the SDK says of its attempt.
    pub fn because(self, error: &dyn std::error::Error) -> Unsupported {
        let mut reason = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            reason.push_str(&format!(": {cause}"));
            next = cause.source();
        }
        Unsupported { reason: said::begin(&reason), ..self }
    }

    /// Of the profile that the SDK uses; `profile` is the setting's.
    pub async fn of(profile: Option<&str>) -> Option<Unsupported> {
        let chosen = profile.map(|name| name.to_owned().into());
        let (files, variables) = (Fs::real(), Env::real());
        #[allow(deprecated, reason = "as above")]
        let usual = ProfileFiles::default();
        let profiles = aws_config::profile::load(&files, &variables, &usual, chosen).await.ok()?;
        Unsupported::in_chain(&profiles)
    }

    fn in_chain(profiles: &ProfileSet) -> Option<Unsupported> {
        let asked = profiles.selected_profile();
        let mut name = asked;
        for _ in 0..LONGEST_CHAIN {
            let profile = profiles.get_profile(name)?;
            if let Some(&(key, what)) = KEYS.iter().find(|(key, _)| profile.get(key).is_some()) {
                let (asked, profile) = (asked.to_owned(), name.to_owned());
                return Some(Unsupported { asked, profile, key, what, reason: String::new() });
            }
            name = profile.get("source_profile").filter(|next| *next != name)?;
        }
        None
    }

    /// Whether no way leads past it: an AssumeRole without the second factor may be allowed.
    pub fn is_certain(&self) -> bool {
        self.key != "mfa_serial"
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unsupported { profile, key, what, .. } = self;
        write!(f, "profile {profile} of AWS's configuration has `{key}`: imgctl cannot use {what}")
    }
}

impl std::error::Error for Unsupported {}

impl From<&Unsupported> for Error {
    fn from(unsupported: &Unsupported) -> Error {
        let error = Error::new(Code::Authentication, unsupported.to_string());
        let error = match unsupported.reason.is_empty() {
            true => error,
            false => error.cause(&unsupported.reason),
        };
        error.hint(format!(
            "let AWS's own command line log in, and take its credentials over: eval \"$(aws configure \
             export-credentials --profile {} --format env)\"",
            unsupported.asked
        ))
    }
}
