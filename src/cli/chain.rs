//! `imgctl WORD…`: tasks from left to right, stopping at the first that fails.

use std::sync::Arc;

use super::check::brief;
use super::global::{OnError, SETTINGS};
use super::image_settings;
use super::meant;
use super::on_error::{self, Outcome, after_failure};
use super::setup::Session;
use crate::error::nearest;
use crate::report::{Level, Report};
use crate::run::{Choice, Run, progress};
use crate::script::check::Diagnostic;
use crate::script::program::Program;
use crate::script::shipped;
use crate::script::step_names::has_step;
use crate::script::{Arguments, Task, runner};
use crate::{Code, Error, Result};

/// A parsed word of the command line.
enum Word {
    Setting(Choice),
    Task(Task, Arguments),
}

pub fn run(session: &Session, words: &[String]) -> Result<u8> {
    let result = carry_out(session, words, "");
    match session.run.options.dry_run {
        true => session.run.tell_plan(result.is_ok()),
        false => session.run.ui.summary(),
    }
    end(session, &result).and(result)
}

/// As [`run`], for whoever records the result before [`end`]: killed in between, the chain continues and makes no
/// second image. A chain of another `round` begins anew.
pub fn carry_out(session: &Session, words: &[String], round: &str) -> Result<u8> {
    let run = &session.run;
    let (chain, programs) = parsed(session, words)?;
    progress::begin(run, words, scripts(run, round));
    run_all(session, &chain, programs)
}

/// The chain has ended with this result.
pub fn end(session: &Session, result: &Result<u8>) -> Result<()> {
    let is_interrupted = result.as_ref().is_err_and(|error| error.code() == Code::Interrupted);
    progress::end(&session.run, is_interrupted)
}

/// A digest of what the chain does, settings included: one that would do something else is not continued.
fn scripts(run: &Run, round: &str) -> String {
    let config = run.config.unexpanded();
    let beside = [("the round", round), ("the configuration", &config)];
    let beside = beside.map(|(name, text)| (name.to_owned(), text.to_owned()));
    shipped::digest(&run.options.project, beside.into())
}

fn run_all(session: &Session, chain: &[Word], programs: Vec<Program>) -> Result<u8> {
    let run = &session.run;
    // Each goes when it has run.
    let mut programs = programs.into_iter();
    for word in chain {
        match word {
            Word::Setting(words) => {
                run.choose(words);
                run.selection()?;
                if !progress::passes_over_word(run) {
                    progress::word_done(run)?;
                }
            }
            Word::Task(task, arguments) => {
                let Some(program) = programs.next() else { break };
                if progress::passes_over_word(run) {
                    continue;
                }
                match run_task(session, task, arguments, &program) {
                    Ok(()) => progress::word_done(run)?,
                    Err(failure) if run.ends_dry_run(&failure) => {
                        let message = "the dry run ends here: the next steps need the instance";
                        run.ui.log(Level::Info, message);
                        return Ok(0);
                    }
                    Err(failure) => return Err(failure),
                }
                if let Some(status) = run.exit_status().filter(|status| *status != 0) {
                    if session.on_error == OnError::Destroy {
                        let failure = Error::failed(format!("{} ended with {status}", task.name));
                        after_failure(session, &task.name, failure);
                    }
                    break;
                }
            }
        }
    }
    let status = run.exit_status().unwrap_or(0);
    Ok(u8::try_from(status).unwrap_or(1))
}

/// Runs a task, again and again where the user wants that after a failure: steps that are done are skipped, and
/// the script is read anew, since it may have been corrected.
fn run_task(
    session: &Session,
    task: &Task,
    arguments: &Arguments,
    program: &Program,
) -> Result<()> {
    let run = &session.run;
    let mut result = runner::run_compiled(run, program, &task.name);
    loop {
        let failure = match result {
            Ok(_) => return Ok(()),
            Err(failure) if run.ends_dry_run(&failure) => return Err(failure),
            Err(failure) => failure,
        };
        // At a breakpoint that was wanted already.
        if !run.takes_again()
            && let Outcome::Failed(failure) = on_error::failed(session, &task.name, failure, true)
        {
            return Err(failure);
        }
        progress::again(run);
        let task = Task::find(&run.options.project, &task.name);
        result =
            task.and_then(|task| runner::run_task(run, &Arc::default(), &task, arguments.clone()));
    }
}

/// Whether there is no task among the words, whose settings are chosen then.
///
/// # Errors
/// `Usage` for words that are neither.
pub fn only_settings(session: &Session, words: &[String]) -> Result<bool> {
    let run = &session.run;
    let is_setting = |word: &String| {
        let name = word.split(':').next().unwrap_or_default();
        SETTINGS.contains(&name)
    };
    if !words.iter().all(is_setting) {
        return Ok(false);
    }
    for word in words {
        if let Word::Setting(choice) = parse(run, word)? {
            run.choose(&choice);
        }
    }
    Ok(true)
}

/// `status --steps` is the task with its argument.
pub fn ask_for_steps(words: &mut [String]) -> Result<()> {
    let mut status = words.iter_mut().filter(|word| *word == "status").peekable();
    if status.peek().is_none() {
        return Err(Error::usage("`--steps` belongs to the task `status`")
            .hint("write `imgctl status --steps`"));
    }
    status.for_each(|word| word.push_str(":steps=true"));
    Ok(())
}

/// Fails for mistakes in the words and in the scripts they name, before anything is done.
pub fn check(session: &Session, words: &[String]) -> Result<()> {
    parsed(session, words).map(drop)
}

/// The words, and the compiled scripts of the tasks among them.
fn parsed(session: &Session, words: &[String]) -> Result<(Vec<Word>, Vec<Program>)> {
    let run = &session.run;
    let mut chain: Vec<Word> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let parsed = parse(run, word).map_err(|error| {
            match (at.checked_sub(1).and_then(|before| words.get(before)), chain.last()) {
                (Some(before), Some(Word::Task(..))) if word == "help" => {
                    super::error::help_behind(before)
                }
                (Some(before), Some(Word::Task(..))) => meant::word(before, word, error),
                _ => error,
            }
        })?;
        chain.push(parsed);
    }
    let programs = check_ahead(session, &chain)?;
    Ok((chain, programs))
}

/// Whether a task among the words asks for settings of the CI image.
pub fn reads_image_settings(run: &Run, words: &[String]) -> bool {
    words.iter().any(|word| match parse(run, word) {
        Ok(Word::Task(task, _)) => image_settings::are_read(&run.options.project, &task),
        _ => false,
    })
}

fn parse(run: &Run, word: &str) -> Result<Word> {
    let (name, text) = word.split_once(':').unwrap_or((word, ""));
    if let Some(position) = SETTINGS.iter().position(|setting| *setting == name) {
        if text.is_empty() {
            return Err(Error::usage(format!("`{word}` names no {name}"))
                .hint(format!("write `{name}:NAME`")));
        }
        let mut words = [None, None, None];
        words[position] = Some(text.to_string());
        let [cloud, region, distribution] = words;
        return Ok(Word::Setting(Choice { cloud, region, distribution }));
    }
    let task = Task::find(&run.options.project, name)
        .map_err(|error| {
            let meant = super::error::command_as_task(name);
            meant
                .or_else(|| super::error::nearest_command(&run.options.project, name))
                .unwrap_or(error)
        })
        .map_err(|error| meant::elsewhere(name, error))
        .map_err(|error| meant::script(name, error))
        .map_err(|error| meant_as_setting(name, text, error))?;
    Ok(Word::Task(task, Arguments::parse(text)?))
}

/// `clod:ec2` is more likely a setting than a task.
fn meant_as_setting(name: &str, text: &str, error: Error) -> Error {
    if let Some((head, value)) = name.split_once('=').filter(|(_, value)| !value.is_empty())
        && SETTINGS.contains(&head)
    {
        return error.hint(format!("write `{head}:{value}`"));
    }
    // `distro:debian12` is nearer to `destroy` than to `distribution`.
    let begins = |setting: &&&str| name.len() > 3 && name.get(..4) == setting.get(..4);
    match SETTINGS.iter().find(begins).copied().or_else(|| nearest(name, SETTINGS)) {
        Some(near) if !text.is_empty() => error.hint(format!("did you mean `{near}:{text}`?")),
        _ => error,
    }
}

/// Compiles every script and checks every setting before the first task runs, so that a typo in the
/// last word is reported at once.
fn check_ahead(session: &Session, chain: &[Word]) -> Result<Vec<Program>> {
    let Session { run, trees, .. } = session;
    let mut programs = Vec::new();
    let mut ahead = run.chosen();
    let mut from_found = false;
    let mut warnings = Vec::new();
    for word in chain {
        match word {
            Word::Setting(words) => ahead.add(words),
            Word::Task(task, arguments) => {
                let program = Program::compile(
                    run,
                    trees,
                    &task.name,
                    task.source.clone(),
                    arguments.clone(),
                    true,
                )?;
                program.check_arguments()?;
                warnings.extend(program.warnings.iter().cloned());
                from_found |= program.script().has_from_step;
                if let Some(from) = run.options.from.as_deref().filter(|_| program.runs_tasks()) {
                    let inner = Task::readable(&run.options.project);
                    from_found |= inner.iter().any(|task| has_step(&task.source.text, from));
                }
                programs.push(program);
                run.selection_for(&ahead)?;
                if image_settings::are_read(&run.options.project, task) {
                    run.check_ci_image_for(&ahead)?;
                }
            }
        }
        run.selection_for(&ahead)?;
    }
    Diagnostic::sort(&mut warnings);
    brief(&run.ui, &warnings, "imgctl check");
    match &run.options.from {
        Some(from) if !from_found => {
            Err(Error::usage(format!("no task of this command has a step called `{from}`"))
                .hint("pass the step's whole name to `--from`, as shown while it runs"))
        }
        _ => Ok(programs),
    }
}
