//! What becomes of the instance when a task has failed.

use super::arguments::OnError;
use super::setup::Session;
use crate::report::{Level, Report};
use crate::script::instances;
use crate::state::{Document, ResourceRecord};
use crate::{Code, Error};

/// What `--on-error` asks for; the failure itself stays the error.
pub fn after_failure(session: &Session, task: &str, failure: Error) -> Error {
    let context = &session.context;
    let has_something = context.store.document().is_some_and(|d| !d.resources.is_empty());
    // What was asked for wrongly, or cannot be had here, has nothing to do with the instance.
    let asked_wrongly = matches!(failure.code(), Code::Usage | Code::Capability);
    let unrelated = asked_wrongly && session.on_error == OnError::Keep;
    if !has_something || unrelated || context.options.dry_run || task == "destroy" {
        return failure;
    }
    let destroy = match session.on_error {
        OnError::Keep => false,
        OnError::Destroy => true,
        OnError::Ask if failure.code() == Code::Interrupted => false,
        OnError::Ask => {
            context.ui.log(Level::Warning, &failure.to_string());
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
        return match instances::clean_up(context) {
            Ok(_) => failure,
            Err(error) => {
                context.ui.error(&error);
                failure.hint("the clean-up failed too: `imgctl destroy` tries again")
            }
        };
    }
    let of_instance = |thing: &ResourceRecord| thing.kind == "instance" && thing.id.is_some();
    let document = context.store.document();
    let has = |kind: &dyn Fn(&Document) -> bool| document.as_ref().is_some_and(kind);
    let kept = if has(&|document| document.instances.values().any(|it| it.sealed)) {
        "the instance is kept, and is cleaned: `imgctl up` starts it again, `imgctl create_image` \
         makes an image of it as it is, `imgctl destroy` removes it"
    } else if has(&|document| document.resources.iter().any(of_instance)) {
        "the instance is kept: `imgctl ssh` looks at it, the same command continues at the failed \
         step, `imgctl destroy` removes it"
    } else {
        "what was made so far is kept: the same command goes on with it, `imgctl destroy` removes it"
    };
    context.ui.log(Level::Info, kept);
    failure
}
