//! Retries.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use rhai::plugin::*;
use rhai::{FnPtr, Map};
use serde::Deserialize;

use super::options;
use crate::report::Level;
use crate::script::errors::{Fallible, caught, is_again, is_exit, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// The option map of `retry`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RetryOptions {
    attempts: usize,
    #[serde(deserialize_with = "options::duration")]
    delay: Option<Duration>,
}

impl Default for RetryOptions {
    fn default() -> Self {
        RetryOptions { attempts: 3, delay: None }
    }
}

/// Errors that another try cannot cure.
fn is_final(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::Interrupted
            | Code::Usage
            | Code::Config
            | Code::Script
            | Code::State
            | Code::Capability
    )
}

#[export_module]
pub mod functions {
    /// Calls the closure until it does not throw, up to `attempts` times (3), with a `delay` ("1s")
    /// that doubles each time, up to a minute. A mistake in the script is not retried.
    ///
    /// ```rhai
    /// retry(#{ attempts: 5, delay: "2s" }, || host.run("curl -fsS http://localhost/"));
    /// ```
    #[rhai_fn(name = "retry", return_raw)]
    pub fn retry(call: NativeCallContext, options: Map, closure: FnPtr) -> Fallible<Dynamic> {
        crate::script::errors::call_begins(&call);
        let given: RetryOptions = super::options::read("retry", options)?;
        options::at_least_one("retry", "attempts", given.attempts)?;
        let script = Script::of(&call)?;
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(given.delay.unwrap_or(Duration::from_secs(1)))
            .with_max_delay(Duration::from_secs(60).max(given.delay.unwrap_or_default()))
            .with_max_times(given.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        let source = call.call_source().unwrap_or_default().to_string();
        loop {
            let thrown = match closure.call_within_context::<Dynamic>(&call, ()) {
                Ok(value) => return Ok(value),
                // Nor can Ctrl-C and limits be tried again.
                Err(thrown) if is_exit(&thrown) || is_again(&thrown) || !thrown.is_catchable() => {
                    return Err(thrown);
                }
                Err(thrown) => caught(thrown, &source),
            };
            let Some(delay) = delays.next().filter(|_| !is_final(&thrown)) else {
                return Err(throw(thrown));
            };
            let message = format!("retrying in {:.1} s: {thrown}", delay.as_secs_f64());
            script.run.watch.report.log(Level::Warning, &message);
            let slept = script.run.block_on(async {
                tokio::time::sleep(delay).await;
                Ok(())
            });
            slept.map_err(throw)?;
        }
    }
}
