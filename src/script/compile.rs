//! From a script's text to a syntax tree that can be run.

use rhai::{AST, Engine, OptimizationLevel, Scope};

use super::check::parse_error;
use super::shipped::Source;
use super::sources::Sources;
use crate::Result;

/// Compiles a script's text, from its tree if it was read before.
pub fn compile(engine: &Engine, sources: &Sources, source: &Source) -> Result<AST> {
    let mut ast = match sources.trees.known(source) {
        Some(ast) => engine.optimize_ast(&Scope::new(), (*ast).clone(), OptimizationLevel::Simple),
        None => {
            engine.compile(&source.text).map_err(|error| parse_error(engine, &error, source))?
        }
    };
    ast.set_source(&source.name);
    Ok(ast)
}
