//! The metadata server: the credentials of the machine that imgctl runs on.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;

use super::exchange::Token;
use crate::cloud::http::{Http, Request, Response};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The name that every machine in Google's cloud resolves.
const HOST: &str = "metadata.google.internal";
/// The server answers at once or does not exist: elsewhere the name is unknown or its address silent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const FLAVOR: &str = "metadata-flavor";

pub struct Metadata {
    host: String,
    http: Http,
}

impl Metadata {
    /// `host` is `name:port`. None: Google's own.
    pub fn new(host: Option<&str>) -> Result<Metadata> {
        // It gives tokens to everyone who can reach it, so a proxy must not be used.
        let http = Http::new(|builder| builder.connect_timeout(CONNECT_TIMEOUT).no_proxy())?;
        Ok(Metadata { host: host.unwrap_or(HOST).to_owned(), http })
    }

    /// Fails without a metadata server: it is the last place where credentials are looked for.
    pub async fn require(&self, watch: &Watch) -> Result<()> {
        let asked = self.ask("", 2, "find a metadata server", watch).await;
        asked.map(drop).map_err(|error| {
            if error.code() == Code::Interrupted {
                return error;
            }
            Error::new(Code::Authentication, "no credentials found for gce")
                .cause(
                    "looked for GCE_CREDENTIALS_EMAIL with GCE_CREDENTIALS_PRIVATE_KEY, \
                     GOOGLE_APPLICATION_CREDENTIALS, a login of gcloud and a metadata server",
                )
                .cause(error)
                .hint(
                    "run `gcloud auth login` or `gcloud auth application-default login`, or set one \
                     of those variables",
                )
        })
    }

    pub async fn token(&self, watch: &Watch) -> Result<Token> {
        let path = "instance/service-accounts/default/token";
        let response = self.ask(path, 5, "get a token from the metadata server", watch).await?;
        let token = Token::of_answer(&response.json()).ok_or_else(|| {
            Error::new(Code::Authentication, "the metadata server has no token for this machine")
                .hint("attach a service account with the scope cloud-platform to the machine")
        })?;
        watch.report.secret(&token.value);
        Ok(token)
    }

    pub async fn project(&self, watch: &Watch) -> Result<String> {
        let purpose = "get the project from the metadata server";
        let response = self.ask("project/project-id", 5, purpose, watch).await?;
        Ok(String::from_utf8_lossy(&response.body).trim().to_owned())
    }

    async fn ask(
        &self,
        path: &str,
        tries: usize,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Response> {
        let url = format!("http://{}/computeMetadata/v1/{path}", self.host);
        let mut request = Request::new(Method::GET, url, purpose);
        request.headers.insert(FLAVOR, HeaderValue::from_static("Google"));
        request.tries = tries;
        let response = self.http.send(&request, watch).await?;
        // An answer without the flavour comes from some other server.
        let is_google = response.headers.get(FLAVOR).is_some_and(|flavor| flavor == "Google");
        if response.status.is_success() && is_google {
            return Ok(response);
        }
        let message =
            format!("the metadata server {} answered with {}", self.host, response.status);
        let error = Error::new(Code::Authentication, message);
        Err(if is_google {
            error.hint("attach a service account to this machine")
        } else {
            error.cause("the answer is not from Google's metadata server")
        })
    }
}
