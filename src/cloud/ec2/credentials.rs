//! The credentials that the SDK finds, told to the redactor and looked at before the SDK signs with them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::credential_sources;
use super::unsupported::Unsupported;
use crate::report::Report;

/// For a program, a metadata service or AWS's own services to answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Passes on what another provider finds.
pub struct Checked {
    inner: SharedCredentialsProvider,
    /// The setting's; none: the SDK's own choice.
    profile: Option<String>,
    report: Arc<dyn Report>,
}

impl Checked {
    pub fn new(
        inner: SharedCredentialsProvider,
        profile: Option<String>,
        report: Arc<dyn Report>,
    ) -> Checked {
        Checked { inner, profile, report }
    }

    async fn load(&self) -> Result<Credentials, CredentialsError> {
        if let Some(refused) = credential_sources::unreadable(self.profile.as_deref()).await {
            return Err(CredentialsError::invalid_configuration(refused));
        }
        let found = tokio::time::timeout(PATIENCE, self.inner.provide_credentials());
        let found = found.await;
        // Without its profile, the SDK asks elsewhere, and says that nothing was found there.
        if !matches!(found, Ok(Ok(_)))
            && let Some(missing) =
                credential_sources::missing_profile(self.profile.as_deref()).await
        {
            return Err(CredentialsError::not_loaded(missing));
        }
        if let Ok(Err(error)) = &found
            && let Some(unsupported) = Unsupported::of(self.profile.as_deref()).await
        {
            return Err(CredentialsError::not_loaded(unsupported.because(error)));
        }
        let Ok(found) = found else {
            let source = credential_sources::asked(self.profile.as_deref()).await;
            let seconds = PATIENCE.as_secs();
            return Err(CredentialsError::provider_error(format!(
                "no answer within {seconds} s from {source}"
            )));
        };
        let found = match found {
            Err(CredentialsError::CredentialsNotLoaded(_)) => {
                let places = credential_sources::empty(self.profile.as_deref());
                return Err(CredentialsError::not_loaded(places));
            }
            found => found?,
        };
        self.report.secret(found.secret_access_key());
        if let Some(token) = found.session_token() {
            self.report.secret(token);
        }
        let token = found.session_token().unwrap_or_default();
        for (name, value) in [
            ("access key id", found.access_key_id()),
            ("secret access key", found.secret_access_key()),
            ("session token", token),
        ] {
            // The SDK ends the program when it signs with them.
            if value.chars().any(|c| c.is_control() || c.is_whitespace() || !c.is_ascii()) {
                return Err(CredentialsError::invalid_configuration(format!(
                    "the AWS {name} contains a blank, a line break or another character that no key \
                     has: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or your \
                     AWS profile"
                )));
            }
        }
        Ok(found)
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
