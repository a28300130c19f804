//! Running tasks and files, with the events that stand around them.

use std::sync::Arc;
use std::time::Instant;

use rhai::Dynamic;

use super::engine::Program;
use super::shipped::Source;
use super::{Arguments, Context, Task};
use crate::Result;

/// Runs a task as a word on the command line would.
pub fn run_task(context: &Arc<Context>, task: &Task, arguments: Arguments) -> Result<Dynamic> {
    context.within_task(&task.name, || {
        let program = Program::compile(context, &task.name, task.source.clone(), arguments, true)?;
        run_program(&program, &task.name)
    })
}

/// Runs a script and returns what it is worth, as text; none for nothing. The step journal knows it
/// by `name`.
pub fn run_source(
    context: &Arc<Context>,
    name: &str,
    source: Source,
    arguments: Arguments,
    journaled: bool,
) -> Result<Option<String>> {
    let program = Program::compile(context, name, source, arguments, journaled)?;
    let value = run_program(&program, name)?;
    if value.is_unit() { Ok(None) } else { program.text(value).map(Some) }
}

fn run_program(program: &Program, name: &str) -> Result<Dynamic> {
    program.check_arguments()?;
    let context = program.context();
    let started = Instant::now();
    context.ui.task_started(name);
    let result = program.run();
    context.ui.task_finished(name, started.elapsed().as_secs_f64(), result.is_ok());
    result
}
