//! Values that are never shown.

use rhai::plugin::*;

use super::environment;
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// The value of an environment variable. From now on it is redacted in everything that imgctl shows.
    ///
    /// ```rhai
    /// let token = secret::env("REGISTRY_TOKEN");
    /// host.write("/etc/agent/token", token, #{ sudo: true, mode: "0600", secret: true });
    /// ```
    #[rhai_fn(name = "env", return_raw)]
    pub fn env(call: NativeCallContext, name: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let value = environment::variable(name)?;
        script.run.ui.secrets().add(&value);
        Ok(value)
    }

    /// The text of a local file without the line end at its end, redacted from now on.
    ///
    /// ```rhai
    /// let password = secret::file("/run/secrets/registry");
    /// ```
    #[rhai_fn(name = "file", return_raw)]
    pub fn file(call: NativeCallContext, path: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let path = script.run.options.project.join(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| crate::Error::io("read", &path, error))
            .or_throw()?;
        let value = text.trim_end_matches(['\n', '\r']).to_string();
        script.run.ui.secrets().add(&value);
        Ok(value)
    }

    /// Asks the user at the terminal, without echo; redacted from now on.
    ///
    /// ```rhai
    /// let password = secret::ask("password of the registry");
    /// ```
    #[rhai_fn(name = "ask", return_raw)]
    pub fn ask(call: NativeCallContext, question: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let value = script.run.ui.password(question).or_throw()?;
        script.run.ui.secrets().add(&value);
        Ok(value)
    }

    /// Redacts any other value from now on, and returns it.
    ///
    /// ```rhai
    /// let token = secret::mark(json::parse(answer).token);
    /// ```
    #[rhai_fn(name = "mark", return_raw)]
    pub fn mark(call: NativeCallContext, value: &str) -> Fallible<String> {
        Script::of(&call)?.run.ui.secrets().add(value);
        Ok(value.to_string())
    }
}
