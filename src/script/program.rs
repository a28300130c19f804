//! A script that was compiled and checked, ready to run.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};

use super::arguments::Arguments;
use super::check::{Diagnostic, as_error};
use super::compile::compile;
use super::engine::{engine, keep_functions_apart};
use super::errors::caught;
use super::reads::Reads;
use super::running::{Script, ScriptInner};
use super::shipped::Source;
use super::sources::Sources;
use super::trees::Trees;
use super::{check, declared};
use crate::run::Run;
use crate::{Error, Result};

/// A compiled script, with the engine that runs it.
pub struct Program {
    engine: Engine,
    ast: AST,
    source: Source,
    script: Script,
    /// What is most likely not meant.
    pub warnings: Vec<Diagnostic>,
}

impl Program {
    /// Compiles a script and checks every name in it, so that a typo shows before anything runs.
    /// `records_steps`: whether the steps that are done are kept in the state file.
    pub fn compile(
        run: &Arc<Run>,
        trees: &Arc<Trees>,
        name: &str,
        source: Source,
        arguments: Arguments,
        records_steps: bool,
    ) -> Result<Program> {
        Program::compile_within(run, trees, name, source, arguments, records_steps, None)
    }

    /// As [`Program::compile`], of a script that runs within another one.
    pub fn compile_within(
        run: &Arc<Run>,
        trees: &Arc<Trees>,
        name: &str,
        source: Source,
        arguments: Arguments,
        records_steps: bool,
        within: Option<&Arc<Reads>>,
    ) -> Result<Program> {
        let sources = Arc::new(Sources::sharing(trees));
        sources.remember(&source);
        let from = run.options.from.as_deref();
        let script = Script::new(ScriptInner {
            run: run.clone(),
            name: name.to_string(),
            source_name: source.name.clone(),
            arguments,
            sources,
            reads: Reads::of_script(within),
            records_steps,
            has_from_step: from.is_some_and(|from| has_step(&source.text, from)),
            from_reached: Arc::new(AtomicBool::new(false)),
        });
        let mut engine = engine(&script, &run.config.limits()?);
        let project = &run.options.project;
        let sources = &script.sources;
        let found = check::script(&mut engine, project, sources, Some(&run.config), &source);
        if let Some(error) = as_error(&found) {
            return Err(error);
        }
        let ast = compile(&engine, sources, &source)?;
        // What `eval` is given may import as well.
        if ["import", "eval"].iter().any(|word| source.text.contains(word)) {
            keep_functions_apart(&mut engine);
        }
        sources.are_around();
        Ok(Program { engine, ast, source, script, warnings: found })
    }

    /// Runs it from top to bottom; its last value is the result.
    pub fn run(&self) -> Result<Dynamic> {
        let mut scope = Scope::new();
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.ast);
        result.map_err(|error| self.caught(error))
    }

    /// A value as `print` would show it.
    pub fn text(&self, value: Dynamic) -> Result<String> {
        let mut scope = Scope::new();
        scope.push_dynamic("value", value);
        let text = self.engine.eval_expression_with_scope(&mut scope, "`${value}`");
        text.map_err(|error| self.caught(error))
    }

    /// The error with the line of the script that it comes from.
    fn caught(&self, error: Box<EvalAltResult>) -> Error {
        let error = caught(error, &self.source.name);
        error.quoting(|name| self.script.sources.text(name))
    }

    /// Whether it runs other tasks, whose steps `--from` may name.
    #[must_use]
    pub fn runs_tasks(&self) -> bool {
        check::uses_namespace(&self.ast, "task")
    }

    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Refuses arguments that the script does not take, before anything runs.
    pub fn check_arguments(&self) -> Result<()> {
        let arguments = &self.script.arguments;
        if let Some((required, optional)) = declared::find(&self.ast) {
            let parsed = declared::parse(&self.script.name, arguments, &required, &optional);
            return parsed.map(drop).map_err(|error| self.caught(error));
        }
        if arguments.text.is_empty() || check::uses_namespace(&self.ast, "args") {
            return Ok(());
        }
        Err(Error::usage(format!(
            "{} takes no arguments, but was given `{}`",
            self.script.name, arguments.text
        )))
    }
}

/// Whether a script's text has a step whose name is written as this literal.
#[must_use]
pub fn has_step(text: &str, name: &str) -> bool {
    let written = format!("\"{name}\"");
    text.match_indices(&written).any(|(at, _)| text[..at].trim_end().ends_with("step("))
}
