//! What a host can do that others cannot.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::plugin::*;

use super::host::Host;
use crate::run::known::kernel;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;
use crate::{Code, Error};

fn can(call: &NativeCallContext, host: &Host, what: &str) -> Fallible<bool> {
    if what != "kernel" {
        let message = format!("no ability of a host is called `{what}`");
        return Err(throw(Error::new(Code::Script, message).hint("ask for `kernel`")));
    }
    Ok(kernel::is_own(&Script::of(call)?.run, host.reached.role.as_deref()))
}

#[export_module]
pub mod functions {
    /// True when the host can do it. `kernel`: load modules, set kernel parameters, boot another
    /// kernel; false for a container of cloud `local`.
    ///
    /// ```rhai
    /// if host.can("kernel") { host.sudo("modprobe br_netfilter"); }
    /// ```
    #[rhai_fn(name = "can", pure, return_raw)]
    pub fn can_do(call: NativeCallContext, host: &mut Host, what: &str) -> Fallible<bool> {
        can(&call, host, what)
    }

    /// Throws, with the cure, when the host cannot do it; see `can`.
    ///
    /// ```rhai
    /// host.require("kernel");
    /// ```
    #[rhai_fn(name = "require", pure, return_raw)]
    pub fn require(call: NativeCallContext, host: &mut Host, what: &str) -> Fallible<()> {
        if can(&call, host, what)? {
            return Ok(());
        }
        Err(throw(kernel::missing(host.reached.remote().label())))
    }
}
