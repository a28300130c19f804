//! What a step is made of: its text, the values that its closure captured, and all that it may call.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rhai::{Dynamic, FnPtr, NativeCallContext, ScriptFuncDef};

use super::functions::{Lookup, as_text, cut_function};
use super::own::Own;
use crate::run::digest;
use crate::script::api::host::Host;
use crate::script::reads::{Found, record};
use crate::script::running::Script;
use crate::script::sources::Sources;
use crate::state::InputKind;

/// The words of the step's text, and each captured value.
pub fn own(call: &NativeCallContext, script: &Script, closure: &FnPtr) -> Vec<Own> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    if let Some((source, function)) = definitions(call, script, closure.fn_name()).next() {
        let text = text(&script.sources, &source, function).unwrap_or_default();
        found.push(text_of_step(text));
        names = function.params.iter().map(ToString::to_string).collect();
    }
    let known = RefCell::new(BTreeMap::new());
    let lookup = |name: &str| {
        let mut known = known.borrow_mut();
        known.entry(name.to_owned()).or_insert_with(|| text_of(call, script, name)).clone()
    };
    for (at, value) in closure.iter_curry().enumerate() {
        let value = value.flatten_clone();
        if value.is::<Host>() {
            continue;
        }
        let name = names.get(at).cloned().unwrap_or_else(|| format!("argument {}", at + 1));
        let secret = script.reads.has_secret();
        let text = Found::Value { text: Some(as_text(&value, &lookup)), secret };
        found.push((InputKind::Value, name, text));
    }
    found
}

/// The words of a step's text.
pub fn text_of_step(words: String) -> Own {
    (InputKind::Text, String::new(), Found::Value { text: Some(words), secret: false })
}

/// The functions of a name, each with the name of the text that it is in, innermost first.
fn definitions<'c>(
    call: &'c NativeCallContext,
    script: &'c Script,
    name: &'c str,
) -> impl Iterator<Item = (String, &'c ScriptFuncDef)> {
    call.iter_namespaces().flat_map(move |module| {
        let source = module.id().unwrap_or(&script.source_name);
        let named = module.iter_script_fn_info().filter(move |(.., own, _, _)| *own == name);
        named.map(move |(.., function)| (source.to_owned(), &**function))
    })
}

/// The texts of all functions of a name. None: no script has one.
fn text_of(call: &NativeCallContext, script: &Script, name: &str) -> Option<String> {
    let mut texts: Vec<String> = definitions(call, script, name)
        .filter_map(|(source, function)| text(&script.sources, &source, function))
        .collect();
    texts.sort();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// The functions and constants of the script, and the modules that it has loaded outside of steps, each
/// with its digest.
pub fn library(call: &NativeCallContext, script: &Script) -> BTreeMap<String, String> {
    let mut found = modules(&script.sources, &script.source_name);
    let own = call.iter_namespaces().next();
    for (.., name, count, function) in own.into_iter().flat_map(rhai::Module::iter_script_fn_info) {
        let text = text(&script.sources, &script.source_name, function);
        add_function(&mut found, name, count, text);
    }
    let known = RefCell::new(BTreeMap::new());
    let lookup = |name: &str| {
        let mut known = known.borrow_mut();
        known.entry(name.to_owned()).or_insert_with(|| text_of(call, script, name)).clone()
    };
    let constants = call.global_runtime_state().constants.as_ref();
    let constants = constants.and_then(|constants| rhai::locked_read(constants));
    for (name, value) in constants.iter().flat_map(|constants| constants.iter()) {
        if !value.is::<Host>() {
            found.insert(format!("constant {name}"), constant(script, name, value, &lookup));
        }
    }
    found
}

/// The digest of a constant.
pub fn constant(script: &Script, name: &str, value: &Dynamic, lookup: Lookup) -> String {
    let text = Some(as_text(value, lookup));
    let text = Found::Value { text, secret: script.reads.has_secret() };
    record(&script.run, InputKind::Value, name, &text).digest
}

fn modules(sources: &Sources, but: &str) -> BTreeMap<String, String> {
    let modules = sources.around(but).into_iter();
    let texts = &sources.trees.texts;
    modules.map(|(name, text)| (format!("module {name}"), texts.digest(&name, &text))).collect()
}

fn add_function(
    found: &mut BTreeMap<String, String>,
    name: &str,
    count: usize,
    text: Option<String>,
) {
    if let Some(text) = text.filter(|_| !name.starts_with("anon$")) {
        found.insert(format!("function {name}/{count}"), digest::of(&[text]));
    }
}

fn text(sources: &Sources, source: &str, function: &ScriptFuncDef) -> Option<String> {
    cut_function(&sources.text(source)?, &*sources.closures(source)?, function)
}
