//! The records of steps: a step that is done on an instance is not repeated there, so that after a
//! failure the next run continues at the step that failed.

use rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext, Position};
use sha2::{Digest, Sha256};

use super::api::host::Host;
use super::running::Script;
use crate::Result;
use crate::state::StepRecord;

/// A step of a script, on an instance.
pub struct Step<'a> {
    script: &'a Script,
    name: &'a str,
    /// The name in the state file.
    recorded: String,
    /// The instance's id; none where steps are not recorded.
    scope: Option<String>,
    fingerprint: String,
}

/// Why a step is skipped.
pub enum Skip {
    /// It is recorded as done.
    Done,
    /// `--from` names a later step.
    Before(String),
}

impl<'a> Step<'a> {
    pub fn new(
        call: &NativeCallContext,
        script: &'a Script,
        name: &'a str,
        version: Option<&str>,
        closure: &FnPtr,
    ) -> Step<'a> {
        let fingerprint = match version {
            Some(version) => digest(&[version]),
            None => fingerprint(call, script, closure),
        };
        let scope = scope(script, closure).filter(|_| script.records_steps);
        let recorded = recorded(script, name);
        Step { script, name, recorded, scope, fingerprint }
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
    #[must_use]
    pub fn skip(&self) -> Option<Skip> {
        let options = &self.script.run.options;
        if let Some(from) = options.from.as_ref().filter(|_| self.script.has_from_step) {
            let before = !self.script.reached(from, self.name);
            return before.then(|| Skip::Before(from.clone()));
        }
        if options.fresh {
            return None;
        }
        let document = self.script.run.store.document()?;
        let done = |record: &StepRecord| self.is(record) && record.fingerprint == self.fingerprint;
        document.steps.iter().any(done).then_some(Skip::Done)
    }

    /// Records that it is done, after this many seconds.
    pub fn done(&self, seconds: f64) -> Result<()> {
        let Some(scope) = &self.scope else { return Ok(()) };
        self.script.run.store.update(|document| {
            document.steps.retain(|record| !self.is(record));
            document.steps.push(StepRecord {
                script: self.script.name.clone(),
                scope: scope.clone(),
                name: self.recorded.clone(),
                fingerprint: self.fingerprint.clone(),
                finished_at: jiff::Timestamp::now().to_string(),
                seconds,
            });
            Ok(())
        })
    }

    fn is(&self, record: &StepRecord) -> bool {
        record.script == self.script.name
            && Some(&record.scope) == self.scope.as_ref()
            && record.name == self.recorded
    }
}

/// The ids of the instances that the closure captured, else of the one being built. None for other
/// machines: their steps are not recorded, since nothing tells when an address is another machine.
fn scope(script: &Script, closure: &FnPtr) -> Option<String> {
    let mut hosts = Vec::new();
    closure.iter_curry().for_each(|value| find_hosts(value, &mut hosts));
    if hosts.is_empty() {
        return script.run.store.document()?.instances.get("build")?.id.clone();
    }
    let ids: Vec<&str> = hosts.iter().map(|host| host.reached.scope.as_str()).collect();
    hosts.iter().all(|host| host.reached.role.is_some()).then(|| ids.join(","))
}

/// The hosts in a captured value, also in lists, maps and closures.
fn find_hosts(value: &Dynamic, found: &mut Vec<Host>) {
    let value = value.flatten_clone();
    if let Some(host) = value.read_lock::<Host>() {
        found.push(host.clone());
    } else if let Some(list) = value.read_lock::<Array>() {
        list.iter().for_each(|item| find_hosts(item, found));
    } else if let Some(map) = value.read_lock::<Map>() {
        map.values().for_each(|item| find_hosts(item, found));
    } else if let Some(closure) = value.read_lock::<FnPtr>() {
        closure.iter_curry().for_each(|item| find_hosts(item, found));
    }
}

/// The name under which a step is recorded: of one with a secret in it, only a digest.
fn recorded(script: &Script, name: &str) -> String {
    let shown = script.run.ui.secrets().redact(name);
    if shown == name { shown } else { format!("{shown} ({})", digest(&[name])) }
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A digest of everything in the script that a step depends on: its own text (white space folded), the
/// values it captured, the functions of the script and the modules it has loaded.
fn fingerprint(call: &NativeCallContext, script: &Script, closure: &FnPtr) -> String {
    let own = function_text(call, script, closure.fn_name()).unwrap_or_default();
    let folded = own.split_whitespace().collect::<Vec<_>>().join(" ");
    let captured: Vec<String> = closure
        .iter_curry()
        .filter(|value| !value.flatten_clone().is::<Host>())
        .map(|value| serde_json::to_string(&value.flatten_clone()).unwrap_or_default())
        .collect();
    digest(&[&folded, &captured.join("\n"), &constants(call), &library(call, script)])
}

/// The constants that closures read as `global::NAME`.
fn constants(call: &NativeCallContext) -> String {
    let Some(constants) = &call.global_runtime_state().constants else { return String::new() };
    let Some(constants) = rhai::locked_read(constants) else { return String::new() };
    let mut texts: Vec<String> = constants
        .iter()
        .filter(|(_, value)| !value.is::<Host>())
        .map(|(name, value)| format!("{name}={}", serde_json::to_string(value).unwrap_or_default()))
        .collect();
    texts.sort();
    texts.join("\n")
}

/// The texts of the script's own functions and of all modules loaded so far.
fn library(call: &NativeCallContext, script: &Script) -> String {
    let own = call.iter_namespaces().next();
    let names = own.into_iter().flat_map(rhai::Module::iter_script_fn_info);
    let mut texts: Vec<String> = names
        .filter(|(.., name, _, _)| !name.starts_with("anon$"))
        .filter_map(|(.., name, _, _)| function_text(call, script, name))
        .collect();
    texts.extend(script.sources.module_texts(&script.source_name));
    texts.sort();
    texts.join("\n")
}

/// The text of a function of the script or of a module on the call stack, in whole lines.
fn function_text(call: &NativeCallContext, script: &Script, function: &str) -> Option<String> {
    let (source, start, end) = call.iter_namespaces().find_map(|module| {
        let found = module.iter_script_fn_info().find(|(.., name, _, _)| *name == function);
        found.map(|(.., definition)| {
            let body = &definition.body;
            let source = module.id().unwrap_or(&script.source_name).to_string();
            (source, body.start_position(), body.end_position())
        })
    })?;
    cut(&script.sources.text(&source)?, start, end)
}

/// The lines from the first position to the last.
fn cut(text: &str, start: Position, end: Position) -> Option<String> {
    let (first, last) = (start.line()?, end.line().or(start.line())?);
    let lines: Vec<&str> = text.lines().skip(first - 1).take(last - first + 1).collect();
    Some(lines.join("\n"))
}
