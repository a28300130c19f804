//! Work done at the same time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rhai::plugin::*;
use rhai::{Array, EvalAltResult, FnPtr, Map};
use serde::Deserialize;

use super::{options, room};
use crate::Error;
use crate::script::captured::{Followed, Way};
use crate::script::errors::{Fallible, caught, is_again, is_exit, throw};
use crate::script::kind::{printed, shown};
use crate::script::running::Script;

/// The option map of `parallel`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ParallelOptions {
    at_most: usize,
}

impl Default for ParallelOptions {
    fn default() -> Self {
        ParallelOptions { at_most: 50 }
    }
}

/// Bytes: enough for the interpreter's recursion at the call depth that the engine allows, and for deeply
/// nested values. Only what is used of it takes memory.
const STACK: usize = 64 << 20;

/// A copy that shares nothing. A captured variable is behind a lock, and Rhai refuses a method call on
/// it while another thread has it.
fn detached(closure: &FnPtr, way: Way<'_>) -> Fallible<FnPtr> {
    let Some(way) = way.inside() else {
        let error = Error::new(crate::Code::Script, "a function for `parallel` captures itself");
        let hint = "what it captures is copied: give the function to itself, as in \
                    `let f = |f, n| …; parallel(list, |n| f.call(f, n))`";
        return Err(throw(error.hint(hint)));
    };
    let mut own = closure.clone();
    for value in own.iter_curry_mut() {
        *value = owned(value, way)?;
    }
    Ok(own)
}

/// A copy of a value that shares nothing, including what is in lists, maps and closures.
fn owned(value: &Dynamic, way: Way<'_>) -> Fallible<Dynamic> {
    let value = value.flatten_clone();
    if let Some(closure) = value.read_lock::<FnPtr>() {
        return detached(&closure, way).map(Into::into);
    }
    if let Some(list) = value.read_lock::<Array>() {
        let items = list.iter().map(|item| owned(item, way));
        return Ok(items.collect::<Fallible<Array>>()?.into());
    }
    if let Some(map) = value.read_lock::<Map>() {
        let pairs = map.iter().map(|(key, value)| Ok((key.clone(), owned(value, way)?)));
        return Ok(pairs.collect::<Fallible<Map>>()?.into());
    }
    Ok(value)
}

type Outcome = Result<Dynamic, Box<EvalAltResult>>;

/// Calls `work(i)` for every index below `count`, `at_most` at once; the results are in order.
fn side_by_side(
    count: usize,
    at_most: usize,
    work: impl Fn(usize) -> Outcome + Sync,
) -> Fallible<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Outcome>>> = (0..count).map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..at_most.clamp(1, count.max(1)) {
            let run = || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(slot) = results.get(index) else { break };
                    let outcome = match (work(index), room::take_exceeded()) {
                        (Ok(_), Some(error)) => Err(throw(error)),
                        (outcome, _) => outcome,
                    };
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(outcome);
                    }
                }
            };
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
            threads.push(thread.map_err(|error| {
                throw(Error::failed("cannot start another thread").cause(error))
            })?);
        }
        Fallible::Ok(())
    })?;
    let missing = || Err(throw(Error::failed("a thread of `parallel` ended early")));
    Ok(results
        .into_iter()
        .map(|slot| slot.into_inner().ok().flatten().unwrap_or_else(missing))
        .collect())
}

/// The values in order, or one error that lists all failures.
fn gather(source: &str, outcomes: Vec<Outcome>, names: &[String]) -> Fallible<Array> {
    let count = outcomes.len();
    let mut values = Array::with_capacity(count);
    let mut failures = Vec::new();
    for (outcome, name) in outcomes.into_iter().zip(names) {
        match outcome {
            Ok(value) => values.push(value),
            Err(error) if is_exit(&error) || is_again(&error) => return Err(error),
            Err(error) => failures.push((name, caught(error, source))),
        }
    }
    let Some((_, first)) = failures.first() else { return Ok(values) };
    if failures.len() == 1 && count == 1 {
        return Err(throw(first.clone()));
    }
    let message = format!("{} of {count} in parallel failed", failures.len());
    let mut error = Error::new(first.code(), message);
    for (name, failure) in &failures {
        let place = failure.place().map(|place| format!(" ({place})")).unwrap_or_default();
        error = error.cause(format!("{name}: {failure}{place}"));
    }
    if let Some(hint) = first.hint_text() {
        error = error.hint(hint);
    }
    Err(throw(error))
}

fn for_each(call: &NativeCallContext, list: &Array, closure: &FnPtr, map: Map) -> Fallible<Array> {
    let given: ParallelOptions = options::read("parallel", map)?;
    options::at_least_one("parallel", "at_most", given.at_most)?;
    let script = Script::of(call)?;
    let (cancel, spans) = (&script.run.watch.cancel, script.run.ui.spans());
    let (within, waiting) = (spans.innermost(), std::thread::current().id());
    let names: Vec<String> = list.iter().map(label).collect();
    let items = list.iter().map(|item| owned(item, Followed::default().begin()));
    let items = items.collect::<Fallible<Vec<Dynamic>>>()?;
    let outcomes = side_by_side(items.len(), given.at_most, |index| {
        if cancel.is_cancelled() {
            return Err(throw(Error::interrupted()));
        }
        let (_inside, _awaited) = (spans.enter(within), script.run.alone.awaited_by(waiting));
        let closure = detached(closure, Followed::default().begin())?;
        closure.call_within_context::<Dynamic>(call, (items[index].clone(),))
    })?;
    gather(call.call_source().unwrap_or_default(), outcomes, &names)
}

/// The name of an item in errors.
fn label(item: &Dynamic) -> String {
    match item.read_lock::<super::host::Host>() {
        Some(host) => host.remote().label().to_string(),
        None => printed(item),
    }
}

#[export_module]
pub mod functions {
    /// Calls the closure for every item in parallel, up to 50 at once; returns the results in the order
    /// of the items. All are finished before an error is thrown, which names every item that failed.
    /// What the closure captures is a copy.
    ///
    /// ```rhai
    /// let uptimes = parallel(hosts, |host| host.query("uptime").stdout);
    /// ```
    #[rhai_fn(name = "parallel", return_raw)]
    pub fn parallel(call: NativeCallContext, items: Array, closure: FnPtr) -> Fallible<Array> {
        for_each(&call, &items, &closure, Map::new())
    }

    /// As `parallel(items, closure)`, with `at_most`: how many run at once.
    ///
    /// ```rhai
    /// parallel(regions, #{ at_most: 4 }, |region| log::info(region));
    /// ```
    #[rhai_fn(name = "parallel", return_raw)]
    pub fn parallel_with(
        call: NativeCallContext,
        items: Array,
        options: Map,
        closure: FnPtr,
    ) -> Fallible<Array> {
        for_each(&call, &items, &closure, options)
    }

    /// Runs closures in parallel and returns their results in order.
    ///
    /// ```rhai
    /// parallel([|| host.sudo("apt-get update"), || local::run("make agent")]);
    /// ```
    #[rhai_fn(name = "parallel", return_raw)]
    pub fn parallel_closures(call: NativeCallContext, closures: Array) -> Fallible<Array> {
        let closures: Vec<FnPtr> = closures
            .into_iter()
            .map(|item| {
                item.try_cast_result::<FnPtr>().map_err(|other| {
                    throw(Error::new(
                        crate::Code::Script,
                        format!(
                            "parallel takes a list of closures, and one item is {}",
                            shown(&other)
                        ),
                    ))
                })
            })
            .collect::<Fallible<_>>()?;
        let names: Vec<String> = (1..=closures.len()).map(|n| format!("closure {n}")).collect();
        let script = Script::of(&call)?;
        let spans = script.run.ui.spans();
        let (within, waiting) = (spans.innermost(), std::thread::current().id());
        let outcomes = side_by_side(closures.len(), closures.len(), |index| {
            let (_inside, _awaited) = (spans.enter(within), script.run.alone.awaited_by(waiting));
            let closure = detached(&closures[index], Followed::default().begin())?;
            closure.call_within_context::<Dynamic>(&call, ())
        })?;
        gather(call.call_source().unwrap_or_default(), outcomes, &names)
    }
}
