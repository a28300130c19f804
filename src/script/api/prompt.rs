//! Questions to the user at the terminal.

use rhai::plugin::*;

use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// Asks for a line of text. Throws when there is no terminal.
    ///
    /// ```rhai
    /// let name = prompt("name of the image");
    /// ```
    #[rhai_fn(name = "prompt", return_raw)]
    pub fn prompt(call: NativeCallContext, question: &str) -> Fallible<String> {
        Script::of(&call)?.run.ui.prompt(question, None).or_throw()
    }

    /// As `prompt(question)`, with the answer that an empty line stands for.
    ///
    /// ```rhai
    /// let name = prompt("name of the image", "agent");
    /// ```
    #[rhai_fn(name = "prompt", return_raw)]
    pub fn prompt_or(call: NativeCallContext, question: &str, default: &str) -> Fallible<String> {
        Script::of(&call)?.run.ui.prompt(question, Some(default)).or_throw()
    }

    /// Asks yes or no. An empty line means no; with `--yes` the answer is yes.
    ///
    /// ```rhai
    /// if confirm("delete it?") { cloud::delete_image(id); }
    /// ```
    #[rhai_fn(name = "confirm", return_raw)]
    pub fn confirm(call: NativeCallContext, question: &str) -> Fallible<bool> {
        Script::of(&call)?.run.ui.confirm(question, false).or_throw()
    }
}
