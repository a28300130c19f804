//! Evaluates the lines of a console, one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::{Caches, Dynamic, Engine, EvalAltResult, GlobalRuntimeState, ImmutableString, Scope};
use tokio_util::sync::CancellationToken;

use super::tools::Tools;
use crate::script::api::room;
use crate::script::check::{lenient, parse_error};
use crate::script::errors::caught;
use crate::script::running::Script;
use crate::script::shipped::Source;
use crate::script::unknown;
use crate::{Error, Result};

/// Where lines are evaluated: what they define stays.
pub struct Place<'p, 's> {
    pub scope: &'p mut Scope<'s>,
    pub global: &'p mut GlobalRuntimeState,
}

pub struct Evaluator {
    script: Script,
    tools: Tools,
    /// Reads lines. Names that an earlier line has defined are unknown to it, and no mistake.
    pub reader: Engine,
    count: usize,
    /// Why there is no variable `host`.
    pub no_host: Option<Error>,
}

impl Evaluator {
    pub fn new(script: &Script, tools: Tools) -> Evaluator {
        let mut reader = (tools.bare)();
        lenient(&mut reader);
        Evaluator { script: script.clone(), tools, reader, count: 0, no_host: None }
    }

    /// The value of a text. `cancel` ends it, and nothing else.
    ///
    /// # Errors
    /// Those of the text, with their place in it.
    pub fn evaluate(
        &mut self,
        text: &str,
        place: &mut Place<'_, '_>,
        cancel: CancellationToken,
    ) -> Result<Dynamic> {
        self.count += 1;
        self.evaluate_as(format!("repl[{}]", self.count), text, place, cancel)
    }

    /// As [`Evaluator::evaluate`], of a text that nobody has typed.
    pub fn evaluate_as(
        &self,
        name: String,
        text: &str,
        place: &mut Place<'_, '_>,
        cancel: CancellationToken,
    ) -> Result<Dynamic> {
        let source = Source { name: name.clone(), text: text.to_owned(), path: None };
        self.script.sources.remember(&source);
        let mut ast =
            self.reader.compile(text).map_err(|it| parse_error(&self.reader, &it, &source))?;
        ast.set_source(&name);
        let script = self.script.until(cancel);
        // An engine is bound to what interrupts it.
        let engine = (self.tools.engine)(&script, &script.run.config.limits()?);
        let Place { scope, global } = place;
        let (around, tag) = (global.source.take(), global.tag.clone());
        global.source = Some(name.as_str().into());
        global.tag = Dynamic::from(script);
        if ast.has_functions() {
            // Of several functions of a name the last one counts.
            global.lib.push(ast.shared_lib().clone());
        }
        let (statements, known) = (ast.statements(), scope.len());
        let work = || {
            #[expect(deprecated, reason = "nothing else keeps what a text imports")]
            engine.eval_statements_raw(global, &mut Caches::new(), scope, statements)
        };
        let result = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => match (result, room::take_exceeded()) {
                (Ok(_), Some(error)) => Err(error),
                (result, _) => result.map_err(|error| self.caught(error, &name)),
            },
            Err(payload) => Err(Error::panicked(&*payload)),
        };
        (global.source, global.tag) = (around, tag);
        keep_constants(scope, known, global);
        result.map(|value| value.flatten_clone())
    }

    fn caught(&self, error: Box<EvalAltResult>, name: &str) -> Error {
        let is_host = |it: &EvalAltResult| matches!(it, EvalAltResult::ErrorVariableNotFound(name, _) if name == "host");
        let why = self.no_host.clone().filter(|_| is_host(error.unwrap_inner()));
        let unknown = unknown::function(&error, name).map(str::to_owned);
        let error = caught(error, name).quoting(|name| self.script.sources.text(name));
        let error = match unknown {
            Some(unknown) => error.hint(unknown::cure(&unknown, &[], &(self.tools.names)())),
            None => error,
        };
        match why {
            Some(why) => error.place().cloned().into_iter().fold(why, Error::at),
            None => error,
        }
    }
}

/// Functions reach constants as `global::NAME`. The engine itself keeps only those that are defined where there are
/// functions already.
fn keep_constants(scope: &Scope<'_>, known: usize, global: &mut GlobalRuntimeState) {
    // The newest come first, and of several with one name the newest counts.
    let new = scope.iter_raw().take(scope.len().saturating_sub(known));
    let mut new: Vec<(ImmutableString, Dynamic)> = new
        .filter(|(_, is_constant, _)| *is_constant)
        .map(|(name, _, value)| (name.into(), value.flatten_clone()))
        .collect();
    new.reverse();
    if new.is_empty() {
        return;
    }
    if let Ok(mut constants) = global.constants.get_or_insert_with(Default::default).write() {
        constants.extend(new);
    }
}
