//! Texts that cannot be read as scripts.

use std::path::Path;

use rhai::Engine;

use super::quick::{namespaces, unknown_namespace};
use crate::script::errors::{place, with_nearest};
use crate::script::shipped::Source;
use crate::{Code, Error, Place};

pub fn parse_error(engine: &Engine, error: &rhai::ParseError, source: &Source) -> Error {
    let message = error.err_type().to_string();
    let place = place(&source.name, error.position());
    let place = place.unwrap_or_else(|| Place::file(&source.name).line(1)).quoting(&source.text);
    let error = Error::new(Code::Script, message.clone()).at(place.clone());
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        let namespaces = namespaces(engine);
        return with_nearest(error, name, namespaces.iter().map(String::as_str));
    }
    if let Some(name) = message.strip_prefix("Undefined module: ") {
        let namespaces = namespaces(engine);
        return unknown_namespace(name, namespaces.iter().map(String::as_str)).at(place);
    }
    let path = source.path.as_deref();
    match path.filter(|path| path.extension().is_some_and(|extension| extension != "rhai")) {
        Some(path) => error.hint(format!("{} was read as a script of Rhai", name(path))),
        None => error,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}
