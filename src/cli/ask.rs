//! `--on-error ask`: what a person at the terminal wants after a failure.

use super::repl;
use super::setup::Session;
use crate::report::{Level, Report};
use crate::run::access::target;
use crate::script::repl::alone::At;
use crate::{Code, Error, Result};

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Again,
    Keep,
    Destroy,
}

/// One of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Next(Next),
    Console,
    Repl,
}

/// Shows the failure and asks until something other than the console is wanted. Where nobody can be asked, with
/// `--yes`, and after Ctrl-C, everything is kept.
///
/// # Errors
/// `Interrupted` for Ctrl-C at the question.
pub fn ask(session: &Session, task: &str, failure: &Error, can_repeat: bool) -> Result<Next> {
    let ui = &session.run.ui;
    if failure.code() == Code::Interrupted || !ui.interactive() || ui.assumes_yes() {
        return Ok(Next::Keep);
    }
    ui.error_in_passing(failure);
    let role = role(session, task);
    let mut answers = Vec::new();
    if can_repeat {
        answers.push(("retry", "this step again", Answer::Next(Next::Again)));
    }
    if role.is_some() {
        answers.push(("console", "a shell on the instance", Answer::Console));
        answers.push(("script", "lines of a script: `host` is the instance", Answer::Repl));
    }
    answers.push(("keep", "what exists, and end", Answer::Next(Next::Keep)));
    answers.push(("destroy", "everything, and end", Answer::Next(Next::Destroy)));
    let shown: Vec<(&str, &str)> = answers.iter().map(|(name, about, _)| (*name, *about)).collect();
    loop {
        match ui.choose("what now?", &shown).map(|at| answers[at].2) {
            Ok(Answer::Next(next)) => return Ok(next),
            Ok(Answer::Console) => {
                if let Err(error) = console(session, role.unwrap_or_default()) {
                    ui.error_in_passing(&error);
                }
            }
            Ok(Answer::Repl) => {
                ui.log(Level::Info, "Ctrl-D leads back to the question");
                if let Err(error) =
                    repl::open(session, &At::Role(role.unwrap_or_default().to_owned()))
                {
                    ui.error_in_passing(&error);
                }
            }
            Err(error) if error.code() == Code::Interrupted => return Err(error),
            Err(error) => {
                ui.error_in_passing(&error);
                return Ok(Next::Keep);
            }
        }
    }
}

/// The instance to look at: the one that is tested, else the one that is built.
fn role(session: &Session, task: &str) -> Option<&'static str> {
    let document = session.run.store.document()?;
    let exists = |role: &&&str| {
        document.instances.get(**role).is_some_and(|it| it.id.is_some() && !it.sealed)
    };
    let roles: &[&str] = if task == "verify_image" { &["verify"] } else { &["build", "verify"] };
    roles.iter().find(exists).copied()
}

/// A login shell on the instance, in this terminal.
fn console(session: &Session, role: &str) -> Result<()> {
    let run = &session.run;
    let reached = target::reach(run, role)?;
    run.ui.log(Level::Info, "the shell of the instance: `exit` leads back to the question");
    let status = reached.remote().shell(None, &run.watch)?;
    run.ui.log(Level::Info, &format!("the shell has ended with {status}"));
    Ok(())
}
