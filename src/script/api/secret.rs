//! Values that are never shown.

use rhai::Array;
use rhai::plugin::*;

use super::environment;
use super::fs::read_file;
use super::room;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::kind::printed;
use crate::script::running::Script;
use crate::state::InputKind;
use crate::{Code, Error};

/// More than any key or token has; what is longer is a file to copy, not a value to hide.
const LONGEST: usize = 256 << 10;

/// Redacts a value from now on.
fn hide(script: &Script, value: &str, what: &str) -> Fallible<()> {
    if value.len() > LONGEST {
        let length = value.len() >> 10;
        let message = format!("{what} has {length} KiB: a secret has at most {}", LONGEST >> 10);
        let error = Error::new(Code::Script, format!("{message} KiB"));
        return Err(throw(error.hint("copy the file with `host.put`, which shows nothing of it")));
    }
    script.run.ui.secrets().add(value);
    Ok(())
}

/// The line to show for the words of a command: each without secrets before it is quoted. None: the
/// command is a line already.
pub fn shown_line(script: &Script, command: &Dynamic) -> Fallible<Option<String>> {
    let Some(words) = command.read_lock::<Array>() else { return Ok(None) };
    room::fits(room::size_of_items(&*words))?;
    let secrets = script.run.ui.secrets();
    let words: Vec<String> = words.iter().map(|word| secrets.redact(&printed(word))).collect();
    Ok(shlex::try_join(words.iter().map(String::as_str)).ok())
}

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
        script.notes_value(InputKind::SecretVariable, name, || std::env::var(name).ok());
        let value = environment::variable(name)?;
        hide(&script, &value, name)?;
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
        let text = read_file(&call, path)?;
        script.notes_file(path, true).or_throw()?;
        let value = text.trim_end_matches(['\n', '\r']).to_string();
        hide(&script, &value, path)?;
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
        hide(&script, &value, "the answer")?;
        Ok(value)
    }

    /// Redacts any other value from now on, and returns it.
    ///
    /// ```rhai
    /// let token = secret::mark(json::parse(answer).token);
    /// ```
    #[rhai_fn(name = "mark", return_raw)]
    pub fn mark(call: NativeCallContext, value: &str) -> Fallible<String> {
        hide(&Script::of(&call)?, value, "the value")?;
        Ok(value.to_string())
    }
}
