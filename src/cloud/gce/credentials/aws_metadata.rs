//! AWS's metadata server, for an external account whose source is AWS.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::OnceCell;

use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// Its addresses on every machine of AWS.
const HOSTS: [&str; 2] = ["169.254.169.254", "[fd00:ec2::254]"];
/// The server answers at once or does not exist.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TRIES: usize = 3;
/// Seconds a session lasts.
const LIFE: &str = "300";

/// Refuses any other address: a credentials file must not choose which server is asked for keys.
pub fn check(url: &str, shown: &str) -> Result<()> {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let is_loopback = |host: &str| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.is_loopback()) || host == "localhost"
    };
    if host.as_deref().is_some_and(|host| HOSTS.contains(&host) || is_loopback(host)) {
        return Ok(());
    }
    let message = format!("{shown}: {url} is not an address of AWS's metadata server");
    Err(Error::config(message).hint(format!("use the host {}", HOSTS.join(" or "))))
}

pub struct AwsMetadata<'a> {
    http: Http,
    /// None: IMDSv1, which needs no session.
    session_url: Option<&'a str>,
    session: OnceCell<Option<HeaderValue>>,
}

impl<'a> AwsMetadata<'a> {
    pub fn new(session_url: Option<&'a str>) -> Result<AwsMetadata<'a>> {
        // It gives keys to everyone who can reach it, so a proxy must not be used.
        let http = Http::new(|builder| builder.connect_timeout(CONNECT_TIMEOUT).no_proxy())?;
        Ok(AwsMetadata { http, session_url, session: OnceCell::new() })
    }

    pub async fn text(&self, url: &str, purpose: &str, watch: &Watch) -> Result<String> {
        let mut request = Request::new(Method::GET, url, purpose);
        let session = self.session.get_or_try_init(|| self.begin(watch)).await?;
        if let Some(session) = session {
            let name = HeaderName::from_static("x-aws-ec2-metadata-token");
            request.headers.insert(name, session.clone());
        }
        self.ask(request, watch).await
    }

    async fn begin(&self, watch: &Watch) -> Result<Option<HeaderValue>> {
        let Some(url) = self.session_url else { return Ok(None) };
        let mut request =
            Request::new(Method::PUT, url, "begin a session with AWS's metadata server");
        let name = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
        request.headers.insert(name, HeaderValue::from_static(LIFE));
        let token = self.ask(request, watch).await?;
        let mut token = HeaderValue::try_from(token).map_err(|_| {
            Error::new(Code::Authentication, format!("{url} returned no session token"))
        })?;
        token.set_sensitive(true);
        Ok(Some(token))
    }

    async fn ask(&self, mut request: Request, watch: &Watch) -> Result<String> {
        request.tries = TRIES;
        let response = self.http.send(&request, watch).await.map_err(|error| {
            error.hint(
                "set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless this is a \
                 machine of AWS",
            )
        })?;
        if !response.status.is_success() {
            let message = format!("{} answered with {}", request.url, response.status);
            return Err(Error::new(Code::Authentication, message).hint(
                "attach a role to this machine, or set imdsv2_session_token_url in \
                 credential_source of the credentials file if the server requires sessions",
            ));
        }
        Ok(String::from_utf8_lossy(&response.body).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_addresses_of_aws_are_accepted() {
        let known = ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://[::1]:1/"];
        assert!(known.iter().all(|url| check(url, "file").is_ok()));
        for other in ["http://169.254.169.254.example.com/", "http://example.com/", "x"] {
            assert!(check(other, "file").is_err(), "{other}");
        }
    }
}
