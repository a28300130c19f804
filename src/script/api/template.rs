//! Templates in Jinja syntax.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use rhai::Map;
use rhai::plugin::*;

use super::convert;
use crate::script::errors::{Fallible, call_begins, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// Renders a template; a variable without a value is an error.
pub fn render(name: &str, source: &str, values: Map) -> Fallible<String> {
    let values = convert::to_json(&Dynamic::from(values))?;
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true);
    let syntax = syntax.build().map_err(|error| throw(Error::failed(error.to_string())))?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.render_named_str(name, source, Value::from(Serde(values))).map_err(|error| {
        let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
        throw(
            Error::new(Code::Script, format!("the template {name}{line} cannot be rendered"))
                .cause(error.kind())
                .cause(error.detail().unwrap_or_default()),
        )
    })
}

#[export_module]
pub mod functions {
    /// Renders a text in Jinja syntax. A variable without a value is an error.
    ///
    /// ```rhai
    /// let text = template::text("listen {{ port }};", #{ port: 80 });
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext, source: &str, values: Map) -> Fallible<String> {
        call_begins(&call);
        render("text", source, values)
    }

    /// Renders a file of the project. `host.template` also writes the result to a host.
    ///
    /// ```rhai
    /// let text = template::file("files/nginx.conf.j2", #{ port: 80 });
    /// ```
    #[rhai_fn(name = "file", return_raw)]
    pub fn file(call: NativeCallContext, path: &str, values: Map) -> Fallible<String> {
        let full = Script::of(&call)?.run.options.project.join(path);
        let source = std::fs::read_to_string(&full)
            .map_err(|error| throw(Error::io("read", &full, error)))?;
        render(path, &source, values)
    }
}
