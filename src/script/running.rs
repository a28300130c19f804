//! The script that is running, as its API functions find it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{Dynamic, NativeCallContext};

use super::arguments::Arguments;
use super::errors::{Fallible, call_begins, throw};
use super::sources::Sources;
use crate::run::Run;
use crate::{Code, Error};

/// A running script: what API functions find as the engine's tag.
#[derive(Clone)]
pub struct Script(Arc<ScriptInner>);

pub struct ScriptInner {
    pub run: Arc<Run>,
    /// `bootstrap`, or the file's path: the name under which its steps are recorded.
    pub name: String,
    /// `scripts/bootstrap.rhai`: the name of its text in errors and fingerprints.
    pub source_name: String,
    pub arguments: Arguments,
    pub sources: Arc<Sources>,
    /// Whether steps that are done are kept in the state file. Code from the command line has no name
    /// to keep them under.
    pub records_steps: bool,
    /// Whether this script has the step that `--from` names.
    pub has_from_step: bool,
    /// Whether that step was reached.
    pub from_reached: AtomicBool,
}

impl Script {
    #[must_use]
    pub fn new(inner: ScriptInner) -> Script {
        Script(Arc::new(inner))
    }

    /// The script that a call comes from.
    pub fn of(call: &NativeCallContext) -> Fallible<Script> {
        call_begins(call);
        call.tag()
            .and_then(|tag| tag.clone().try_cast::<Script>())
            .ok_or_else(|| throw(Error::new(Code::Script, "this function needs a running task")))
    }
}

impl Script {
    /// Does `work` for another run: what it calls finds that one in place of this.
    pub fn there<T>(
        &self,
        call: &NativeCallContext,
        run: Arc<Run>,
        work: impl FnOnce(&NativeCallContext) -> Fallible<T>,
    ) -> Fallible<T> {
        let mut global = call.global_runtime_state().clone();
        global.tag = Dynamic::from(Script::new(ScriptInner {
            run,
            name: self.name.clone(),
            source_name: self.source_name.clone(),
            arguments: self.arguments.clone(),
            sources: self.sources.clone(),
            records_steps: self.records_steps,
            has_from_step: self.has_from_step,
            from_reached: AtomicBool::new(self.from_reached.load(Ordering::Relaxed)),
        }));
        let (engine, position) = (call.engine(), call.call_position());
        let (name, source) = (call.fn_name(), call.fn_source());
        work(&NativeCallContext::new_with_all_fields(engine, name, source, &global, position))
    }
}

impl ScriptInner {
    /// True from the step that `--from` names on.
    pub fn reached(&self, from: &str, step: &str) -> bool {
        if step == from {
            self.from_reached.store(true, Ordering::Relaxed);
        }
        self.from_reached.load(Ordering::Relaxed)
    }
}

impl std::ops::Deref for Script {
    type Target = ScriptInner;
    fn deref(&self) -> &ScriptInner {
        &self.0
    }
}
