//! The SDK's requests by the HTTP and TLS library of all other clouds: one set of trusted certificates and
//! proxies, and no second TLS library in the build.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use reqwest::redirect::Policy;
use reqwest::{Body, Client, ClientBuilder, Request};

use super::files;
use crate::cloud::http::is_untrusted;

/// The limits of a connection and of the wait for a reply.
type Limits = (Option<Duration>, Option<Duration>);

/// Connections are kept, for each pair of limits by itself. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct Transport(Arc<Mutex<HashMap<Limits, SharedHttpConnector>>>);

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let limits = (settings.connect_timeout(), settings.read_timeout());
        let new = || {
            let (usual, direct) = (OnceLock::new(), OnceLock::new());
            SharedHttpConnector::new(Connector { limits, usual, direct })
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(limits).or_insert_with(new).clone()
    }
}

/// A client, or why it could not be set up.
type Built = Result<Client, String>;

/// Each client is made for its first request: it reads all certificates that this computer trusts.
#[derive(Debug)]
struct Connector {
    limits: Limits,
    usual: OnceLock<Built>,
    /// Without a proxy.
    direct: OnceLock<Built>,
}

impl Connector {
    fn client(&self, request: &Request) -> &Built {
        let built = |builder: ClientBuilder| builder.build().map_err(|error| error.to_string());
        match is_for_metadata(request) {
            true => self.direct.get_or_init(|| built(builder(self.limits).no_proxy())),
            false => self.usual.get_or_init(|| built(builder(self.limits))),
        }
    }
}

fn builder((connect, read): Limits) -> ClientBuilder {
    // A signature is for one address only. A connection of HTTP/2 that has gone silent would be used for the
    // next attempt as well.
    let mut builder = Client::builder().redirect(Policy::none()).http1_only();
    // What cannot be read was refused before.
    for authority in files::authorities(&|| false).unwrap_or_default() {
        builder = builder.add_root_certificate(authority);
    }
    if let Some(limit) = connect {
        builder = builder.connect_timeout(limit);
    }
    if let Some(limit) = read {
        builder = builder.read_timeout(limit);
    }
    builder
}

/// Whether it goes to the metadata service of an instance, or to the agent of a container. They give keys to
/// everyone who can reach them, so that a proxy must not be used: it would see them, or fetch its own.
fn is_for_metadata(request: &Request) -> bool {
    const EC2: [u16; 2] = [0xfd00, 0x0ec2];
    let host = request.url().host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.segments()[..2] == EC2,
        Err(_) => false,
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match converted(request) {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(error)),
        };
        match self.client(&request) {
            Ok(client) => HttpConnectorFuture::new(send(client.clone(), request)),
            Err(why) => HttpConnectorFuture::ready(Err(ConnectorError::user(why.clone().into()))),
        }
    }
}

fn converted(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    Request::try_from(request.map(Body::wrap)).map_err(|error| ConnectorError::user(error.into()))
}

async fn send(client: Client, request: Request) -> Result<HttpResponse, ConnectorError> {
    let reply = client.execute(request).await.map_err(failure)?;
    let reply = http::Response::from(reply).map(SdkBody::from_body_1_x);
    HttpResponse::try_from(reply).map_err(|error| ConnectorError::user(error.into()))
}

/// A certificate that nobody here trusts, and that stays so.
#[derive(Debug)]
pub struct Untrusted(reqwest::Error);

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("its certificate was rejected")
    }
}

impl Error for Untrusted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The kind of a failure, by which the SDK decides whether to send the request again.
fn failure(error: reqwest::Error) -> ConnectorError {
    // The address is in the message already, and may have what nobody should read.
    let error = error.without_url();
    if is_untrusted(&error) {
        return ConnectorError::other(Untrusted(error).into(), None);
    }
    if error.is_timeout() {
        return ConnectorError::timeout(error.into());
    }
    if error.is_builder() {
        return ConnectorError::user(error.into());
    }
    if error.is_connect() || has_io_error(&error) {
        return ConnectorError::io(error.into());
    }
    // The connection has ended before the reply was complete.
    ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
}

fn has_io_error(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<std::io::Error>() {
            return true;
        }
        next = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_never_sees_the_keys_of_an_instance() {
        let is = |url: &str| {
            let url = reqwest::Url::parse(url).unwrap();
            is_for_metadata(&Request::new(reqwest::Method::GET, url))
        };
        for url in ["http://169.254.169.254/", "http://169.254.170.2/", "http://[fd00:ec2::254]/"] {
            assert!(is(url), "{url}");
        }
        for url in
            ["https://ec2.us-west-2.amazonaws.com/", "http://127.0.0.1/", "http://[fd00::1]/"]
        {
            assert!(!is(url), "{url}");
        }
    }
}
