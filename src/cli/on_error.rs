//! What happens to the instance after a task has failed: `--on-error`.

use super::global::OnError;
use super::setup::Session;
use crate::report::{Level, Report};
use crate::run::{Run, destroy};
use crate::state::{Document, Kind, ResourceRecord};
use crate::{Code, Error};

/// Does what `--on-error` says; the failure itself stays the error.
pub fn after_failure(session: &Session, task: &str, failure: Error) -> Error {
    let run = &session.run;
    let has_something = run.store.document().is_some_and(|d| !d.resources.is_empty());
    let unrelated = session.on_error == OnError::Keep && !concerns_the_instance(run, &failure);
    if !has_something || unrelated || run.options.dry_run || task == "destroy" {
        return failure;
    }
    let destroy = match session.on_error {
        OnError::Keep => false,
        OnError::Destroy => true,
        OnError::Ask if failure.code() == Code::Interrupted => false,
        OnError::Ask => {
            run.ui.log(Level::Warning, &failure.to_string());
            match run.ui.confirm("destroy the instance?", false) {
                Ok(answer) => answer,
                Err(error) => {
                    run.ui.error(&error);
                    false
                }
            }
        }
    };
    if destroy {
        run.ui.log(Level::Info, "cleaning up (--on-error)");
        return match destroy::clean_up(run) {
            Ok(_) => failure,
            Err(error) => {
                run.ui.error(&error);
                failure.hint("run `imgctl destroy` to try the failed clean-up again")
            }
        };
    }
    let document = run.store.document();
    let kept = document.map_or(RESOURCES, |document| kept(&document, task, failure.code()));
    run.ui.log(Level::Info, kept);
    failure
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
