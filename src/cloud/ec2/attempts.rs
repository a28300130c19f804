//! The attempts of one request, which the SDK repeats by itself: each failure is shown, and it is
//! remembered whether one may have been carried out.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ec2::config::http::{HttpRequest, HttpResponse};
use aws_sdk_ec2::config::interceptors::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_ec2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ec2::error::BoxError;
use aws_smithy_types::body::SdkBody;

use super::meaning;
use super::transport::Untrusted;
use crate::cloud::patience::patiently;
use crate::cloud::traffic;
use crate::report::{Activity, Level, Watch};

tokio::task_local! {
    /// The request that the current task sends: the SDK's hooks are given nothing of ours.
    static REQUEST: Arc<Attempts>;
}

/// What was told already, by all requests together.
pub type Told = Arc<Mutex<BTreeSet<Kind>>>;

pub struct Attempts {
    /// `ec2:RunInstances in us-west-2`.
    request: String,
    limit: u32,
    watch: Watch,
    failed: AtomicU32,
    is_uncertain: AtomicBool,
    activity: Box<dyn Activity>,
    told: Told,
    /// Where the latest attempt went.
    server: Mutex<String>,
}

impl Attempts {
    pub fn new(request: String, limit: u32, watch: &Watch, told: Told) -> Arc<Attempts> {
        Arc::new(Attempts {
            activity: watch.report.activity(&request),
            request,
            limit,
            watch: watch.clone(),
            failed: AtomicU32::new(0),
            is_uncertain: AtomicBool::new(false),
            told,
            server: Mutex::default(),
        })
    }

    /// Sends a request whose attempts are counted here.
    pub async fn of<T>(self: &Arc<Attempts>, sent: impl Future<Output = T>) -> T {
        let tell = || {
            let message = format!("{}: no answer yet; waiting", self.request);
            self.watch.report.log(Level::Warning, &message);
        };
        patiently(REQUEST.scope(self.clone(), sent), tell).await
    }

    /// Whether an attempt without a clear answer may have been carried out.
    pub fn is_uncertain(&self) -> bool {
        self.is_uncertain.load(Ordering::Relaxed)
    }

    /// One attempt. Headers, which have the signature, are not shown.
    fn show_request(&self, sent: &HttpRequest) {
        let server = sent.uri().split('?').next().unwrap_or_default();
        self.watch.report.sent(server, &self.request, &|| text(sent.body()));
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = server.to_owned();
    }

    fn show_reply(&self, reply: &HttpResponse) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let status = format!("status {}", reply.status().as_u16());
        self.watch.report.received(&server, &status, &|| text(reply.body()));
    }

    fn failed(&self, failure: &Failure) {
        if failure.may_be_done {
            self.is_uncertain.store(true, Ordering::Relaxed);
        }
        let number = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
        if !failure.repeats || number >= self.limit {
            return;
        }
        // Whoever reads a log has no bar, and should not wait a minute for a mistyped region.
        let is_new = failure.kind != Kind::Other
            && self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(failure.kind);
        if is_new {
            let message = format!("{}: {}; trying again", self.request, failure.why);
            self.watch.report.log(Level::Warning, &message);
        }
        let why = &failure.why;
        self.activity
            .status(&format!("{why}; attempt {number} of {} failed, trying again", self.limit));
    }
}

fn text(body: &SdkBody) -> String {
    body.bytes().map(traffic::text).unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No reply came.
    Unanswered,
    /// Too many requests.
    Throttled,
    Other,
}

/// How an attempt failed.
struct Failure {
    why: String,
    kind: Kind,
    /// EC2 may have carried it out.
    may_be_done: bool,
    /// The SDK tries it again.
    repeats: bool,
}

impl Failure {
    fn of(context: &FinalizerInterceptorContextRef<'_>) -> Option<Failure> {
        let error = context.output_or_error()?.err()?;
        let Some(response) = context.response() else {
            let mut why = String::new();
            let mut is_unsent = false;
            let mut cause = error.source();
            while let Some(now) = cause {
                // Names, TCP, proxies and TLS come before the request.
                let http = now.downcast_ref::<reqwest::Error>();
                is_unsent |= http.is_some_and(reqwest::Error::is_connect) || now.is::<Untrusted>();
                why = crate::error::plain(now.to_string());
                cause = now.source();
            }
            let why = if why.is_empty() { "no reply in time".to_owned() } else { why };
            // A certificate that is not trusted is never tried again.
            let passes = error.as_connector_error().is_some_and(|error| {
                error.is_io() || error.is_timeout() || error.as_other().is_some()
            });
            let repeats = error.is_timeout_error() || passes;
            let kind = if repeats { Kind::Unanswered } else { Kind::Other };
            return Some(Failure { why, kind, may_be_done: !is_unsent, repeats });
        };
        let status = response.status().as_u16();
        let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let code = body.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next());
        let code = code.unwrap_or_default();
        let throttled = meaning::is_throttling(code) || status == 429;
        // EC2 did what was asked if the status says so, though the reply cannot be read.
        let is_client = (400..500).contains(&status) && !meaning::INTERNAL.contains(&code);
        let is_refusal = throttled || is_client || meaning::is_no_capacity(code);
        Some(Failure {
            why: match code {
                "" => format!("the reply has status {status}"),
                code if throttled => format!("EC2 limits the rate of requests ({code})"),
                code => code.to_owned(),
            },
            kind: if throttled { Kind::Throttled } else { Kind::Other },
            may_be_done: !is_refusal,
            repeats: throttled || (status >= 500 && !is_refusal),
        })
    }
}

/// Tells each failed attempt to the request that it belongs to.
#[derive(Debug)]
pub struct Observer;

impl Intercept for Observer {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The transport takes the request away, so that it can only be shown before.
        let _ = REQUEST.try_with(|request| request.show_request(context.request()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Without a request, it is one of the SDK's own, for credentials.
        let _ = REQUEST.try_with(|request| {
            if let Some(reply) = context.response() {
                request.show_reply(reply);
            }
            if let Some(failure) = Failure::of(context) {
                request.failed(&failure);
            }
        });
        Ok(())
    }
}
