//! From a script's text to a syntax tree, with errors that carry their line.

use rhai::{AST, Engine};

use super::check;
use super::errors::{place, with_nearest};
use super::shipped::Source;
use crate::{Code, Error, Place, Result};

/// Compiles a script's text.
pub fn compile(engine: &Engine, source: &Source) -> Result<AST> {
    let mut ast =
        engine.compile(&source.text).map_err(|error| parse_error(engine, &error, source))?;
    ast.set_source(&source.name);
    Ok(ast)
}

pub fn parse_error(engine: &Engine, error: &rhai::ParseError, source: &Source) -> Error {
    let message = error.err_type().to_string();
    let place = place(&source.name, error.position());
    let place = place.unwrap_or_else(|| Place::file(&source.name).line(1)).quoting(&source.text);
    let error = Error::new(Code::Script, message.clone()).at(place.clone());
    let namespaces = check::namespaces(engine);
    let namespaces = namespaces.iter().map(String::as_str);
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        return with_nearest(error, name, namespaces);
    }
    match message.strip_prefix("Undefined module: ") {
        Some(name) => check::unknown_namespace(name, namespaces).at(place),
        None => error,
    }
}
