//! `imgctl WORD…`: tasks from left to right, stopping at the first that fails.

use std::process::ExitCode;

use super::arguments::OnError;
use super::setup::Session;
use crate::error::nearest;
use crate::report::{Level, Report};
use crate::script::engine::Program;
use crate::script::{Arguments, Context, Task, Words, runner};
use crate::{Code, Error, Result};

/// A word, understood.
enum Word {
    Setting(Words),
    Task(Task, Arguments),
}

/// The words that are settings, and where each goes.
pub(super) const SETTINGS: [&str; 3] = ["cloud", "region", "distribution"];

pub fn run(session: &Session, words: &[String]) -> Result<ExitCode> {
    let context = &session.context;
    let mut chain = words.iter().map(|word| parse(context, word)).collect::<Result<Vec<_>>>()?;
    if !chain.iter().any(|word| matches!(word, Word::Task(..))) {
        let help = Task::find(&context.options.project, "help")?;
        chain.push(Word::Task(help, Arguments::default()));
    }
    check_ahead(context, &chain)?;
    for word in &chain {
        match word {
            Word::Setting(words) => {
                context.choose(words);
                context.selection()?;
            }
            Word::Task(task, arguments) => {
                let result = runner::run_task(context, task, arguments.clone());
                if let Err(failure) = result {
                    return Err(after_failure(session, task, failure));
                }
            }
        }
    }
    let status = context.exit_status().unwrap_or(0);
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

fn parse(context: &Context, word: &str) -> Result<Word> {
    let (name, text) = word.split_once(':').unwrap_or((word, ""));
    if let Some(position) = SETTINGS.iter().position(|setting| *setting == name) {
        if text.is_empty() {
            return Err(Error::usage(format!("`{word}` names no {name}"))
                .hint(format!("write `{name}:NAME`")));
        }
        let mut words = [None, None, None];
        words[position] = Some(text.to_string());
        let [cloud, region, distribution] = words;
        return Ok(Word::Setting(Words { cloud, region, distribution }));
    }
    let task = Task::find(&context.options.project, name)
        .map_err(|error| super::error::command_as_task(name).unwrap_or(error))
        .map_err(|error| meant_as_setting(name, text, error))?;
    Ok(Word::Task(task, Arguments::parse(text)?))
}

/// `clod:ec2` is more likely a setting than a task.
fn meant_as_setting(name: &str, text: &str, error: Error) -> Error {
    match nearest(name, SETTINGS) {
        Some(near) if !text.is_empty() => error.hint(format!("did you mean `{near}:{text}`?")),
        _ => error,
    }
}

/// Compiles every script and tries every setting before the first task runs: a typo in the last
/// word must not show after an hour.
fn check_ahead(context: &std::sync::Arc<Context>, chain: &[Word]) -> Result<()> {
    let mut ahead = context.words();
    let mut from_found = false;
    for word in chain {
        match word {
            Word::Setting(words) => ahead.add(words),
            Word::Task(task, arguments) => {
                let program = Program::compile(
                    context,
                    &task.name,
                    task.source.clone(),
                    arguments.clone(),
                    true,
                )?;
                program.check_arguments()?;
                from_found |= program.handle().has_from_step;
            }
        }
        context.selection_for(&ahead)?;
    }
    match &context.options.from {
        Some(from) if !from_found => {
            Err(Error::usage(format!("no task of this command has a step called `{from}`"))
                .hint("`--from` takes a step's whole name, as it is shown while it runs"))
        }
        _ => Ok(()),
    }
}

/// What `--on-error` asks for; the failure itself stays the error.
fn after_failure(session: &Session, task: &Task, failure: Error) -> Error {
    let context = &session.context;
    let has_something = context.store.document().is_some_and(|d| !d.resources.is_empty());
    // What was asked for wrongly has nothing to do with the instance.
    let unrelated = failure.code() == Code::Usage && session.on_error == OnError::Keep;
    if !has_something || unrelated || context.options.dry_run || task.name == "destroy" {
        return failure;
    }
    let destroy = match session.on_error {
        OnError::Keep => false,
        OnError::Destroy => true,
        OnError::Ask if failure.code() == Code::Interrupted => false,
        OnError::Ask => {
            context.ui.error(&failure);
            match context.ui.confirm("destroy the instance?", false) {
                Ok(answer) => answer,
                Err(error) => {
                    context.ui.error(&error);
                    false
                }
            }
        }
    };
    if destroy {
        context.ui.log(Level::Info, "cleaning up, as --on-error says");
        return match crate::script::instances::clean_up(context) {
            Ok(_) => failure,
            Err(error) => {
                context.ui.error(&error);
                failure.hint("the clean-up failed too: `imgctl destroy` tries again")
            }
        };
    }
    context.ui.log(
        Level::Info,
        "the instance is kept: `imgctl ssh` looks at it, the same command continues at the failed \
         step, `imgctl destroy` removes it",
    );
    failure
}
