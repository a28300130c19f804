//! The SDK's clients: set up by the SDK's own chain on first use, and again when the credentials have
//! expired.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::SharedIdentityCache;
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::Mutex;

use super::attempts::{Attempts, Observer, Told};
use super::credential_sources;
use super::credentials::{Checked, PATIENCE};
use super::fault::Fault;
use super::files;
use super::retry::NoCapacity;
use super::size::Size;
use super::transport::Transport;
use crate::cloud::patience::CONNECT_TIMEOUT;
use crate::cloud::{proxy, trusted};
use crate::config::ec2::Settings;
use crate::report::Watch;
use crate::{Error, Result};

/// Attempts per request. With the SDK's backoff they span over a minute, until the throttling of a
/// busy account has passed.
const ATTEMPTS: u32 = 9;
/// For one attempt; no call of EC2 takes long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// For the account's number: a network that leads to EC2 alone never answers, and a task must not
/// wait long for that.
const STS_TIMEOUT: Duration = Duration::from_secs(3);

/// The configuration and clients of a region. They are kept because a client holds its connections.
#[derive(Clone)]
struct Loaded {
    config: SdkConfig,
    ec2: Client,
    ssm: aws_sdk_ssm::Client,
    sts: aws_sdk_sts::Client,
}

/// What the clients of all regions sign with, the cache of it, and their connections.
#[derive(Default)]
pub struct Login {
    keys: Mutex<Option<(SharedCredentialsProvider, Option<SharedIdentityCache>)>>,
    transport: Transport,
}

/// Refuses an address that nothing can be sent to: the SDK would try it for minutes.
fn check_endpoints(config: &SdkConfig) -> Result<()> {
    // Those of services are read by the SDK where their clients are made.
    let names = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2"];
    let variables: Vec<_> = names.iter().filter_map(|name| std::env::var(name).ok()).collect();
    let variables = variables.iter().map(String::as_str).filter(|url| !url.is_empty());
    for url in config.endpoint_url().into_iter().chain(variables) {
        let parsed = reqwest::Url::parse(url).ok();
        if !parsed.is_some_and(|url| ["http", "https"].contains(&url.scheme())) {
            return Err(Error::config(format!("`{url}` is not the address of an AWS endpoint"))
                .hint("correct AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_EC2 or `endpoint_url` of the profile: an address begins with https://"));
        }
    }
    Ok(())
}

/// The clients of one account, one for each region.
pub struct Clients {
    endpoint: Option<String>,
    profile: Option<String>,
    /// Empty: the SDK's own default.
    region: String,
    loaded: Mutex<HashMap<String, Loaded>>,
    login: Arc<Login>,
    told: Told,
}

impl Clients {
    pub fn new(settings: &Settings, region: &str, login: Arc<Login>) -> Clients {
        Clients {
            endpoint: settings.endpoint.clone(),
            profile: settings.profile.clone(),
            region: region.to_owned(),
            loaded: Mutex::default(),
            login,
            told: Told::default(),
        }
    }

    /// The region to work in.
    pub async fn region(&self, watch: &Watch) -> Result<String> {
        if !self.region.is_empty() {
            return Ok(self.region.clone());
        }
        let loaded = self.loaded("", watch).await?;
        if let Some(region) = loaded.config.region() {
            return Ok(region.to_string());
        }
        if let Some(missing) = credential_sources::missing_profile(self.profile.as_deref()).await {
            return Err((&missing).into());
        }
        Err(Error::config("no region is set for cloud ec2")
            .hint("pass region:us-west-2, or set AWS_REGION or the region of your AWS profile"))
    }

    /// The clients of a region (empty: the SDK's default).
    async fn loaded(&self, region: &str, watch: &Watch) -> Result<Loaded> {
        let mut known = self.loaded.lock().await;
        if let Some(loaded) = known.get(region) {
            return Ok(loaded.clone());
        }
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Error::config(format!("`{region}` is not a valid EC2 region"))
                .hint("use a region such as us-west-2 or eu-central-1"));
        }
        proxy::check()?;
        trusted::check()?;
        files::check(&|| watch.cancel.is_cancelled())?;
        for password in proxy::passwords(self.endpoint.as_deref()) {
            watch.report.secret(&password);
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.login.transport.clone())
            .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts.build())
            // The SDK's own limit does not say what did not answer.
            .identity_cache(IdentityCache::lazy().load_timeout(PATIENCE * 2).build());
        if !region.is_empty() {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let mut login = self.login.keys.lock().await;
        if let Some((credentials, cache)) = &*login {
            loader = loader.credentials_provider(credentials.clone());
            if let Some(cache) = cache {
                loader = loader.identity_cache(cache.clone());
            }
        }
        // Loading may take long: a profile may run a program or ask a machine's metadata service.
        let mut config = watch.guard(async { Ok(loader.load().await) }).await?;
        check_endpoints(&config)?;
        if let Some(found) = config.credentials_provider().filter(|_| login.is_none()) {
            let checked = Checked::new(found, self.profile.clone(), watch.report.clone());
            let checked = SharedCredentialsProvider::new(checked);
            *login = Some((checked.clone(), config.identity_cache()));
            config = config.into_builder().credentials_provider(checked).build();
        }
        drop(login);
        let mut settings = aws_sdk_ec2::config::Builder::from(&config)
            .retry_classifier(NoCapacity)
            .retry_classifier(Size)
            .interceptor(Size)
            .interceptor(Observer);
        // The setting is the address of EC2 in this region. Other services, and other regions, have
        // addresses of their own.
        let default = known.get("").and_then(|loaded| loaded.config.region());
        let is_home =
            region == self.region || default.is_some_and(|known| known.as_ref() == region);
        if let Some(endpoint) = self.endpoint.as_ref().filter(|_| is_home) {
            settings = settings.endpoint_url(endpoint);
        }
        let ec2 = Client::from_conf(settings.build());
        let ssm = aws_sdk_ssm::config::Builder::from(&config)
            .retry_classifier(Size)
            .interceptor(Size)
            .interceptor(Observer);
        let ssm = aws_sdk_ssm::Client::from_conf(ssm.build());
        let sts = sts_client(&config);
        let loaded = Loaded { config, ec2, ssm, sts };
        known.insert(region.to_owned(), loaded.clone());
        Ok(loaded)
    }

    /// The next call reads files and variables again.
    async fn forget(&self) {
        self.loaded.lock().await.clear();
        *self.login.keys.lock().await = None;
    }

    /// Sends one request to EC2, in the region of these clients (`None`) or another one. `action` is
    /// EC2's name for it. Expired credentials are read again, once: their file may have been renewed
    /// meanwhile.
    pub async fn call<T, E, F>(
        &self,
        region: Option<&str>,
        action: &'static str,
        watch: &Watch,
        send: impl Fn(Client) -> F,
    ) -> std::result::Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        self.with(region, "ec2", action, watch, |loaded| send(loaded.ec2)).await
    }

    /// As [`Clients::call`], for Systems Manager.
    pub async fn call_ssm<T, E, F>(
        &self,
        action: &'static str,
        watch: &Watch,
        send: impl Fn(aws_sdk_ssm::Client) -> F,
    ) -> std::result::Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        self.with(None, "ssm", action, watch, |loaded| send(loaded.ssm)).await
    }

    /// As [`Clients::call`], for the Security Token Service.
    pub async fn call_sts<T, E, F>(
        &self,
        action: &'static str,
        watch: &Watch,
        send: impl Fn(aws_sdk_sts::Client) -> F,
    ) -> std::result::Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        self.with(None, "sts", action, watch, |loaded| send(loaded.sts)).await
    }

    async fn with<T, E, F>(
        &self,
        region: Option<&str>,
        service: &'static str,
        action: &'static str,
        watch: &Watch,
        send: impl Fn(Loaded) -> F,
    ) -> std::result::Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        let region = match region {
            Some(region) => region.to_owned(),
            None => self.region(watch).await?,
        };
        let request = format!("{service}:{action} in {region}");
        let attempts = Attempts::new(request, ATTEMPTS, watch, self.told.clone());
        let mut renewed = false;
        loop {
            let loaded = self.loaded(&region, watch).await?;
            // Boxed, because the futures of the SDK are deep and large.
            let sent = Box::pin(attempts.of(send(loaded)));
            let sent = watch.guard(async { Ok(sent.await) }).await?;
            let fault = match sent {
                Ok(reply) => return Ok(reply),
                Err(error) => Fault::new(service, action, &region, error),
            };
            let fault = fault.uncertain(attempts.is_uncertain());
            if renewed || !fault.is_expired() {
                return Err(fault);
            }
            renewed = true;
            self.forget().await;
        }
    }
}

/// The client for the account's number: one short attempt, which needs no permission.
fn sts_client(config: &SdkConfig) -> aws_sdk_sts::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(STS_TIMEOUT)
        .operation_attempt_timeout(STS_TIMEOUT);
    let settings = aws_sdk_sts::config::Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
        .interceptor(Size);
    aws_sdk_sts::Client::from_conf(settings.build())
}
