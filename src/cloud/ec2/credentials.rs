//! The credentials that the SDK finds, told to the redactor and looked at before the SDK signs with them.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::report::Report;

/// Passes on what another provider finds.
pub struct Checked {
    inner: SharedCredentialsProvider,
    report: Arc<dyn Report>,
}

impl Checked {
    pub fn new(inner: SharedCredentialsProvider, report: Arc<dyn Report>) -> Checked {
        Checked { inner, report }
    }

    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let found = self.inner.provide_credentials().await?;
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
