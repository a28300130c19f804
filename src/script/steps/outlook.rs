//! Whether a step would run again, told without running its script: what only the script knows, the values
//! that it gives to the step, is told as far as it comes from what the script had read before.

use std::collections::BTreeMap;
use std::path::Path;

use rhai::{AST, ASTNode, Dynamic, Engine, Expr, FnPtr, ScriptFuncDef, Stmt};

use super::code::{constant, text_of_step};
use super::compare;
use super::functions::cut_function;
use super::own::Own;
use crate::Result;
use crate::run::digest;
use crate::script::closures::{Closures, words};
use crate::script::compile::compile;
use crate::script::running::Script;
use crate::script::shipped::{Shelf, Source, read};
use crate::script::sources::Sources;
use crate::state::{Document, InputKind, InputRecord, StepRecord};

/// What has changed since a step was done.
#[derive(Default)]
pub struct Outlook {
    /// Its script has it no more: it is not done again.
    pub gone: bool,
    /// It will run again.
    pub again: Vec<String>,
    /// It will if it is given other values for that.
    pub perhaps: Vec<String>,
}

/// What has changed since this step was done.
///
/// # Errors
/// Ctrl-C while files are read.
pub fn outlook(
    engine: &Engine,
    script: &Script,
    document: &Document,
    done: &StepRecord,
) -> Result<Outlook> {
    if done.inputs.is_empty() {
        return Ok(Outlook { again: vec![compare::OLDER.to_owned()], ..Outlook::default() });
    }
    let mut again = Vec::new();
    match source(&script.run.options.project, &done.script) {
        None => again.push(format!("there is no script {} any more", done.script)),
        Some(source) => match compile(engine, &Sources::default(), &source) {
            Err(error) => again.push(format!("{} cannot be read: {error}", done.script)),
            Ok(ast) if is_gone(&source, &ast, &done.name) => {
                let again = vec!["its script does not have it any more".to_owned()];
                return Ok(Outlook { gone: true, again, ..Outlook::default() });
            }
            Ok(ast) => {
                let known = done.library.as_ref().and_then(|name| document.libraries.get(name));
                again.extend(of_text(script, done, &source, &ast));
                if let Some(known) = known {
                    let now = around(script, known, &source, &ast);
                    again.extend(compare::of_library(known, &now));
                }
            }
        },
    }
    // The arguments of the command to come are not known.
    let known = |inputs: &[InputRecord]| -> Vec<InputRecord> {
        inputs.iter().filter(|input| input.kind != InputKind::Arguments).cloned().collect()
    };
    again.extend(compare::of_inputs(script, &known(&done.inputs))?);
    let library = done.library.as_ref().and_then(|name| document.libraries.get(name));
    let has_constants =
        library.is_some_and(|known| known.keys().any(|name| name.starts_with("constant ")));
    let takes_values =
        has_constants || done.inputs.iter().any(|input| input.kind == InputKind::Value);
    let perhaps = match takes_values && again.is_empty() {
        true => compare::of_inputs(script, &known(&done.before))?,
        false => Vec::new(),
    };
    Ok(Outlook { again, perhaps, ..Outlook::default() })
}

/// The script under whose name steps are recorded.
fn source(project: &Path, name: &str) -> Option<Source> {
    match Shelf::Scripts.find(project, name) {
        Ok(Some(source)) => Some(source),
        _ => read(&project.join(name), name.to_owned()).ok(),
    }
}

/// Of the step's text, if the script names it by this literal.
fn of_text(script: &Script, done: &StepRecord, source: &Source, ast: &AST) -> Vec<String> {
    if !done.inputs.iter().any(|input| input.kind == InputKind::Text) {
        return Vec::new();
    }
    let Some(closure) = closure(ast, &done.name) else { return Vec::new() };
    let function = functions(ast).find(|function| function.name == closure);
    let closures = Closures::of(&source.text);
    let text = function.and_then(|function| cut_function(&source.text, &closures, function));
    let own: Vec<Own> = text.map(text_of_step).into_iter().collect();
    let of_text = |input: &&InputRecord| input.kind == InputKind::Text;
    let inputs = done.inputs.iter().filter(of_text).cloned().collect();
    compare::of_code(script, &StepRecord { inputs, ..done.clone() }, &own)
}

fn functions(ast: &AST) -> impl Iterator<Item = &ScriptFuncDef> {
    ast.shared_lib().iter_script_fn_info().map(|(.., function)| &**function)
}

/// Whether a script has no step of that name, as far as that can be told: names may be computed, and modules
/// and texts that it loads may have steps as well.
fn is_gone(source: &Source, ast: &AST, step: &str) -> bool {
    let mut may_be = false;
    ast.walk(&mut |path| {
        let call = match path.last() {
            Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) => call,
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
                may_be |= call.name == "step";
                return !may_be;
            }
            Some(ASTNode::Stmt(Stmt::Import(import, _))) => {
                let of_library = matches!(&import.0, Expr::StringConstant(name, _) if name.starts_with("std/"));
                may_be |= !of_library;
                return !may_be;
            }
            _ => return true,
        };
        may_be |= match call.name.as_str() {
            "step" => !matches!(call.args.first(), Some(Expr::StringConstant(name, _)) if name.as_str() != step),
            "eval" => true,
            "Fn" => source.text.contains("Fn(\"step\""),
            _ => false,
        };
        !may_be
    });
    !may_be
}

/// The name of the function that is the closure of a step.
fn closure(ast: &AST, step: &str) -> Option<String> {
    let mut found = None;
    ast.walk(&mut |path| {
        let Some(ASTNode::Expr(Expr::DynamicConstant(value, _))) = path.last() else { return true };
        let call = path.iter().rev().find_map(|node| match node {
            ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))
                if call.name == "step" =>
            {
                Some(call)
            }
            _ => None,
        });
        let is_it = call.and_then(|call| call.args.first()).is_some_and(
            |name| matches!(name, Expr::StringConstant(name, _) if name.as_str() == step),
        );
        if let Some(closure) = value.read_lock::<FnPtr>().filter(|_| is_it) {
            found = Some(closure.fn_name().to_owned());
        }
        found.is_none()
    });
    found
}

/// What is around a step now, as far as that is known without running its script.
fn around(
    script: &Script,
    known: &BTreeMap<String, String>,
    source: &Source,
    ast: &AST,
) -> BTreeMap<String, String> {
    let mut now = BTreeMap::new();
    let closures = Closures::of(&source.text);
    for function in functions(ast).filter(|function| !function.name.starts_with("anon$")) {
        let name = format!("function {}/{}", function.name, function.params.len());
        let text = cut_function(&source.text, &closures, function).unwrap_or_default();
        now.insert(name, digest::of(&[text]));
    }
    for (name, was) in known {
        if let Some(module) = name.strip_prefix("module ") {
            // One that does not compile any more has another digest than before.
            if let Ok(Some(module)) = compare::module(script, module) {
                now.insert(name.clone(), digest::of(&[words(&module.text)]));
            }
        } else if name.starts_with("constant ") {
            now.insert(name.clone(), was.clone());
        }
    }
    let text_of = |name: &str| {
        let named = functions(ast).filter(|function| function.name == name);
        let mut texts: Vec<String> =
            named.filter_map(|function| cut_function(&source.text, &closures, function)).collect();
        texts.sort();
        (!texts.is_empty()).then(|| texts.join("\n"))
    };
    for (name, value) in constants(ast) {
        if let Some(known) = now.get_mut(&format!("constant {name}")) {
            *known = constant(script, &name, &value, &text_of);
        }
    }
    now
}

/// The constants at the top of a script that are written out there.
fn constants(ast: &AST) -> Vec<(String, Dynamic)> {
    let literal = |statement: &Stmt| match statement {
        Stmt::Var(var, ..) => Some((var.0.name.to_string(), var.1.get_literal_value(None)?)),
        _ => None,
    };
    ast.statements().iter().filter_map(literal).collect()
}
