//! The script that is running, as its API functions find it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{Dynamic, NativeCallContext};
use tokio_util::sync::CancellationToken;

use super::arguments::Arguments;
use super::errors::{Fallible, call_begins, throw};
use super::reads::{Found, Reads, canonical};
use super::sources::Sources;
use crate::run::Run;
use crate::run::digest::is_private;
use crate::state::InputKind;
use crate::{Code, Error, Result};

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
    pub from_reached: Arc<AtomicBool>,
    /// What it has read, or the step that it is in.
    pub reads: Arc<Reads>,
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
        let reached = AtomicBool::new(self.from_reached.load(Ordering::Relaxed));
        let (from_reached, reads) = (Arc::new(reached), Reads::elsewhere(&self.reads));
        self.changed(call, ScriptInner { run, from_reached, reads, ..self.copy() }, work)
    }

    /// Does a step's `work`: what it reads is noted there.
    pub fn within_step<T>(
        &self,
        call: &NativeCallContext,
        reads: &Arc<Reads>,
        work: impl FnOnce(&NativeCallContext) -> Fallible<T>,
    ) -> Fallible<T> {
        self.changed(call, ScriptInner { reads: reads.clone(), ..self.copy() }, work)
    }

    /// The same script where what it calls ends when `cancel` does.
    #[must_use]
    pub fn until(&self, cancel: CancellationToken) -> Script {
        Script::new(ScriptInner { run: self.run.until(cancel), ..self.copy() })
    }

    fn copy(&self) -> ScriptInner {
        ScriptInner {
            run: self.run.clone(),
            name: self.name.clone(),
            source_name: self.source_name.clone(),
            arguments: self.arguments.clone(),
            sources: self.sources.clone(),
            records_steps: self.records_steps,
            has_from_step: self.has_from_step,
            from_reached: self.from_reached.clone(),
            reads: self.reads.clone(),
        }
    }

    /// Does `work` where calls find another script in place of this.
    fn changed<T>(
        &self,
        call: &NativeCallContext,
        script: ScriptInner,
        work: impl FnOnce(&NativeCallContext) -> Fallible<T>,
    ) -> Fallible<T> {
        let mut global = call.global_runtime_state().clone();
        global.tag = Dynamic::from(Script::new(script));
        let (engine, position) = (call.engine(), call.call_position());
        let (name, source) = (call.fn_name(), call.fn_source());
        work(&NativeCallContext::new_with_all_fields(engine, name, source, &global, position))
    }
}

/// What a script reads, noted for the step that it is in. Nothing is noted where there is none, except
/// values, from which those that steps are given may come.
impl ScriptInner {
    pub fn notes_value(&self, kind: InputKind, name: &str, text: impl FnOnce() -> Option<String>) {
        let secret = kind == InputKind::SecretVariable;
        self.reads.add(kind, name, &Found::Value { text: text(), secret });
    }

    /// The value at a path of the configuration, which is an input of the step that asks for it.
    pub fn noted_setting(&self, path: &str) -> Result<Option<serde_json::Value>> {
        let value = self.run.setting(path)?;
        self.notes_value(InputKind::Config, path, || value.clone().map(canonical));
        Ok(value)
    }

    pub fn notes_digest(&self, kind: InputKind, name: &str, digest: impl FnOnce() -> String) {
        if !self.reads.has_written(&self.run.options.project.join(name)) {
            self.reads.add(kind, name, &Found::Digest { digest: digest(), secret: false });
        }
    }

    /// A file's contents. Noted before it is read: a change in between is then seen.
    pub fn notes_file(&self, name: &str, secret: bool) -> Result<()> {
        self.notes_path(InputKind::File, name, secret)
    }

    /// A file or folder that is copied.
    pub fn notes_tree(&self, name: &str) -> Result<()> {
        if self.reads.has_step() { self.notes_path(InputKind::Tree, name, false) } else { Ok(()) }
    }

    fn notes_path(&self, kind: InputKind, name: &str, secret: bool) -> Result<()> {
        let (run, path) = (&self.run, self.run.options.project.join(name));
        if self.reads.has_written(&path) {
            return Ok(());
        }
        let digest = match kind {
            InputKind::Tree => run.digests.files.tree(&path, &run.watch),
            _ => run.digests.files.contents(&path, &run.watch),
        };
        match digest {
            Ok(digest) => {
                let secret = secret || is_private(&path);
                self.reads.add(kind, name, &Found::Digest { digest, secret });
                Ok(())
            }
            // The reading itself tells why it cannot.
            Err(_) => run.watch.check(),
        }
    }

    /// A file or folder that the script writes.
    pub fn wrote(&self, path: &Path) {
        self.reads.wrote(&self.run.options.project, path);
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
