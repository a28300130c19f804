//! The step journal: what is done on an instance is not done twice, so that after a failure the
//! next run continues at the step that failed.

use rhai::{FnPtr, NativeCallContext, Position};
use sha2::{Digest, Sha256};

use super::api::host::Host;
use super::engine::Run;
use crate::Result;
use crate::state::StepRecord;

/// What a script says about a step beside its name and code.
#[derive(Debug, Default)]
pub struct Rules {
    /// Stands for the step's code: a new one makes it run again, an edit does not.
    pub version: Option<String>,
    /// Run although it was done before. What is done this way counts until the instance is next
    /// started: a start may undo it.
    pub again: Option<bool>,
}

/// A step on a machine.
pub struct Step<'a> {
    run: &'a Run,
    name: &'a str,
    /// The instance's id; none where nothing is written down.
    scope: Option<String>,
    fingerprint: String,
    again: bool,
}

/// Why a step need not run.
pub enum Skip {
    Done,
    /// `--from` names a later step.
    Before(String),
}

impl<'a> Step<'a> {
    pub fn new(
        context: &NativeCallContext,
        run: &'a Run,
        name: &'a str,
        rules: &Rules,
        closure: &FnPtr,
    ) -> Step<'a> {
        let (scope, role) = scope(run, closure);
        let mut fingerprint = match &rules.version {
            Some(version) => digest(&[version]),
            None => fingerprint(context, run, closure),
        };
        if rules.again.is_some() {
            let document = run.context.store.document();
            let starts = document.and_then(|d| d.instances.get(&role).map(|known| known.starts));
            fingerprint += &format!("-start-{}", starts.unwrap_or_default());
        }
        let scope = scope.filter(|_| run.journaled);
        Step { run, name, scope, fingerprint, again: rules.again == Some(true) }
    }

    /// Whether to skip it, and why.
    #[must_use]
    pub fn skip(&self) -> Option<Skip> {
        let options = &self.run.context.options;
        if let Some(from) = options.from.as_ref().filter(|_| self.run.has_from_step) {
            let before = !self.run.reached(from, self.name);
            return before.then(|| Skip::Before(from.clone()));
        }
        if self.again || options.fresh {
            return None;
        }
        let document = self.run.context.store.document()?;
        let done = |record: &StepRecord| self.is(record) && record.fingerprint == self.fingerprint;
        document.journal.iter().any(done).then_some(Skip::Done)
    }

    /// Writes down that it is done.
    pub fn done(&self, seconds: f64) -> Result<()> {
        let Some(scope) = &self.scope else { return Ok(()) };
        self.run.context.store.update(|document| {
            document.journal.retain(|record| !self.is(record));
            document.journal.push(StepRecord {
                script: self.run.script.clone(),
                scope: scope.clone(),
                name: self.name.to_string(),
                fingerprint: self.fingerprint.clone(),
                finished_at: jiff::Timestamp::now().to_string(),
                seconds,
            });
            Ok(())
        })
    }

    fn is(&self, record: &StepRecord) -> bool {
        record.script == self.run.script
            && Some(&record.scope) == self.scope.as_ref()
            && record.name == self.name
    }
}

/// The instances the closure captured, else the one being built: id and role. Machines of the
/// user's own have no journal, for nothing tells when they become different machines.
fn scope(run: &Run, closure: &FnPtr) -> (Option<String>, String) {
    let hosts: Vec<Host> =
        closure.iter_curry().filter_map(|value| value.flatten_clone().try_cast::<Host>()).collect();
    if let Some(first) = hosts.first() {
        let ids: Vec<&str> = hosts.iter().map(|host| host.scope.as_str()).collect();
        let managed = hosts.iter().all(|host| host.role.is_some());
        return (managed.then(|| ids.join(",")), first.role.clone().unwrap_or_default());
    }
    let document = run.context.store.document();
    let build = document.and_then(|document| document.instances.get("build")?.id.clone());
    (build, "build".to_string())
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A digest of all a step depends on in the script: its own text (white space folded), the values
/// it captured, the functions of the script and the modules it has loaded.
fn fingerprint(context: &NativeCallContext, run: &Run, closure: &FnPtr) -> String {
    let own = function_text(context, run, closure.fn_name()).unwrap_or_default();
    let folded = own.split_whitespace().collect::<Vec<_>>().join(" ");
    let captured: Vec<String> = closure
        .iter_curry()
        .filter(|value| !value.flatten_clone().is::<Host>())
        .map(|value| serde_json::to_string(&value.flatten_clone()).unwrap_or_default())
        .collect();
    digest(&[&folded, &captured.join("\n"), &library(context, run)])
}

/// The texts of the script's own functions and of every module loaded so far.
fn library(context: &NativeCallContext, run: &Run) -> String {
    let script = context.iter_namespaces().next();
    let names = script.into_iter().flat_map(rhai::Module::iter_script_fn_info);
    let mut texts: Vec<String> = names
        .filter(|(.., name, _, _)| !name.starts_with("anon$"))
        .filter_map(|(.., name, _, _)| function_text(context, run, name))
        .collect();
    texts.extend(run.resolver.module_texts(&run.source_name));
    texts.sort();
    texts.join("\n")
}

/// The text of a function of the script or of a module on the call stack, with whole lines.
fn function_text(context: &NativeCallContext, run: &Run, function: &str) -> Option<String> {
    let (source, start, end) = context.iter_namespaces().find_map(|module| {
        let found = module.iter_script_fn_info().find(|(.., name, _, _)| *name == function);
        found.map(|(.., definition)| {
            let body = &definition.body;
            let source = module.id().unwrap_or(&run.source_name).to_string();
            (source, body.start_position(), body.end_position())
        })
    })?;
    cut(&run.resolver.text(&source)?, start, end)
}

/// Lines from the first position to the last.
fn cut(text: &str, start: Position, end: Position) -> Option<String> {
    let (first, last) = (start.line()?, end.line().or(start.line())?);
    let lines: Vec<&str> = text.lines().skip(first - 1).take(last - first + 1).collect();
    Some(lines.join("\n"))
}
