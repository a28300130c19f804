//! Builds the engine of one script, compiles and runs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope, Token};

use super::arguments::Arguments;
use super::context::Context;
use super::errors::{caught, operation_begins, with_nearest};
use super::resolver::Resolver;
use super::shipped::Source;
use super::{api, check};
use crate::{Code, Error, Result};

/// One script being run: what its API functions find behind the engine's tag.
#[derive(Clone)]
pub struct Run(Arc<RunInner>);

pub struct RunInner {
    pub context: Arc<Context>,
    /// `bootstrap`, or the file's path: the script's name in the step journal.
    pub script: String,
    /// `scripts/bootstrap.rhai`: what errors and fingerprints know its text by.
    pub source_name: String,
    pub arguments: Arguments,
    pub resolver: Arc<Resolver>,
    /// False for code from the command line, whose steps have no lasting name.
    pub journaled: bool,
    /// Whether this script is the one with the step that `--from` names.
    pub has_from_step: bool,
    /// Whether that step has come up.
    from_reached: AtomicBool,
}

impl RunInner {
    /// True from the step that `--from` names onwards.
    pub fn reached(&self, from: &str, step: &str) -> bool {
        if step == from {
            self.from_reached.store(true, Ordering::Relaxed);
        }
        self.from_reached.load(Ordering::Relaxed)
    }
}

impl std::ops::Deref for Run {
    type Target = RunInner;
    fn deref(&self) -> &RunInner {
        &self.0
    }
}

/// A script that compiled, with the engine that runs it.
pub struct Program {
    engine: Engine,
    ast: AST,
    source: Source,
    run: Run,
}

impl Program {
    /// Compiles a script and checks every name in it, so that a typo shows before anything runs.
    pub fn compile(
        context: &Arc<Context>,
        script: &str,
        source: Source,
        arguments: Arguments,
        journaled: bool,
    ) -> Result<Program> {
        let resolver = Arc::new(Resolver::new(context.options.project.clone()));
        resolver.remember(&source);
        let from = context.options.from.as_deref();
        let run = Run(Arc::new(RunInner {
            context: context.clone(),
            script: script.to_string(),
            source_name: source.name.clone(),
            arguments,
            resolver: resolver.clone(),
            journaled,
            has_from_step: from.is_some_and(|from| has_step(&source.text, from)),
            from_reached: AtomicBool::new(false),
        }));
        let engine = engine(&run);
        let ast = compile(&engine, &source)?;
        let program = Program { engine, ast, source, run };
        check::check(&program.engine, &program.ast, &program.source)?;
        Ok(program)
    }

    /// Runs it from top to bottom; its last value is the result.
    pub fn run(&self) -> Result<Dynamic> {
        let mut scope = Scope::new();
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.ast);
        result.map_err(|error| caught(error, &self.source.name))
    }

    /// A value as `print` shows it.
    pub fn text(&self, value: Dynamic) -> Result<String> {
        let mut scope = Scope::new();
        scope.push_dynamic("value", value);
        let text = self.engine.eval_expression_with_scope(&mut scope, "`${value}`");
        text.map_err(|error| caught(error, &self.source.name))
    }

    #[must_use]
    pub fn context(&self) -> &Arc<Context> {
        &self.run.context
    }

    /// Whether it runs other tasks, whose steps `--from` may name.
    #[must_use]
    pub fn runs_tasks(&self) -> bool {
        check::uses_namespace(&self.ast, "task")
    }

    #[must_use]
    pub fn handle(&self) -> &Run {
        &self.run
    }

    /// Arguments that the script will refuse are refused before anything runs.
    pub fn check_arguments(&self) -> Result<()> {
        let arguments = &self.run.arguments;
        if let Some((required, optional)) = check::declared_arguments(&self.ast) {
            let parsed = api::args::parse(&self.run.script, arguments, &required, &optional);
            return parsed.map(drop).map_err(|error| caught(error, &self.source.name));
        }
        if arguments.text.is_empty() || check::uses_namespace(&self.ast, "args") {
            return Ok(());
        }
        Err(Error::usage(format!(
            "{} takes no arguments, but was given `{}`",
            self.run.script, arguments.text
        )))
    }
}

/// Whether a script's text has a step of that name, written out.
#[must_use]
pub fn has_step(text: &str, name: &str) -> bool {
    let written = format!("\"{name}\"");
    text.match_indices(&written).any(|(at, _)| text[..at].trim_end().ends_with("step("))
}

/// Compiles a text; the error carries its line.
pub fn compile(engine: &Engine, source: &Source) -> Result<AST> {
    let mut ast = engine.compile(&source.text).map_err(|error| parse_error(&error, source))?;
    ast.set_source(&source.name);
    Ok(ast)
}

fn parse_error(error: &rhai::ParseError, source: &Source) -> Error {
    let line = error.position().line().unwrap_or(1);
    let message = error.err_type().to_string();
    let place = format!("{}:{line}", source.name);
    let error = Error::new(Code::Script, message.clone()).at(place.clone());
    let namespaces = api::NAMESPACES.iter().map(|(name, _)| *name);
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        return with_nearest(error, name, namespaces);
    }
    match message.strip_prefix("Undefined module: ") {
        Some(name) => check::unknown_namespace(name, namespaces).at(place),
        None => error,
    }
}

/// An engine with every namespace, bound to one run.
pub fn engine(run: &Run) -> Engine {
    let mut engine = bare_engine();
    engine.set_default_tag(Dynamic::from(run.clone()));
    engine.set_module_resolver(run.resolver.clone().as_resolver());
    let cancel = run.context.watch.cancel.clone();
    engine.on_progress(move |_| {
        operation_begins();
        cancel.is_cancelled().then_some(Dynamic::UNIT)
    });
    let ui = run.context.ui.clone();
    engine.on_print(move |text| ui.print(text));
    let report = run.context.watch.report.clone();
    engine.on_debug(move |text, source, position| {
        let line = position.line().unwrap_or_default();
        let place = format!("{}:{line}", source.unwrap_or_default());
        report.log(crate::report::Level::Debug, &format!("{place} {text}"));
    });
    engine
}

/// The language and its namespaces, bound to nothing: what the checker and the reference need.
#[must_use]
pub fn bare_engine() -> Engine {
    let mut engine = Engine::new();
    engine
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_expr_depths(128, 128)
        .set_max_call_levels(64);
    // `package` is reserved for a future Rhai, and is what the package module is called. `debug` is
    // a function of the language, and would otherwise be no name for `log::debug`.
    #[expect(deprecated, reason = "rhai marks it as volatile, not as going away")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "package" || *word == "debug" => Token::Identifier(word),
        other => other,
    });
    // An error of the language comes as a map of its own; scripts ask every error for the same.
    engine.on_map_missing_property(|map, property, _| {
        let of_the_language = map.contains_key("error") && map.contains_key("line");
        match property {
            "code" if of_the_language => Ok(Dynamic::from("script").into()),
            "hint" if of_the_language => Ok(Dynamic::from("").into()),
            _ => {
                let nowhere = rhai::Position::NONE;
                Err(EvalAltResult::ErrorPropertyNotFound(property.to_string(), nowhere).into())
            }
        }
    });
    api::register(&mut engine);
    engine
}
