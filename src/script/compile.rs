//! From a script's text to a syntax tree that can be run.

use rhai::{AST, Engine, OptimizationLevel, Scope};

use super::check::parse_error;
use super::shipped::Source;
use super::sources::Sources;
use crate::Result;

/// Compiles a script's text, from its tree if it was read before.
pub fn compile(engine: &Engine, sources: &Sources, source: &Source) -> Result<AST> {
    let named = |mut ast: AST| {
        ast.set_source(&source.name);
        ast
    };
    let optimize = |ast: &AST| {
        named(engine.optimize_ast(&Scope::new(), ast.clone(), OptimizationLevel::Simple))
    };
    match sources.trees.optimized(source, optimize) {
        Some(ast) => Ok((*ast).clone()),
        None => engine
            .compile(&source.text)
            .map(named)
            .map_err(|error| parse_error(engine, &error, source)),
    }
}
