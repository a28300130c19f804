//! A script that was compiled and checked, ready to run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};

use super::api::room;
use super::arguments::Arguments;
use super::check::{Diagnostic, as_error};
use super::compile::compile;
use super::engine::{bare_engine, engine};
use super::errors::{caught, is_exit, place};
use super::reads::Reads;
use super::repl::Tools;
use super::running::{Script, ScriptInner};
use super::shipped::Source;
use super::sources::Sources;
use super::step_names::has_step;
use super::trees::Trees;
use super::{check, debugging, declared, docs, unknown};
use crate::config::Limits;
use crate::run::Run;
use crate::ssh::shortened;
use crate::{Code, Error, Result};

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
        let _turn = trees.turns.take();
        let mut engine = engine(&script, &run.config.limits()?);
        let project = &run.options.project;
        let found = check::script_once(&mut engine, project, &script.sources, &run.config, &source);
        if let Some(error) = as_error(&found) {
            return Err(error);
        }
        let mut program = Program::checked(engine, script, source)?;
        program.warnings = found;
        Ok(program)
    }

    /// The same script with an engine of its own, for another run.
    pub fn again(&self, run: &Arc<Run>) -> Result<Program> {
        let script = Script::new(ScriptInner {
            run: run.clone(),
            name: self.script.name.clone(),
            source_name: self.source.name.clone(),
            arguments: Arguments::default(),
            sources: self.script.sources.clone(),
            reads: Reads::of_script(None),
            records_steps: false,
            has_from_step: false,
            from_reached: Arc::new(AtomicBool::new(false)),
        });
        let engine = engine(&script, &run.config.limits()?);
        Program::checked(engine, script, self.source.clone())
    }

    fn checked(mut engine: Engine, script: Script, source: Source) -> Result<Program> {
        let ast = compile(&engine, &script.sources, &source)?;
        // What `eval` is given may import and catch as well, and modules may have breakpoints.
        if ["import", "eval", "breakpoint", "catch"].iter().any(|word| source.text.contains(word)) {
            debugging::watch(&mut engine, TOOLS);
        }
        script.sources.are_around();
        Ok(Program { engine, ast, source, script, warnings: Vec::new() })
    }

    /// Runs it from top to bottom; its last value is the result.
    pub fn run(&self) -> Result<Dynamic> {
        let mut scope = Scope::new();
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.ast);
        let value = whole(result.map_err(|error| self.caught(error)))?;
        self.has_reached_from().map(|()| value)
    }

    /// Whether the step that `--from` names has been there: one in a branch may be left out.
    fn has_reached_from(&self) -> Result<()> {
        let from = self.script.run.options.from.as_deref().filter(|_| self.script.has_from_step);
        match from.filter(|_| !self.script.from_reached.load(Ordering::Relaxed)) {
            None => Ok(()),
            Some(from) => Err(Error::usage(format!(
                "{} did not come to its step `{from}`, so no step was run",
                self.script.name
            ))
            .hint("pass to `--from` a step that is shown here without it, or omit `--from`")),
        }
    }

    /// The functions `test_*`, in the order in which they are written.
    pub fn tests(&self) -> Result<Vec<String>> {
        let mut tests = Vec::new();
        for function in self.ast.iter_fn_def().filter(|it| it.name.starts_with("test_")) {
            let at = function.body.start_position();
            if !function.params.is_empty() {
                let message = format!("the test {} takes arguments", function.name);
                let error = Error::new(Code::Script, message)
                    .hint("a test has none: call a function of another name with them");
                let place = place(&self.source.name, at);
                return Err(place
                    .map(|it| it.quoting(&self.source.text))
                    .into_iter()
                    .fold(error, Error::at));
            }
            tests.push((at, function.name.to_string()));
        }
        tests.sort_by_key(|(at, _)| *at);
        Ok(tests.into_iter().map(|(_, name)| name).collect())
    }

    /// Runs the script, then this function of it.
    pub fn call(&self, function: &str) -> Result<()> {
        let mut scope = Scope::new();
        let result = self.engine.call_fn::<Dynamic>(&mut scope, &self.ast, function, ());
        match result {
            Ok(_) => whole(Ok(())),
            Err(error) if is_exit(&error) => {
                Err(Error::failed(format!("{function} ends with `exit`"))
                    .hint("a test ends at its last line, or by what it asserts"))
            }
            Err(error) => Err(self.caught(error)),
        }
    }

    /// A value as `print` would show it.
    pub fn text(&self, value: Dynamic) -> Result<String> {
        let mut scope = Scope::new();
        scope.push_dynamic("value", value);
        let text = self.engine.eval_expression_with_scope(&mut scope, "`${value}`");
        whole(text.map_err(|error| self.caught(error)))
    }

    /// The error with the line of the script that it comes from.
    fn caught(&self, error: Box<EvalAltResult>) -> Error {
        let unknown = unknown::function(&error, &self.source.name).map(str::to_owned);
        let error = caught(error, &self.source.name);
        let error = error.quoting(|name| self.script.sources.text(name));
        let Some(name) = unknown else { return error };
        let own: Vec<_> = self.ast.iter_functions().map(unknown::own).collect();
        error.hint(unknown::cure(&name, &own, &docs::names()))
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
            let (name, file) = (&self.script.name, &self.source.name);
            let parsed = declared::parse(name, file, arguments, &required, &optional);
            return parsed.map(drop).map_err(|error| self.caught(error));
        }
        if arguments.text.is_empty() || check::uses_namespace(&self.ast, "args") {
            return Ok(());
        }
        let given = shortened(&arguments.text);
        let name = &self.script.name;
        let error = Error::usage(format!("{name} takes no arguments, but was given `{given}`"));
        let first = arguments.text.split(' ').next().unwrap_or_default();
        let is_setting =
            ["cloud:", "region:", "distribution:"].iter().any(|it| first.starts_with(it));
        Err(match arguments.are_words && is_setting {
            true => error
                .hint(format!("what follows the script is its own: write `imgctl {first} run …`")),
            false => error,
        })
    }
}

/// A result that was made of whole texts, or the error that says why one was left out.
fn whole<T>(result: Result<T>) -> Result<T> {
    match (result, room::take_exceeded()) {
        (Ok(_), Some(error)) => Err(error),
        (result, _) => result,
    }
}

/// What consoles in scripts need.
pub const TOOLS: Tools = Tools {
    engine: watched,
    bare: bare_engine,
    entries: docs::entries,
    names: docs::names,
    language: docs::of_language,
};

/// An engine whose scripts have breakpoints, and modules that are kept apart.
fn watched(script: &Script, limits: &Limits) -> Engine {
    let mut engine = engine(script, limits);
    debugging::watch(&mut engine, TOOLS);
    engine
}
