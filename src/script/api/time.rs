//! Dates and durations.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rhai::plugin::*;

use super::options;
use crate::script::errors::{Fallible, OrThrow, call_begins, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// How far away `time::later` is.
pub(super) fn distance(text: &str) -> Result<Duration, Error> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let days = days.and_then(|days| days.checked_mul(24 * 3600));
    let span = days.map(Duration::from_secs).or_else(|| options::parse_duration(text));
    span.ok_or_else(|| no_distance(text))
}

fn no_distance(text: &str) -> Error {
    Error::new(Code::Script, format!("`{text}` is not a duration"))
        .hint("write text such as \"12h\" or \"30d\"")
}

/// How long `time::sleep` sleeps.
pub(super) fn pause(text: &str) -> Result<Duration, Error> {
    let seconds = text.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    seconds.or_else(|| options::parse_duration(text)).ok_or_else(|| {
        Error::new(Code::Script, format!("`{text}` is not a duration"))
            .hint("write seconds, or text such as \"90s\", \"10m\", \"1h30m\"")
    })
}

#[export_module]
pub mod functions {
    /// The current time in UTC, as RFC 3339 text: `2026-01-31T12:00:00Z`.
    ///
    /// ```rhai
    /// host.write("/etc/built", time::now());
    /// ```
    pub fn now() -> String {
        let now = Timestamp::now();
        now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Seconds since 1970 in UTC, with fractions: the difference of two is how long something took.
    ///
    /// ```rhai
    /// let began = time::seconds();
    /// host.run("make");
    /// log::info(`built in ${time::seconds() - began} s`);
    /// ```
    pub fn seconds() -> f64 {
        Timestamp::now().as_duration().as_secs_f64()
    }

    /// The current time in UTC, in a format of `strftime`.
    ///
    /// ```rhai
    /// let name = "agent-" + time::format("%Y%m%d-%H%M");
    /// ```
    #[rhai_fn(name = "format", return_raw)]
    pub fn format(call: NativeCallContext, pattern: &str) -> Fallible<String> {
        call_begins(&call);
        let now = Timestamp::now().to_zoned_datetime(TimeZone::UTC);
        jiff::fmt::strtime::format(pattern, &now).map_err(|error| {
            throw(
                Error::new(Code::Script, format!("`{pattern}` is not a time format")).cause(error),
            )
        })
    }

    /// How many seconds ago a time was, given as RFC 3339 text; negative for a time in the future.
    ///
    /// ```rhai
    /// let old = cloud::images().filter(|image| time::age(image.created) > 30 * 24 * 3600);
    /// ```
    #[rhai_fn(name = "age", return_raw)]
    pub fn age(call: NativeCallContext, moment: &str) -> Fallible<i64> {
        call_begins(&call);
        let then = moment.parse::<Timestamp>().map_err(|error| {
            throw(Error::new(Code::Script, format!("`{moment}` is not a time")).cause(error))
        })?;
        Ok(Timestamp::now().as_second() - then.as_second())
    }

    /// The time that is a duration away (`"12h"`, `"30d"`), in UTC, as RFC 3339 text.
    ///
    /// ```rhai
    /// cloud::deprecate_image("ami-0123", time::later("30d"));
    /// ```
    #[rhai_fn(name = "later", return_raw)]
    pub fn later(call: NativeCallContext, duration: &str) -> Fallible<String> {
        call_begins(&call);
        let span = distance(duration).map_err(throw)?;
        let then = Timestamp::now().checked_add(span).map_err(|_| throw(no_distance(duration)))?;
        Ok(then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// Sleeps for a number of seconds, or a duration such as `"2m"`; Ctrl-C interrupts it. To wait for
    /// a condition, use `retry`.
    ///
    /// ```rhai
    /// time::sleep("30s");
    /// ```
    #[rhai_fn(name = "sleep", return_raw)]
    pub fn sleep(call: NativeCallContext, duration: Dynamic) -> Fallible<()> {
        let script = Script::of(&call)?;
        let text = duration.to_string();
        let span = pause(&text).map_err(throw)?;
        if script.run.options.dry_run {
            return Ok(());
        }
        let activity = script.run.watch.report.activity(&format!("sleeping for {text}"));
        let slept = script.run.block_on(async {
            tokio::time::sleep(span).await;
            Ok(())
        });
        drop(activity);
        slept.or_throw()
    }
}
