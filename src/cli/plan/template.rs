//! From a plan to the text of an engine, by a template: the project's own in `plans/`, else the shipped one.

use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::document::{Document, FOLDER};
use super::quote;
use crate::cli::engine::Engine;
use crate::{Error, Result, read};

impl Engine {
    /// The template's name in `plans/`, and the shipped one.
    fn template(self) -> Option<(&'static str, &'static str)> {
        match self {
            Engine::Json => None,
            Engine::Github => Some(("github.yml", include_str!("../../../plans/github.yml"))),
            Engine::Gitlab => Some(("gitlab.yml", include_str!("../../../plans/gitlab.yml"))),
            Engine::Jenkins => Some(("Jenkinsfile", include_str!("../../../plans/Jenkinsfile"))),
            Engine::Kubernetes => {
                Some(("kubernetes.yaml", include_str!("../../../plans/kubernetes.yaml")))
            }
        }
    }
}

pub fn render(project: &Path, engine: Engine, document: &Document) -> Result<String> {
    let Some((name, shipped)) = engine.template() else {
        return serde_json::to_string_pretty(document)
            .map_err(|error| Error::failed("cannot write the plan").cause(error));
    };
    let shown = format!("plans/{name}");
    let own = project.join("plans").join(name);
    let text = match read::text(&own) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => shipped.to_owned(),
        Err(error) => return Err(Error::io("read", &own, error)),
    };
    fill(&shown, &text, document).map_err(|error| {
        let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
        Error::config(format!("the template {shown}{line} cannot be rendered"))
            .cause(error.kind())
            .cause(error.detail().unwrap_or_default())
            .hint("`--plan json` shows what a template can use")
    })
}

/// `{{ }}` and `${ }` belong to the engines: a template has `[[ value ]]` and `[% if … %]`.
fn fill(name: &str, text: &str, document: &Document) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax
        .variable_delimiters("[[", "]]")
        .block_delimiters("[%", "%]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The languages have their own quotes.
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("yaml", |text: String| quote::yaml(&text));
    environment
        .add_filter("block", |text: String, indentation: usize| quote::block(&text, indentation));
    environment.add_filter("groovy", |text: String| quote::groovy(&text));
    environment.add_filter("comment", |text: String| quote::comment(&text));
    environment.add_filter("no_expression", |text: String| quote::no_expression(&text));
    environment.add_filter("no_variable", |text: String| quote::no_variable(&text));
    environment
        .add_filter("shell", |words: Vec<String>| quote::shell(words.iter().map(String::as_str)));
    environment.add_global("results", FOLDER);
    environment.template_from_named_str(name, text)?.render(Value::from(Serde(document)))
}
