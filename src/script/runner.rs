//! Runs tasks and files, and reports when they start and finish.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rhai::Dynamic;

use super::check::Diagnostic;
use super::program::Program;
use super::reads::Reads;
use super::shipped::Source;
use super::trees::Trees;
use super::{Arguments, Task};
use crate::report::{Level, Report};
use crate::run::Run;
use crate::{Error, Result};

/// Runs a task as a word on the command line would.
pub fn run_task(
    run: &Arc<Run>,
    trees: &Arc<Trees>,
    task: &Task,
    arguments: Arguments,
) -> Result<Dynamic> {
    run_task_within(run, trees, task, arguments, None)
}

/// As [`run_task`], for another script: what the task reads is read by that one's step as well.
pub fn run_task_within(
    run: &Arc<Run>,
    trees: &Arc<Trees>,
    task: &Task,
    arguments: Arguments,
    within: Option<&Arc<Reads>>,
) -> Result<Dynamic> {
    run.within_task(&task.name, || {
        let (name, source) = (&task.name, task.source.clone());
        let program = Program::compile_within(run, trees, name, source, arguments, true, within)?;
        run_program(&program, &task.name)
    })
}

/// As [`run_task`], for a task that was compiled before.
pub fn run_compiled(run: &Run, program: &Program, name: &str) -> Result<Dynamic> {
    run.within_task(name, || run_program(program, name))
}

/// Runs a script and returns its value as text, if it has one. Its steps are recorded under `name`, if
/// `records_steps`. Before it runs, `tell` gets what is most likely not meant in it.
pub fn run_source(
    run: &Arc<Run>,
    name: &str,
    source: Source,
    arguments: Arguments,
    records_steps: bool,
    tell: &dyn Fn(&[Diagnostic]),
) -> Result<Option<String>> {
    let trees = Arc::default();
    let program = Program::compile(run, &trees, name, source, arguments, records_steps)?;
    tell(&program.warnings);
    let value = run_program(&program, name)?;
    if value.is_unit() { Ok(None) } else { program.text(value).map(Some) }
}

fn run_program(program: &Program, name: &str) -> Result<Dynamic> {
    program.check_arguments()?;
    let run = &program.script().run;
    let started = Instant::now();
    run.store.tell(name);
    run.ui.subject(|| run.subject());
    run.ui.task_started(name);
    // A defect of imgctl ends the task like any other error.
    let result = catch_unwind(AssertUnwindSafe(|| program.run()))
        .unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
    run.ui.subject(|| run.subject());
    // A plan that ends at what does not exist yet has not failed, nor has what is left to be read anew.
    let is_no_failure = |error: &Error| run.ends_dry_run(error) || run.is_to_begin_again();
    let is_ok = result.as_ref().map_or_else(is_no_failure, |_| true);
    if result.is_err() && run.is_to_begin_again() {
        run.ui.log(Level::Info, &format!("`{name}` is read anew"));
    }
    run.ui.task_finished(name, started.elapsed().as_secs_f64(), is_ok);
    result
}
