//! Checks a script before it runs: every function that it calls must exist, with that number of
//! arguments. Otherwise a typo would show only when the script has come that far.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};

use super::errors::{place, with_nearest};
use super::former;
use super::shipped::Source;
use crate::{Code, Error, Place, Result};

/// Names with the numbers of arguments they take.
type Functions = BTreeMap<String, BTreeSet<usize>>;

/// Everything a script may call.
struct Known {
    /// By namespace; `""` is for functions without one.
    namespaces: BTreeMap<String, Functions>,
    properties: BTreeSet<String>,
    /// Keys of the maps written out in the script.
    keys: BTreeSet<String>,
}

/// Checks the calls of a script. What depends on values (properties of maps, the types of methods)
/// shows only when it runs.
pub fn check(engine: &Engine, ast: &AST, source: &Source) -> Result<()> {
    let mut known = known(engine);
    for function in ast.iter_functions() {
        let names = known.namespaces.entry(String::new()).or_default();
        names.entry(function.name.to_string()).or_default().insert(function.params.len());
    }
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::Map(map, _))) = path.last() {
            known.keys.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
        }
        true
    });
    let mut problem = None;
    let mut imports = BTreeMap::new();
    ast.walk(&mut |path| {
        let Some(node) = path.last() else { return true };
        let found = match node {
            ASTNode::Stmt(Stmt::Import(import, position)) => {
                add_import(engine, &import.0, &import.1.name, *position, source, &mut imports)
            }
            ASTNode::Stmt(Stmt::FnCall(call, position))
            | ASTNode::Expr(Expr::FnCall(call, position)) => {
                check_call(&known, &imports, call, *position, call.args.len())
            }
            ASTNode::Expr(Expr::MethodCall(call, position)) => {
                check_method(&known, call, *position)
            }
            _ => Ok(()),
        };
        if let Err((error, position)) = found {
            let place = place(&source.name, position);
            let place = place.unwrap_or_else(|| Place::file(&source.name).line(1));
            problem = Some(error.at(place.quoting(&source.text)));
        }
        problem.is_none()
    });
    problem.map_or(Ok(()), Err)
}

/// Whether a script calls anything of a namespace.
#[must_use]
pub fn uses_namespace(ast: &AST, namespace: &str) -> bool {
    let mut found = false;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) =
            path.last()
        {
            found |= root(call) == Some(namespace);
        }
        !found
    });
    found
}

type Found = Result<(), (Error, Position)>;

fn script_error(message: String) -> Error {
    Error::new(Code::Script, message)
}

pub fn root(call: &FnCallExpr) -> Option<&str> {
    call.namespace.path.first().map(|ident| ident.name.as_str())
}

/// Loads a module that is imported by a literal path, so that its functions are known.
fn add_import(
    engine: &Engine,
    path: &Expr,
    alias: &str,
    position: Position,
    source: &Source,
    imports: &mut BTreeMap<String, Option<Functions>>,
) -> Found {
    let Expr::StringConstant(path, _) = path else {
        imports.insert(alias.to_string(), None);
        return Ok(());
    };
    let loaded = engine.module_resolver().resolve(engine, Some(&source.name), path, position);
    let module = loaded.map_err(|error| (super::errors::caught(error, &source.name), position))?;
    let mut functions = Functions::new();
    for (_, _, name, count, _) in module.iter_script_fn_info() {
        functions.entry(name.to_string()).or_default().insert(count);
    }
    imports.insert(alias.to_string(), Some(functions));
    Ok(())
}

fn check_call(
    known: &Known,
    imports: &BTreeMap<String, Option<Functions>>,
    call: &FnCallExpr,
    position: Position,
    count: usize,
) -> Found {
    if call.op_token.is_some() || !is_identifier(&call.name) || is_keyword_function(&call.name) {
        return Ok(());
    }
    if call.namespace.path.len() > 1 {
        return Ok(());
    }
    let Some(namespace) = root(call) else {
        let functions = known.namespaces.get("");
        return check_count(functions, "", &call.name, count, position);
    };
    let functions = match (imports.get(namespace), known.namespaces.get(namespace)) {
        (Some(None), _) => return Ok(()),
        (Some(imported), _) => imported.as_ref(),
        (None, Some(functions)) => Some(functions),
        (None, None) => {
            let names = known.namespaces.keys().chain(imports.keys()).map(String::as_str);
            let names = names.filter(|name| !name.is_empty());
            return Err((unknown_namespace(namespace, names), position));
        }
    };
    let counts = functions.and_then(|functions| functions.get(call.name.as_str()));
    let known = counts.is_some_and(|counts| counts.contains(&count));
    match former::refuse(&format!("{namespace}::{}", call.name), &call.args, known) {
        Some(error) => Err((error, position)),
        None => check_count(functions, namespace, &call.name, count, position),
    }
}

/// The error for a namespace that is not imported, or misspelled.
pub fn unknown_namespace<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let error = script_error(format!("there is no namespace `{name}`"));
    let error = with_nearest(error, name, known);
    if error.hint_text().is_some() {
        return error;
    }
    error.hint(format!("add `import \"std/{name}\" as {name};` at the top"))
}

/// A method is a function whose first argument is written before the dot, or a closure in a map.
fn check_method(known: &Known, call: &FnCallExpr, position: Position) -> Found {
    if !is_identifier(&call.name) || is_keyword_function(&call.name) {
        return Ok(());
    }
    let functions = known.namespaces.get("");
    if functions.is_some_and(|functions| functions.contains_key(call.name.as_str())) {
        // A function of the script has the value as `this`, and so takes one argument fewer.
        let as_script = functions
            .and_then(|functions| functions.get(call.name.as_str()))
            .is_some_and(|counts| counts.contains(&call.args.len()));
        if as_script {
            return Ok(());
        }
        return check_count(functions, "", &call.name, call.args.len() + 1, position);
    }
    let names = functions.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
    let names: Vec<&str> = names.chain(known.properties.iter().map(String::as_str)).collect();
    let error = script_error(format!("there is no method `{}`", call.name));
    let error = with_nearest(error, &call.name, names);
    // A map may hold a closure of any name; only a name close to a known one is taken for a typo.
    if error.hint_text().is_none() || known.keys.contains(call.name.as_str()) {
        return Ok(());
    }
    Err((error, position))
}

fn check_count(
    functions: Option<&Functions>,
    namespace: &str,
    name: &str,
    count: usize,
    position: Position,
) -> Found {
    let shown =
        if namespace.is_empty() { name.to_string() } else { format!("{namespace}::{name}") };
    let Some(counts) = functions.and_then(|functions| functions.get(name)) else {
        let names = functions.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        let error = script_error(format!("there is no function `{shown}`"));
        return Err((with_nearest(error, name, names), position));
    };
    if counts.contains(&count) {
        return Ok(());
    }
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    let error = script_error(format!("`{shown}` does not take {}", arguments(count)))
        .hint(format!("pass {}", counts.join(" or ")));
    Err((error, position))
}

fn arguments(count: usize) -> String {
    if count == 1 { "1 argument".to_string() } else { format!("{count} arguments") }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Names that belong to the language itself: no function is registered for them.
fn is_keyword_function(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "print",
        "debug",
        "type_of",
        "eval",
        "Fn",
        "call",
        "curry",
        "is_shared",
        "is_def_var",
        "is_def_fn",
        "import",
        "exit",
    ];
    NAMES.contains(&name)
}

fn known(engine: &Engine) -> Known {
    let mut known =
        Known { namespaces: BTreeMap::new(), properties: BTreeSet::new(), keys: BTreeSet::new() };
    let all = engine.collect_fn_metadata(
        None,
        |info| {
            let metadata = info.metadata;
            Some((info.namespace.to_string(), metadata.name.to_string(), metadata.num_params))
        },
        true,
    );
    for (namespace, name, count) in all {
        if let Some(property) = name.strip_prefix("get$") {
            known.properties.insert(property.to_string());
            continue;
        }
        known.namespaces.entry(namespace).or_default().entry(name).or_default().insert(count);
    }
    known
}

/// The names of every namespace of an engine.
pub fn namespaces(engine: &Engine) -> Vec<String> {
    known(engine).namespaces.into_keys().filter(|name| !name.is_empty()).collect()
}
