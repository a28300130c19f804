//! Messages.

use rhai::plugin::*;

use crate::report::Level;
use crate::script::errors::Fallible;
use crate::script::running::Script;

fn log(call: &NativeCallContext, level: Level, message: &Dynamic) -> Fallible<()> {
    Script::of(call)?.run.watch.report.log(level, &message.to_string());
    Ok(())
}

#[export_module]
pub mod functions {
    /// Shows a message about what is being done.
    ///
    /// ```rhai
    /// log::info("the mirror is slow today");
    /// ```
    #[rhai_fn(name = "info", return_raw)]
    pub fn info(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Info, &message)
    }

    /// Shows a message that something is done.
    ///
    /// ```rhai
    /// log::success("all agents answer");
    /// ```
    #[rhai_fn(name = "success", return_raw)]
    pub fn success(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Success, &message)
    }

    /// Shows a message about something that may be wrong.
    ///
    /// ```rhai
    /// log::warn("no swap is configured");
    /// ```
    #[rhai_fn(name = "warn", return_raw)]
    pub fn warn(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Warning, &message)
    }

    /// Shows a message only with `-v`.
    ///
    /// ```rhai
    /// log::debug(`the facts are ${host.os}`);
    /// ```
    #[rhai_fn(name = "debug", return_raw)]
    pub fn debug_message(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Debug, &message)
    }
}
