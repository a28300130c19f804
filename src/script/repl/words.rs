//! What can be typed at a console now: the reference, and what lines and scripts have defined.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use rhai::{FnAccess, GlobalRuntimeState, Map, Module, Scope, ScriptFuncDef, Shared};

use crate::script::api::host::Host;
use crate::script::api::result::CommandResult;
use crate::script::docs::Entry;

/// What is known of a variable.
pub enum Kind {
    Host,
    Result,
    List,
    Text,
    /// With its keys.
    Map(Vec<String>),
    Other,
}

/// A module that was imported, and the calls of its functions.
pub struct Imported {
    pub name: String,
    pub signatures: Vec<String>,
}

pub struct Words {
    pub entries: Arc<Vec<Entry>>,
    /// `std/NAME` can be imported.
    pub library: Arc<Vec<String>>,
    pub variables: Vec<(String, Kind)>,
    pub imported: Vec<Imported>,
    /// The calls of functions that were defined.
    pub functions: Vec<String>,
}

impl Words {
    pub fn new(
        entries: &Arc<Vec<Entry>>,
        library: &Arc<Vec<String>>,
        scope: &Scope<'_>,
        global: &GlobalRuntimeState,
    ) -> Words {
        let variables = scope.iter_raw().map(|(name, _, value)| {
            let value = value.flatten_clone();
            let kind = if value.is::<Host>() {
                Kind::Host
            } else if value.is::<CommandResult>() {
                Kind::Result
            } else if value.is_array() {
                Kind::List
            } else if value.is_string() {
                Kind::Text
            } else if let Some(map) = value.read_lock::<Map>() {
                Kind::Map(map.keys().map(ToString::to_string).collect())
            } else {
                Kind::Other
            };
            (name.to_owned(), kind)
        });
        let imported = global.iter_imports().map(|(name, module)| {
            let signatures = signatures(module).into_iter();
            let signatures = signatures.map(|call| format!("{name}::{call}")).collect();
            Imported { name: name.to_owned(), signatures }
        });
        Words {
            entries: entries.clone(),
            library: library.clone(),
            variables: variables.collect(),
            imported: imported.collect(),
            functions: global.lib.iter().flat_map(|module| signatures(module)).collect(),
        }
    }
}

/// What lines have imported or defined under a name, with the whole comments: `p` of `import … as p`, `p::install`,
/// `own` of `fn own(a) { a }`.
pub fn defined(global: &GlobalRuntimeState, name: &str) -> String {
    let mut text = String::new();
    let imported = global.iter_imports().map(|(space, module)| (Some(space), module));
    // Of several functions of a name the last one counts.
    let own = global.lib.iter().rev().map(|module| (None, &**module));
    let mut seen = BTreeSet::new();
    for (space, module) in imported.chain(own) {
        for function in public(module) {
            let path = space.map_or_else(String::new, |space| format!("{space}::"));
            let call = format!("{path}{}", call(function));
            let is_meant = space == Some(name) || format!("{path}{}", function.name) == name;
            if is_meant && seen.insert(call.clone()) {
                let lines = function.comments.iter().flat_map(|comment| comment.lines());
                let lines = lines.map(|line| line.trim_start().trim_start_matches('/').trim_end());
                let lines: Vec<String> = lines.map(|line| format!("   {line}\n")).collect();
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{call}\n{}", lines.concat());
            }
        }
    }
    text
}

/// Those that others can call.
fn public(module: &Module) -> impl Iterator<Item = &Shared<ScriptFuncDef>> {
    let functions = module.iter_script_fn_info().map(|(.., function)| function);
    functions.filter(|it| it.access == FnAccess::Public && !it.name.starts_with("anon$"))
}

/// `install(host, names)`
fn call(function: &ScriptFuncDef) -> String {
    format!("{}({})", function.name, function.params.join(", "))
}

/// The calls of a module's functions.
fn signatures(module: &Module) -> Vec<String> {
    public(module).map(|it| call(it)).collect()
}
