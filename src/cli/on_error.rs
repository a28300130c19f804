//! What becomes of the instance when a task has failed.

use super::global::OnError;
use super::setup::Session;
use crate::report::{Level, Report};
use crate::run::destroy;
use crate::state::{Document, Kind, ResourceRecord};
use crate::{Code, Error};

/// What `--on-error` asks for; the failure itself stays the error.
pub fn after_failure(session: &Session, task: &str, failure: Error) -> Error {
    let run = &session.run;
    let has_something = run.store.document().is_some_and(|d| !d.resources.is_empty());
    // What was asked for wrongly, or cannot be had here, has nothing to do with the instance.
    let asked_wrongly = matches!(failure.code(), Code::Usage | Code::Capability);
    let unrelated = asked_wrongly && session.on_error == OnError::Keep;
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
        run.ui.log(Level::Info, "cleaning up, as --on-error says");
        return match destroy::clean_up(run) {
            Ok(_) => failure,
            Err(error) => {
                run.ui.error(&error);
                failure.hint("the clean-up failed too: `imgctl destroy` tries again")
            }
        };
    }
    let of_instance = |thing: &ResourceRecord| thing.kind == Kind::Instance && thing.id.is_some();
    let document = run.store.document();
    let has = |kind: &dyn Fn(&Document) -> bool| document.as_ref().is_some_and(kind);
    let there = |document: &Document, role: &str| {
        document.resources.iter().any(|thing| of_instance(thing) && thing.role == role)
    };
    let cleaned = |document: &Document| {
        document.instances.iter().any(|(role, it)| it.sealed && there(document, role))
    };
    let others = |document: &Document| {
        let all = document.resources.iter();
        all.filter(|thing| of_instance(thing)).count() > 1
    };
    let about_cleaning = task == "create_image" || failure.code() == Code::State;
    let kept = if has(&others) {
        "the instances are kept, all of them: `imgctl status` names them, `imgctl destroy` removes them"
    } else if about_cleaning && has(&cleaned) {
        "the instance is kept, and is cleaned: `imgctl create_image` goes on with it, `imgctl up` \
         starts it again, `imgctl destroy` removes it"
    } else if has(&|document| document.resources.iter().any(of_instance)) {
        "the instance is kept: `imgctl ssh` looks at it, the same command continues at the failed \
         step, `imgctl destroy` removes it"
    } else {
        "what was made so far is kept: the same command goes on with it, `imgctl destroy` removes it"
    };
    run.ui.log(Level::Info, kept);
    failure
}
