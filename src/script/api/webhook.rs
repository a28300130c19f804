//! Messages to other systems: a chat, a queue of tickets, a job that waits.

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::{convert, options};
use crate::run::forge::webhook;
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

/// The option map of `webhook::post`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WebhookMap {
    secret: Option<String>,
}

fn send(call: &NativeCallContext, url: &str, message: Map, options: Map) -> Fallible<()> {
    let script = Script::of(call)?;
    let given: WebhookMap = options::read("webhook::post", options)?;
    let message = convert::to_json(&Dynamic::from(message))?;
    if !script.run.may_change("send the webhook") {
        return Ok(());
    }
    let secret = given.secret.filter(|secret| !secret.is_empty());
    let watch = &script.run.watch;
    script.run.block_on(webhook::post(url, &message, secret.as_deref(), watch)).or_throw()
}

#[export_module]
pub mod functions {
    /// Sends a map as JSON by POST; throws unless the answer is 2xx. Sent again after a lost connection, 429
    /// and 5xx; the header `X-Imgctl-Delivery` is the same each time.
    ///
    /// ```rhai
    /// webhook::post("https://hooks.example.com/images", #{ image: image.id });
    /// ```
    #[rhai_fn(name = "post", return_raw)]
    pub fn post(call: NativeCallContext, url: &str, message: Map) -> Fallible<()> {
        send(&call, url, message, Map::new())
    }

    /// The same with a `secret`, by which the receiver knows the sender: `X-Hub-Signature-256` has the
    /// HMAC-SHA256 of the body, as in GitHub's webhooks.
    ///
    /// ```rhai
    /// let secret = secret::env("HOOK_SECRET");
    /// webhook::post("https://hooks.example.com/images", #{ image: image.id }, #{ secret: secret });
    /// ```
    #[rhai_fn(name = "post", return_raw)]
    pub fn post_signed(
        call: NativeCallContext,
        url: &str,
        message: Map,
        options: Map,
    ) -> Fallible<()> {
        send(&call, url, message, options)
    }
}
