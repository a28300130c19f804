//! The console in the middle of a script.

use rhai::plugin::*;

#[export_module]
pub mod functions {
    /// Stops here and opens the console of `imgctl repl`, in which the variables of this place can be looked at
    /// and assigned to: those of a closure are its own and those that it uses. `:continue` goes on, `:retry`
    /// repeats the step, `:quit` ends the run as Ctrl-C does. Without a terminal it only warns.
    ///
    /// ```rhai
    /// let found = host.query("systemctl --failed");
    /// breakpoint();
    /// log::info(found.stdout);
    /// ```
    #[rhai_fn(name = "breakpoint")]
    pub fn breakpoint() {
        // Whoever watches the script has opened it before this was called.
    }
}
