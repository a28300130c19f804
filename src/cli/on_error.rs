//! What happens to the instance after a task has failed: `--on-error`.

use std::borrow::Cow;

use super::ask::{Next, ask};
use super::global::OnError;
use super::setup::{STATE, Session};
use crate::report::{Level, Report};
use crate::run::known::instances::is_to_be_replaced;
use crate::run::{Run, destroy};
use crate::state::{Document, Kind, ResourceRecord};
use crate::{Code, Error};

/// What comes of a failure.
pub enum Outcome {
    /// It is the error of the command.
    Failed(Error),
    /// The user wants the task to be tried again.
    Again,
}

/// Does what `--on-error` says; the failure itself stays the error.
pub fn after_failure(session: &Session, task: &str, failure: Error) -> Error {
    match failed(session, task, failure, false) {
        Outcome::Failed(failure) => failure,
        Outcome::Again => Error::interrupted(),
    }
}

/// As [`after_failure`]; `can_repeat` if the caller is able to try the task again.
pub fn failed(session: &Session, task: &str, failure: Error, can_repeat: bool) -> Outcome {
    let run = &session.run;
    let has_something = run.store.document().is_some_and(|d| !d.resources.is_empty());
    let unrelated = session.on_error == OnError::Keep && !concerns_the_instance(run, &failure);
    if !has_something || unrelated || run.options.dry_run || task == "destroy" {
        return Outcome::Failed(failure);
    }
    let mut failure = failure;
    let next = match session.on_error {
        OnError::Keep => Next::Keep,
        OnError::Destroy => Next::Destroy,
        OnError::Ask => ask(session, task, &failure, can_repeat).unwrap_or_else(|interrupted| {
            // Reports and logs tell why there was a question.
            failure = interrupted.cause(&failure);
            Next::Keep
        }),
    };
    match next {
        Next::Again => return Outcome::Again,
        Next::Destroy => {
            run.ui.log(Level::Info, "cleaning up (--on-error)");
            let cleaned = destroy::clean_up(run);
            return Outcome::Failed(match cleaned {
                Ok(_) => failure,
                Err(error) => {
                    run.ui.error(&error);
                    let again = "run `imgctl destroy` to try the failed clean-up again";
                    failure.hint(addressed(run, again))
                }
            });
        }
        Next::Keep => {}
    }
    if is_to_be_replaced(&failure) {
        return Outcome::Failed(failure);
    }
    let document = run.store.document();
    let kept = document.map_or(RESOURCES, |document| kept(&document, task, failure.code()));
    run.ui.log(Level::Info, &addressed(run, kept));
    Outcome::Failed(failure)
}

/// The commands of the text for the state of this run: without its name they would work on the project's, which
/// knows nothing of an instance of a matrix.
fn addressed(run: &Run, text: &str) -> String {
    let (project, state) = (&run.options.project, run.store.path());
    if project.join(STATE).canonicalize().is_ok_and(|usual| usual == *state) {
        return text.to_owned();
    }
    let state = state.strip_prefix(project).unwrap_or(state).to_string_lossy();
    let state = shlex::try_quote(&state).unwrap_or(Cow::Borrowed(&state));
    text.replace("`imgctl ", &format!("`imgctl --state {state} "))
}

/// Whether the instance may have to do with the failure: this process has begun to change it, or it did
/// not do what was asked. Neither is so for mistakes in what was typed.
fn concerns_the_instance(run: &Run, failure: &Error) -> bool {
    match failure.code() {
        Code::Usage | Code::Capability => false,
        Code::CommandFailed | Code::Authentication | Code::HostKeyChanged => true,
        _ => run.store.is_locked(),
    }
}

const RESOURCES: &str = "the resources created so far are kept: run the same command to continue, \
                         or `imgctl destroy` to remove them";

/// What is kept, and what to do with it.
fn kept(document: &Document, task: &str, code: Code) -> &'static str {
    let instances: Vec<&ResourceRecord> = document
        .resources
        .iter()
        .filter(|resource| resource.kind == Kind::Instance && resource.id.is_some())
        .collect();
    let is_cleaned = |instance: &&ResourceRecord| {
        document.instances.get(&instance.role).is_some_and(|record| record.sealed)
    };
    // The instance that is being tested is the one to look at, and it is made anew by the same command.
    let is_tested = |instance: &&ResourceRecord| instance.role == "verify";
    if task == "verify_image" && instances.iter().any(is_tested) {
        return "the instance that was started from the image is kept: run `imgctl ssh:instance=verify` \
                to look at it, `imgctl verify_image` to test with a new one, or `imgctl destroy` to \
                remove everything";
    }
    let about_cleaning = task == "create_image" || code == Code::State;
    match instances[..] {
        [] => RESOURCES,
        [instance] if about_cleaning && is_cleaned(&instance) => {
            "the instance is kept, and is cleaned: run `imgctl create_image` to continue, \
             `imgctl up` to start it again, or `imgctl destroy` to remove it"
        }
        [_] => {
            "the instance is kept: run `imgctl ssh` to look at it, the same command to continue at \
             the failed step, or `imgctl destroy` to remove it"
        }
        _ => "all instances are kept: `imgctl status` lists them, `imgctl destroy` removes them",
    }
}
