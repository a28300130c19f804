//! The REST client: one token for all services, replaced when it expires.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use super::catalogue::{self, Service};
use super::fault::{fault, fault_of};
use super::identity::session::{Identity, Session};
use super::identity::tls::Tls;
use super::looks;
use crate::cloud::http::{Http, Request, Response};
use crate::cloud::{ResourceKind, SharedHttp};
use crate::config::openstack::Interface;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// Where in the cloud to work.
#[derive(Debug, Clone)]
pub struct Place {
    /// None: the only one.
    pub region: Option<String>,
    pub interface: Interface,
    /// The name of the compute service, where there are several.
    pub compute_name: Option<&'static str>,
    /// Endpoints that replace the catalogue's, by the name of their setting.
    pub overrides: BTreeMap<String, String>,
}

/// The session in use, which clients with the same credentials share.
#[derive(Default)]
pub struct Login {
    session: Mutex<Option<Arc<Session>>>,
    pub http: SharedHttp<Tls>,
}

pub struct Client {
    http: Http,
    identity: Box<dyn Identity>,
    place: Place,
    login: Arc<Login>,
    /// Any certificate of a server is accepted.
    insecure: bool,
}

/// One request to a service.
#[derive(Clone)]
pub struct Ask<'a> {
    pub method: Method,
    pub service: Service,
    /// The path after the service's endpoint: `/servers/detail`.
    pub path: &'a str,
    pub body: Option<Value>,
    /// What it is for, in messages: `list images`.
    pub purpose: &'a str,
    pub headers: Vec<(&'static str, String)>,
    /// Whether sending it twice does no harm, though it is a POST.
    pub repeatable: bool,
    /// Whether a second one would make a second thing.
    makes: bool,
}

impl<'a> Ask<'a> {
    #[must_use]
    pub fn new(method: Method, service: Service, path: &'a str, purpose: &'a str) -> Ask<'a> {
        Ask {
            method,
            service,
            path,
            body: None,
            purpose,
            headers: Vec::new(),
            repeatable: false,
            makes: false,
        }
    }

    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// The outcome of a request to create something.
pub type Made<T> = std::result::Result<T, NotMade>;

/// A request to create something that was not successful.
pub struct NotMade {
    pub error: Error,
    /// It may have been carried out all the same.
    pub perhaps: bool,
    /// If it was not, the same request may be carried out now.
    pub again: bool,
}

impl From<Error> for NotMade {
    /// For a refusal.
    fn from(error: Error) -> NotMade {
        NotMade { error, perhaps: false, again: false }
    }
}

impl NotMade {
    fn unanswered(error: Error) -> NotMade {
        let perhaps = matches!(error.code(), Code::Connection | Code::Timeout);
        NotMade { error, perhaps, again: false }
    }

    /// For a success whose reply cannot be read.
    pub fn unreadable(error: Error) -> NotMade {
        NotMade { error, perhaps: true, again: false }
    }
}

impl Client {
    #[must_use]
    pub fn new(http: Http, identity: Box<dyn Identity>, place: Place, login: Arc<Login>) -> Client {
        Client { http, identity, place, login, insecure: false }
    }

    /// The same, which says that it accepts any certificate, where it does.
    #[must_use]
    pub fn insecure(self, insecure: bool) -> Client {
        Client { insecure, ..self }
    }

    /// The session in use; a new one for the first call, and shortly before the token expires.
    pub async fn session(&self, watch: &Watch) -> Result<Arc<Session>> {
        let mut kept = self.login.session.lock().await;
        match &*kept {
            Some(session) if !session.is_about_to_end() => Ok(session.clone()),
            before => {
                if self.insecure && before.is_none() {
                    let message = "any certificate of this cloud is accepted (verify: false or \
                                   OS_INSECURE): whoever is in between can read the password";
                    watch.report.log(Level::Warning, message);
                }
                let session = Arc::new(self.identity.authenticate(&self.http, watch).await?);
                *kept = Some(session.clone());
                Ok(session)
            }
        }
    }

    /// Renews a token that is no longer new, before a request that nova carries on with for longer than
    /// imgctl waits for its reply: it passes the token on to glance and cinder, and what they refuse is
    /// lost.
    pub async fn freshen(&self, watch: &Watch) -> Result<()> {
        let session = self.session(watch).await?;
        if !session.is_used_up() {
            return Ok(());
        }
        match self.renew(&session, watch).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Code::Interrupted => Err(error),
            // A token that was given as such cannot be renewed everywhere; this one is valid yet.
            Err(error) => {
                watch.report.log(Level::Debug, &format!("the token is not renewed: {error}"));
                Ok(())
            }
        }
    }

    /// A new session in place of the one whose token a service rejected.
    async fn renew(&self, stale: &Session, watch: &Watch) -> Result<Arc<Session>> {
        let mut kept = self.login.session.lock().await;
        // Another request may have renewed it meanwhile.
        if let Some(session) = kept.as_ref().filter(|session| session.token != stale.token) {
            return Ok(session.clone());
        }
        let session = Arc::new(self.identity.authenticate(&self.http, watch).await?);
        *kept = Some(session.clone());
        Ok(session)
    }

    /// The region in use.
    pub async fn region(&self, watch: &Watch) -> Result<String> {
        // A region that is set is known without the network.
        if let Some(region) = &self.place.region {
            return Ok(region.clone());
        }
        let session = self.session(watch).await?;
        session.catalogue.region(session.home.as_deref())
    }

    /// The endpoint of a service; none if the cloud does not have it in this region.
    pub async fn endpoint(&self, service: Service, watch: &Watch) -> Result<Option<String>> {
        if let Some(url) = service.replaced(&self.place.overrides) {
            return Ok(Some(catalogue::versioned(service, url)));
        }
        let session = self.session(watch).await?;
        let wanted = self.place.region.as_deref().or(session.home.as_deref());
        let region = session.catalogue.region(wanted)?;
        let Place { interface, compute_name, .. } = &self.place;
        Ok(session.catalogue.endpoint(service, &region, *interface, *compute_name))
    }

    pub async fn has(&self, service: Service, watch: &Watch) -> Result<bool> {
        Ok(self.endpoint(service, watch).await?.is_some())
    }

    /// Sends, and returns any reply. A token that has expired is replaced once.
    pub async fn send(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Response> {
        let base = self.endpoint(ask.service, watch).await?.ok_or_else(|| lacks(ask))?;
        self.send_to(&format!("{base}{}", ask.path), ask, watch).await
    }

    /// As [`Client::send`], to a whole URL in place of the service's endpoint and a path.
    pub async fn send_to(&self, url: &str, ask: &Ask<'_>, watch: &Watch) -> Result<Response> {
        let session = self.session(watch).await?;
        let response = self.http.send(&request(url, ask, &session)?, watch).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let session = self.renew(&session, watch).await?;
        self.http.send(&request(url, ask, &session)?, watch).await
    }

    /// Sends; any reply other than success is an error.
    pub async fn ask(&self, ask: &Ask<'_>, watch: &Watch) -> Result<Response> {
        let response = self.send(ask, watch).await?;
        if response.status.is_success() { Ok(response) } else { Err(fault(&response, ask.purpose)) }
    }

    /// As [`Client::ask`], for the reply's body.
    pub async fn read<T: DeserializeOwned>(&self, ask: &Ask<'_>, watch: &Watch) -> Result<T> {
        decode(&self.ask(ask, watch).await?, ask.purpose)
    }

    /// As [`Client::read`]; none if it does not exist, which [`looks::surely`] makes sure of.
    pub async fn find<T: DeserializeOwned>(
        &self,
        ask: &Ask<'_>,
        watch: &Watch,
    ) -> Result<Option<T>> {
        looks::surely(ask.purpose, watch, || async {
            let response = self.send(ask, watch).await?;
            match response.status {
                StatusCode::NOT_FOUND => Ok(None),
                status if status.is_success() => decode(&response, ask.purpose).map(Some),
                _ => Err(fault(&response, ask.purpose)),
            }
        })
        .await
    }

    /// Sends a request to create something, which is not repeated, and returns any reply that says what
    /// became of it.
    pub async fn create(&self, ask: &Ask<'_>, watch: &Watch) -> Made<Response> {
        let ask = &Ask { makes: true, ..ask.clone() };
        let response = self.send(ask, watch).await.map_err(NotMade::unanswered)?;
        let status = response.status;
        let has_failed = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
        // A refusal is about the last try alone.
        if has_failed || response.retried && status.is_client_error() {
            let again = status == StatusCode::SERVICE_UNAVAILABLE;
            return Err(NotMade { error: fault(&response, ask.purpose), perhaps: true, again });
        }
        Ok(response)
    }

    pub async fn get<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<T> {
        self.read(&Ask::new(Method::GET, service, path, purpose), watch).await
    }

    /// Deletes; false if it did not exist any longer.
    ///
    /// # Errors
    /// `Busy` for 409.
    pub async fn delete(
        &self,
        service: Service,
        path: &str,
        (kind, id): (ResourceKind, &str),
        watch: &Watch,
    ) -> Result<bool> {
        let purpose = format!("delete {kind} {id}");
        let response = self.send(&Ask::new(Method::DELETE, service, path, &purpose), watch).await?;
        match response.status {
            StatusCode::NOT_FOUND => Ok(false),
            status if status.is_success() => Ok(true),
            _ => Err(fault_of(kind, id, &response, &purpose)),
        }
    }
}

/// Percent-encoded, for a path or a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn lacks(ask: &Ask<'_>) -> Error {
    let kind = format!("{:?}", ask.service).to_lowercase();
    Error::new(Code::Capability, format!("cannot {}", ask.purpose))
        .cause(format!("the catalogue has no {kind} service in this region and interface"))
        .hint(format!(
            "check the region and the interface (public, internal, admin); if the cloud has the service \
             elsewhere, set {} in clouds.yaml",
            ask.service.setting()
        ))
}

fn request(url: &str, ask: &Ask<'_>, session: &Session) -> Result<Request> {
    let mut request = Request::new(ask.method.clone(), url, ask.purpose);
    let mut token = HeaderValue::from_str(&session.token)
        .map_err(|_| Error::failed("the cloud's token is not a valid header"))?;
    token.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert("x-auth-token", token);
    headers.insert("accept", HeaderValue::from_static("application/json"));
    for (name, value) in &ask.headers {
        let value = HeaderValue::from_str(value)
            .map_err(|_| Error::failed(format!("cannot send the header {name}")))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    request.headers = headers;
    request.body.clone_from(&ask.body);
    request.repeatable |= ask.repeatable;
    request.makes = ask.makes;
    request.is_shown = true;
    Ok(request)
}

/// The body of a successful reply.
pub fn decode<T: DeserializeOwned>(response: &Response, purpose: &str) -> Result<T> {
    serde_json::from_slice(&response.body).map_err(|error| {
        Error::failed(format!("cannot {purpose}: the reply does not follow the API")).cause(error)
    })
}
