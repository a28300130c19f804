//! The records of steps: a step that is done on an instance is not repeated there, so that after a
//! failure the next run continues at the step that failed.

mod code;
mod compare;
mod functions;
mod outlook;
mod own;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext};

use super::api::host::Host;
use super::captured::{Followed, Way};
use super::reads::{Found, Reads, record};
use super::running::Script;
use crate::Result;
use crate::run::digest;
use crate::state::{InputKind, InputRecord, StepRecord};
use own::Own;

pub use outlook::outlook;
pub use words::summary;

/// A step of a script, on an instance.
pub struct Step<'a> {
    script: &'a Script,
    name: &'a str,
    /// The name in the state file.
    recorded: String,
    /// The instance's id; none where steps are not recorded.
    scope: Option<String>,
    /// Its text or version, and the values that it was given.
    own: Vec<Own>,
    /// What is around it: functions, constants, modules. None: its version says all about its code.
    library: Option<BTreeMap<String, String>>,
    reads: Arc<Reads>,
}

/// What the state file says of a step.
pub enum Skip {
    /// It is recorded as done, and nothing that it read has changed.
    Done,
    /// `--from` names a later step.
    Before(String),
    /// It is not skipped: what has changed since it was done, if it was.
    Not(Vec<String>),
}

impl<'a> Step<'a> {
    pub fn new(
        call: &NativeCallContext,
        script: &'a Script,
        name: &'a str,
        version: Option<&str>,
        closure: &FnPtr,
    ) -> Step<'a> {
        let (own, library) = match version {
            Some(version) => {
                let found = Found::Value { text: Some(version.to_owned()), secret: false };
                (vec![(InputKind::Version, String::new(), found)], None)
            }
            None => (code::own(call, script, closure), Some(code::library(call, script))),
        };
        let scope = scope(script, closure).filter(|_| script.records_steps);
        let recorded = recorded(script, name);
        let reads = Reads::of_step(&script.reads);
        Step { script, name, recorded, scope, own, library, reads }
    }

    /// Where the calls of the step note what they read.
    #[must_use]
    pub fn reads(&self) -> &Arc<Reads> {
        &self.reads
    }

    /// Keeps other processes from working on the same instance, until this one ends.
    ///
    /// # Errors
    /// `State` if another one does; it is named, with its step.
    pub fn claim(&self) -> Result<()> {
        if self.scope.is_none() || self.script.run.options.dry_run {
            return Ok(());
        }
        let run = &self.script.run;
        let work = format!("{}: {}", self.script.name, self.name);
        // Another imgctl shows it, which does not know the secrets of this one.
        run.store.tell(&run.ui.secrets().redact(&work));
        run.store.lock()
    }

    /// Whether to skip it, and why.
    ///
    /// # Errors
    /// Ctrl-C while files are read.
    pub fn skip(&self) -> Result<Skip> {
        let options = &self.script.run.options;
        if let Some(from) = options.from.as_ref().filter(|_| self.script.has_from_step) {
            let before = !self.script.reached(from, self.name);
            return Ok(if before { Skip::Before(from.clone()) } else { Skip::Not(Vec::new()) });
        }
        // A task that is tried again in this process goes on where it failed.
        let counts = !options.fresh || self.script.run.finished.has(&self.key());
        let document = self.script.run.store.document().filter(|_| counts);
        let Some(document) = document else { return Ok(Skip::Not(Vec::new())) };
        let Some(record) = document.steps.iter().find(|record| self.is(record)) else {
            return Ok(Skip::Not(Vec::new()));
        };
        let known = record.library.as_ref().and_then(|name| document.libraries.get(name));
        let changes =
            compare::changes(self.script, record, &self.own, known, self.library.as_ref())?;
        if !changes.is_empty() {
            return Ok(Skip::Not(changes));
        }
        for input in &record.inputs {
            // A step around has depended on it as well.
            if !matches!(input.kind, InputKind::Text | InputKind::Version | InputKind::Value) {
                self.reads.add(input.kind, &input.name, &Found::Recorded(input.clone()));
            }
        }
        Ok(Skip::Done)
    }

    /// It is about to run: until it is done again, it is not done. With `--fresh` neither is any other step of
    /// the script that this process has not finished.
    pub fn begin(&self) -> Result<()> {
        let run = &self.script.run;
        if self.scope.is_none() || run.options.dry_run {
            return Ok(());
        }
        let is_undone = |record: &StepRecord| {
            let is_of_script =
                record.script == self.script.name && Some(&record.scope) == self.scope.as_ref();
            let is_old = || !run.finished.has(&key(&record.script, &record.scope, &record.name));
            self.is(record) || run.options.fresh && is_of_script && is_old()
        };
        let document = run.store.document();
        if document.is_none_or(|document| !document.steps.iter().any(is_undone)) {
            return Ok(());
        }
        run.store.update(|document| {
            document.steps.retain(|record| !is_undone(record));
            Ok(())
        })
    }

    fn key(&self) -> String {
        key(&self.script.name, self.scope.as_deref().unwrap_or_default(), &self.recorded)
    }

    /// Records that it is done, after this many seconds.
    pub fn done(&self, seconds: f64) -> Result<()> {
        let Some(scope) = &self.scope else { return Ok(()) };
        let run = &self.script.run;
        let own = self.own.iter();
        let mut inputs: Vec<InputRecord> =
            own.map(|(kind, name, found)| record(run, *kind, name, found)).collect();
        let own: Vec<&String> = inputs.iter().map(|input| &input.digest).collect();
        let fingerprint = digest::of(&own);
        inputs.extend(self.reads.records(run));
        let library = self.library.as_ref().map(|library| {
            let pairs: Vec<&String> = library.iter().flat_map(|(name, it)| [name, it]).collect();
            digest::of(&pairs)
        });
        run.finished.note(self.key());
        run.store.update(|document| {
            document.steps.retain(|record| !self.is(record));
            if let (Some(name), Some(around)) = (&library, &self.library) {
                document.libraries.insert(name.clone(), around.clone());
            }
            document.steps.push(StepRecord {
                script: self.script.name.clone(),
                scope: scope.clone(),
                name: self.recorded.clone(),
                fingerprint,
                finished_at: jiff::Timestamp::now().to_string(),
                seconds,
                inputs,
                before: self.script.reads.records(run),
                library,
            });
            let used = |name: &String| {
                document.steps.iter().any(|record| record.library.as_ref() == Some(name))
            };
            let unused: Vec<String> =
                document.libraries.keys().filter(|name| !used(name)).cloned().collect();
            for name in unused {
                document.libraries.remove(&name);
            }
            Ok(())
        })
    }

    fn is(&self, record: &StepRecord) -> bool {
        record.script == self.script.name
            && Some(&record.scope) == self.scope.as_ref()
            && record.name == self.recorded
    }
}

/// The name of a step among all of a process.
fn key(script: &str, scope: &str, name: &str) -> String {
    [script, scope, name].join("\0")
}

/// The ids of the instances that the closure captured, else of the one being built. None for other
/// machines: their steps are not recorded, since nothing tells when an address is another machine.
fn scope(script: &Script, closure: &FnPtr) -> Option<String> {
    let mut hosts = Vec::new();
    let followed = Followed::default();
    closure.iter_curry().for_each(|value| find_hosts(value, followed.begin(), &mut hosts));
    if hosts.is_empty() {
        return script.run.store.document()?.instances.get("build")?.id.clone();
    }
    let ids: Vec<&str> = hosts.iter().map(|host| host.reached.scope.as_str()).collect();
    hosts.iter().all(|host| host.reached.role.is_some()).then(|| ids.join(","))
}

/// The hosts in a captured value, also in lists, maps and closures.
fn find_hosts(value: &Dynamic, way: Way<'_>, found: &mut Vec<Host>) {
    let value = value.flatten_clone();
    if let Some(host) = value.read_lock::<Host>() {
        found.push(host.clone());
    } else if let Some(list) = value.read_lock::<Array>() {
        list.iter().for_each(|item| find_hosts(item, way, found));
    } else if let Some(map) = value.read_lock::<Map>() {
        map.values().for_each(|item| find_hosts(item, way, found));
    } else if let (Some(closure), Some(way)) = (value.read_lock::<FnPtr>(), way.inside()) {
        closure.iter_curry().for_each(|item| find_hosts(item, way, found));
    }
}

/// The name under which a step is recorded: of one with a secret in it, only a digest.
fn recorded(script: &Script, name: &str) -> String {
    let shown = script.run.ui.secrets().redact(name);
    if shown == name {
        return shown;
    }
    let sealed = script.run.digests.sealed(name.as_bytes());
    format!("{shown} ({})", sealed.digest)
}
