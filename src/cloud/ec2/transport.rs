//! The SDK's requests by the HTTP and TLS library of all other clouds: one set of trusted certificates and
//! proxies, and no second TLS library in the build.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};
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
use reqwest::{Body, Client, Request};

use crate::cloud::http::is_untrusted;

/// The limits of a connection and of the wait for a reply.
type Limits = (Option<Duration>, Option<Duration>);

/// Connections are kept, for each pair of limits by itself.
#[derive(Debug, Default)]
pub struct Transport(Mutex<HashMap<Limits, SharedHttpConnector>>);

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let limits = (settings.connect_timeout(), settings.read_timeout());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(limits).or_insert_with(|| SharedHttpConnector::new(connector(limits))).clone()
    }
}

#[derive(Debug)]
enum Connector {
    Ready(Client),
    /// The client could not be set up: each request tells why.
    Failed(String),
}

fn connector((connect, read): Limits) -> Connector {
    // A signature is for one address only.
    let mut builder = Client::builder().redirect(Policy::none());
    if let Some(limit) = connect {
        builder = builder.connect_timeout(limit);
    }
    if let Some(limit) = read {
        builder = builder.read_timeout(limit);
    }
    match builder.build() {
        Ok(client) => Connector::Ready(client),
        Err(error) => Connector::Failed(error.to_string()),
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self {
            Connector::Ready(client) => HttpConnectorFuture::new(send(client.clone(), request)),
            Connector::Failed(why) => {
                HttpConnectorFuture::ready(Err(ConnectorError::user(why.clone().into())))
            }
        }
    }
}

async fn send(client: Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let request = Request::try_from(request.map(Body::wrap))
        .map_err(|error| ConnectorError::user(error.into()))?;
    let reply = client.execute(request).await.map_err(failure)?;
    let reply = http::Response::from(reply).map(SdkBody::from_body_1_x);
    HttpResponse::try_from(reply).map_err(|error| ConnectorError::user(error.into()))
}

/// The kind of a failure, by which the SDK decides whether to send the request again.
fn failure(error: reqwest::Error) -> ConnectorError {
    // The address is in the message already, and may have what nobody should read.
    let error = error.without_url();
    // An untrusted certificate stays untrusted: the one kind that has neither a name nor another try.
    if is_untrusted(&error) {
        return ConnectorError::other(error.into(), None);
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
