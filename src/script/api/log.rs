//! Messages.

use rhai::plugin::*;

use super::run;
use crate::report::Level;
use crate::script::errors::Fallible;

fn log(context: &NativeCallContext, level: Level, message: &Dynamic) -> Fallible<()> {
    run(context)?.context.watch.report.log(level, &message.to_string());
    Ok(())
}

#[export_module]
pub mod functions {
    /// A message about what goes on.
    ///
    /// ```rhai
    /// log::info("the mirror is slow today");
    /// ```
    #[rhai_fn(name = "info", return_raw)]
    pub fn info(context: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&context, Level::Info, &message)
    }

    /// A message that something is done.
    ///
    /// ```rhai
    /// log::success("all agents answer");
    /// ```
    #[rhai_fn(name = "success", return_raw)]
    pub fn success(context: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&context, Level::Success, &message)
    }

    /// A message about something that may be wrong.
    ///
    /// ```rhai
    /// log::warn("no swap is configured");
    /// ```
    #[rhai_fn(name = "warn", return_raw)]
    pub fn warn(context: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&context, Level::Warning, &message)
    }

    /// A message that only `-v` shows.
    ///
    /// ```rhai
    /// log::debug(`the facts are ${host.os}`);
    /// ```
    #[rhai_fn(name = "debug", return_raw)]
    pub fn debug_message(context: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&context, Level::Debug, &message)
    }
}
