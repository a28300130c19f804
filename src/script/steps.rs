//! The step journal: after a failure, the next run continues at the step that failed.

use rhai::{FnPtr, NativeCallContext, Position};
use sha2::{Digest, Sha256};

use super::api::host::Host;
use super::engine::Run;
use crate::Result;
use crate::state::StepRecord;

/// What identifies a step: its script, its name, and on which machine it is done.
pub struct Step<'a> {
    pub run: &'a Run,
    pub scope: String,
    pub name: &'a str,
    pub fingerprint: String,
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
        version: Option<String>,
        closure: &FnPtr,
    ) -> Step<'a> {
        let fingerprint = version.unwrap_or_else(|| fingerprint(context, run, closure));
        Step { run, scope: scope(run, closure), name, fingerprint }
    }

    /// Whether to skip it, and why.
    #[must_use]
    pub fn skip(&self) -> Option<Skip> {
        let options = &self.run.context.options;
        if let Some(from) = options.from.as_ref().filter(|_| self.run.has_from_step) {
            let before = !self.run.reached(from, self.name);
            return before.then(|| Skip::Before(from.clone()));
        }
        if !self.run.journaled || options.fresh {
            return None;
        }
        let document = self.run.context.store.document()?;
        let done = document
            .journal
            .iter()
            .any(|record| self.is(record) && record.fingerprint == self.fingerprint);
        done.then_some(Skip::Done)
    }

    /// Writes down that it is done.
    pub fn done(&self, seconds: f64) -> Result<()> {
        let store = &self.run.context.store;
        if !self.run.journaled || store.document().is_none() {
            return Ok(());
        }
        store.update(|document| {
            document.journal.retain(|record| !self.is(record));
            document.journal.push(StepRecord {
                script: self.run.script.clone(),
                scope: self.scope.clone(),
                name: self.name.to_string(),
                fingerprint: self.fingerprint.clone(),
                finished_at: jiff::Timestamp::now().to_string(),
                seconds,
            });
            Ok(())
        })
    }

    fn is(&self, record: &StepRecord) -> bool {
        record.script == self.run.script && record.scope == self.scope && record.name == self.name
    }
}

/// Forgets the steps of a script that has run to its end: its next run does everything again.
pub fn finished(run: &Run) -> Result<()> {
    let store = &run.context.store;
    let any = store
        .document()
        .is_some_and(|document| document.journal.iter().any(|record| record.script == run.script));
    if !run.journaled || !any {
        return Ok(());
    }
    store.update(|document| {
        document.journal.retain(|record| record.script != run.script);
        Ok(())
    })
}

/// The machines that the closure captured, else the instance that is being built.
fn scope(run: &Run, closure: &FnPtr) -> String {
    let hosts: Vec<String> = closure
        .iter_curry()
        .filter_map(|value| Some(value.flatten_clone().try_cast::<Host>()?.scope))
        .collect();
    if !hosts.is_empty() {
        return hosts.join(",");
    }
    let document = run.context.store.document();
    let build = document.as_ref().and_then(|document| document.instances.get("build"));
    build.and_then(|instance| instance.id.clone()).unwrap_or_default()
}

/// A digest of the closure's own text, white space folded: editing a step makes it run again.
/// What it calls does not count.
fn fingerprint(context: &NativeCallContext, run: &Run, closure: &FnPtr) -> String {
    let text = body(context, run, closure).unwrap_or_default();
    let folded: Vec<&str> = text.split_whitespace().collect();
    let digest = Sha256::digest(folded.join(" "));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn body(context: &NativeCallContext, run: &Run, closure: &FnPtr) -> Option<String> {
    let library = context.iter_namespaces().find_map(|module| {
        let found =
            module.iter_script_fn_info().find(|(.., name, _, _)| *name == closure.fn_name());
        found.map(|(.., definition)| {
            (module.id().unwrap_or_default().to_string(), definition.clone())
        })
    });
    let (source, definition) = library?;
    let text = run.resolver.text(&source)?;
    cut(&text, definition.body.start_position(), definition.body.end_position())
}

/// The text from the first position to the end of the line of the last: the block's end is the
/// start of its last statement where the closure has no braces.
fn cut(text: &str, start: Position, end: Position) -> Option<String> {
    let (first, last) = (start.line()?, end.line().or(start.line())?);
    let lines: Vec<&str> = text.lines().skip(first - 1).take(last - first + 1).collect();
    Some(lines.join("\n"))
}
