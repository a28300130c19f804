//! Templates in Jinja syntax.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use rhai::Map;
use rhai::plugin::*;

use super::convert;
use super::fs::read_file;
use super::template_files::included;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// Instructions of a template: enough for a list of a hundred thousand lines, and done in a second.
const STEPS: u64 = 2_000_000;

/// Renders a template; a variable without a value is an error.
pub fn render(script: &Script, name: &str, source: &str, values: Map) -> Fallible<String> {
    let values = convert::to_json(&Dynamic::from(values))?;
    let files = included(script, source)?;
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true);
    let syntax = syntax.build().map_err(|error| throw(Error::failed(error.to_string())))?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(STEPS));
    for (name, text) in &files {
        environment.add_template(name, text).map_err(|error| throw(failed(name, &error)))?;
    }
    let most = script.run.config.limits().or_throw()?.file.as_u64();
    let mut page = Page { text: Vec::new(), most, script };
    let rendered = environment
        .template_from_named_str(name, source)
        .and_then(|template| template.render_captured_to(Value::from(Serde(values)), &mut page));
    script.run.watch.check().or_throw()?;
    if page.is_full() {
        let message =
            format!("the template {name} gives more than {}", bytesize::ByteSize::b(most));
        return Err(throw(Error::new(Code::Script, message).hint("raise the setting limits.file")));
    }
    rendered.map_err(|error| throw(failed(error.name().unwrap_or(name), &error)))?;
    String::from_utf8(page.text).map_err(|error| throw(Error::failed(error.to_string())))
}

fn failed(name: &str, error: &minijinja::Error) -> Error {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    if error.kind() == ErrorKind::OutOfFuel {
        return Error::new(Code::Script, format!("the template {name}{line} takes too long"))
            .cause(format!("it needs more than {STEPS} instructions"))
            .hint("check the loops of the template; compute long lists in the script");
    }
    let found = Error::new(Code::Script, format!("the template {name}{line} cannot be rendered"))
        .cause(error.kind())
        .cause(error.detail().unwrap_or_default());
    match error.kind() {
        ErrorKind::TemplateNotFound => found.hint(
            "write the path relative to the project folder, in quotes: {% include \"files/part.j2\" %}",
        ),
        _ => found,
    }
}

/// The text so far: it ends at its limit, and at Ctrl-C.
struct Page<'s> {
    text: Vec<u8>,
    most: u64,
    script: &'s Script,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.text.len() as u64 > self.most
    }
}

impl std::io::Write for Page<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.is_full() || self.script.run.watch.cancel.is_cancelled() {
            return Err(std::io::ErrorKind::Other.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[export_module]
pub mod functions {
    /// Renders a text in Jinja syntax. A variable without a value is an error. `{% include "files/part.j2" %}`
    /// includes a file of the project, by a path that is written out.
    ///
    /// ```rhai
    /// let text = template::text("listen {{ port }};", #{ port: 80 });
    /// ```
    #[rhai_fn(name = "text", return_raw)]
    pub fn text(call: NativeCallContext, source: &str, values: Map) -> Fallible<String> {
        render(&Script::of(&call)?, "text", source, values)
    }

    /// Renders a file of the project. `host.template` also writes the result to a host.
    ///
    /// ```rhai
    /// let text = template::file("files/nginx.conf.j2", #{ port: 80 });
    /// ```
    #[rhai_fn(name = "file", return_raw)]
    pub fn file(call: NativeCallContext, path: &str, values: Map) -> Fallible<String> {
        let source = read_file(&call, path)?;
        render(&Script::of(&call)?, path, &source, values)
    }
}
