//! A script that is being run, with all that its API functions need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::NativeCallContext;

use super::arguments::Arguments;
use super::errors::{Fallible, call_begins, throw};
use super::sources::Sources;
use crate::run::Run;
use crate::{Code, Error};

/// One script being run: what its API functions find behind the engine's tag.
#[derive(Clone)]
pub struct Script(Arc<ScriptInner>);

pub struct ScriptInner {
    pub run: Arc<Run>,
    /// `bootstrap`, or the file's path: what the records of steps know it by.
    pub name: String,
    /// `scripts/bootstrap.rhai`: what errors and fingerprints know its text by.
    pub source_name: String,
    pub arguments: Arguments,
    pub sources: Arc<Sources>,
    /// False for code from the command line, whose steps have no lasting name.
    pub journaled: bool,
    /// Whether this script is the one with the step that `--from` names.
    pub has_from_step: bool,
    /// Whether that step has come up.
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

impl ScriptInner {
    /// True from the step that `--from` names onwards.
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
