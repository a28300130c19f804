//! The kinds of credentials, each with its way to a token.

use std::path::PathBuf;

use super::exchange::Token;
use super::external_account::ExternalAccount;
use super::gcloud_token::{GcloudToken, LASTS, token_in};
use super::impersonation::Impersonation;
use super::metadata::Metadata;
use super::service_account::ServiceAccount;
use super::user::{AuthorizedUser, WorkforceUser};
use crate::Result;
use crate::cloud::http::Http;
use crate::report::Watch;

pub enum Kind {
    ServiceAccount(ServiceAccount),
    AuthorizedUser(AuthorizedUser),
    WorkforceUser(WorkforceUser),
    ExternalAccount(Box<ExternalAccount>),
    /// One of the above that may act as a service account.
    Impersonated(Box<Kind>, Impersonation),
    Metadata(Metadata),
    /// A token that cannot be renewed.
    Given(String),
    /// A file with nothing but a token.
    TokenFile(PathBuf),
    /// gcloud prints a token.
    Gcloud(GcloudToken),
}

impl Kind {
    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        match self {
            Kind::ServiceAccount(account) => account.token(http, watch).await,
            Kind::AuthorizedUser(user) => user.token(http, watch).await,
            Kind::WorkforceUser(user) => user.token(http, watch).await,
            Kind::ExternalAccount(account) => account.token(http, watch).await,
            Kind::Impersonated(source, impersonation) => {
                let token = Box::pin(source.token(http, watch)).await?;
                impersonation.token(&token, http, watch).await
            }
            Kind::Metadata(server) => server.token(watch).await,
            Kind::Given(token) => {
                watch.report.secret(token);
                Ok(Token::new(token.clone(), LASTS))
            }
            Kind::TokenFile(path) => {
                let token = token_in(path).await?;
                watch.report.secret(&token);
                Ok(Token::new(token, LASTS))
            }
            Kind::Gcloud(login) => login.token(watch).await,
        }
    }
}

/// Credentials as they were found.
pub struct Found {
    pub kind: Kind,
    /// Where they come from, in messages: a path, or `the service account EMAIL`.
    pub place: String,
    pub project: Option<String>,
    /// The domain of the cloud they are valid for, if they name one.
    pub universe: Option<String>,
}
