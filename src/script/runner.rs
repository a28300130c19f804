//! Running tasks and files, with the events that stand around them.

use std::sync::Arc;
use std::time::Instant;

use rhai::Dynamic;

use super::program::Program;
use super::shipped::Source;
use super::{Arguments, Task};
use crate::Result;
use crate::run::Run;

/// Runs a task as a word on the command line would.
pub fn run_task(run: &Arc<Run>, task: &Task, arguments: Arguments) -> Result<Dynamic> {
    run.within_task(&task.name, || {
        let program = Program::compile(run, &task.name, task.source.clone(), arguments, true)?;
        run_program(&program, &task.name)
    })
}

/// Runs a script and returns what it is worth, as text; none for nothing. The step journal knows it
/// by `name`.
pub fn run_source(
    run: &Arc<Run>,
    name: &str,
    source: Source,
    arguments: Arguments,
    journaled: bool,
) -> Result<Option<String>> {
    let program = Program::compile(run, name, source, arguments, journaled)?;
    let value = run_program(&program, name)?;
    if value.is_unit() { Ok(None) } else { program.text(value).map(Some) }
}

fn run_program(program: &Program, name: &str) -> Result<Dynamic> {
    program.check_arguments()?;
    let run = &program.script().run;
    let started = Instant::now();
    run.ui.task_started(name);
    let result = program.run();
    run.ui.task_finished(name, started.elapsed().as_secs_f64(), result.is_ok());
    result
}
