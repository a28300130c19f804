//! What a module offers to those who import it, read from its syntax tree.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Expr, FnAccess, ScriptFuncDef, Shared, Stmt};

use super::changed::Changes;
use super::kind::{self, Kind};

/// The options of a parameter, with the types of their defaults.
pub type Options = BTreeMap<String, Kind>;

/// A function of a script.
#[derive(Clone, Default)]
pub struct ScriptFunction {
    pub parameters: Vec<String>,
    pub is_private: bool,
    /// By the parameter that takes them, counted from 0.
    pub options: BTreeMap<usize, Options>,
    /// The parameters that must be hosts.
    pub hosts: BTreeSet<usize>,
}

/// The options that any function of that name reads from an argument.
#[must_use]
pub fn options_of(ast: &AST, function: &str, argument: usize) -> Vec<String> {
    let module = Module::of(ast);
    let all = module.functions.get(function).into_iter().flatten();
    let options = all.filter_map(|it| it.options.get(&argument)).flat_map(BTreeMap::keys);
    options.cloned().collect::<BTreeSet<String>>().into_iter().collect()
}

#[derive(Clone, Default)]
pub struct Module {
    pub functions: BTreeMap<String, Vec<ScriptFunction>>,
    pub exports: BTreeSet<String>,
}

impl Module {
    pub fn of(ast: &AST) -> Module {
        let mut module = Module::default();
        for function in ast.iter_fn_def().filter(|it| !is_closure(it)) {
            let all = module.functions.entry(function.name.to_string()).or_default();
            all.push(ScriptFunction {
                parameters: function.params.iter().map(ToString::to_string).collect(),
                is_private: function.access == FnAccess::Private,
                options: BTreeMap::new(),
                hosts: BTreeSet::new(),
            });
        }
        for statement in ast.statements() {
            match statement {
                Stmt::Export(names, _) => {
                    let (own, shown) = &**names;
                    let name = if shown.name.is_empty() { &own.name } else { &shown.name };
                    module.exports.insert(name.to_string());
                }
                Stmt::Var(variable, flags, _) if flags.contains(rhai::ASTFlags::EXPORTED) => {
                    module.exports.insert(variable.0.name.to_string());
                }
                _ => {}
            }
        }
        module.read_options(ast);
        module
    }

    pub fn function(&self, name: &str, count: usize) -> Option<&ScriptFunction> {
        self.functions.get(name)?.iter().find(|it| it.parameters.len() == count)
    }

    /// Options are what functions lay over their defaults with `options::over`, themselves or in a
    /// function of the same script that they hand them on to.
    fn read_options(&mut self, ast: &AST) {
        let shared = constants(ast);
        let known: BTreeSet<String> = self.functions.keys().cloned().collect();
        let readers = readers(ast);
        let mut handed = Vec::new();
        for function in ast.iter_fn_def().filter(|it| !is_closure(it)) {
            let name = function.name.to_string();
            let count = function.params.len();
            let only = alone(function);
            let parameter = |expression: &Expr| match expression {
                Expr::Variable(variable, ..) if variable.2.is_empty() => {
                    function.params.iter().position(|it| *it == variable.1)
                }
                _ => None,
            };
            let mut own = BTreeMap::new();
            let changes = Changes::of(&only, &|name| known.contains(name));
            only.walk(&mut |path| {
                if let Some(ASTNode::Stmt(Stmt::Var(variable, ..))) = path.last()
                    && let Expr::Map(..) = &variable.1
                {
                    own.insert(variable.0.name.to_string(), entries(&variable.1));
                }
                let (Some(ASTNode::Stmt(Stmt::FnCall(call, _)))
                | Some(ASTNode::Expr(Expr::FnCall(call, _)))) = path.last()
                else {
                    return true;
                };
                let root = call.namespace.path.first().map(|it| it.name.as_str());
                let arguments = call.args.as_slice();
                match (root, arguments) {
                    (Some(root), [defaults, given, ..])
                        if readers.contains(root) && call.name == "over" =>
                    {
                        let found = match defaults {
                            Expr::Map(..) => Some(entries(defaults)),
                            Expr::Variable(name, ..) if changes.any(&name.1) => None,
                            Expr::Variable(name, ..) if name.2.is_empty() => {
                                own.get(name.1.as_str()).cloned()
                            }
                            Expr::Variable(name, ..) => shared.get(name.1.as_str()).cloned(),
                            _ => None,
                        };
                        // Options may be taken out before.
                        let is_whole = |at: &usize| !changes.in_place(&function.params[*at]);
                        if let (Some(at), Some(found)) = (parameter(given).filter(is_whole), found)
                        {
                            self.set(&name, count, at, found);
                        }
                    }
                    (None, arguments) => {
                        for (there, argument) in arguments.iter().enumerate() {
                            let is_changed = matches!(argument, Expr::Variable(name, ..) if changes.any(&name.1));
                            if let Some(here) = parameter(argument).filter(|_| !is_changed) {
                                let callee = (call.name.to_string(), arguments.len(), there);
                                handed.push(((name.clone(), count, here), callee));
                            }
                        }
                    }
                    _ => {}
                }
                true
            });
        }
        // A helper may hand them on to another one.
        for _ in 0..3 {
            for ((name, count, at), (callee, parameters, there)) in &handed {
                let found = self.function(callee, *parameters);
                if let Some(options) = found.and_then(|it| it.options.get(there)).cloned() {
                    self.set(name, *count, *at, options);
                }
            }
        }
    }

    fn set(&mut self, name: &str, count: usize, at: usize, options: Options) {
        let all = self.functions.get_mut(name).into_iter().flatten();
        for function in all.filter(|it| it.parameters.len() == count) {
            // In another branch there may be others.
            function.options.entry(at).or_default().extend(options.clone());
        }
    }
}

/// A syntax tree of one function. Rhai shows a function's statements only to those who walk a tree.
fn alone(function: &Shared<ScriptFuncDef>) -> AST {
    let mut module = rhai::Module::new();
    module.set_script_fn(function.clone());
    AST::new([], module)
}

/// The statements of a function.
pub fn body(function: &Shared<ScriptFuncDef>) -> Vec<Stmt> {
    let mut body = Vec::new();
    alone(function).walk(&mut |path| {
        if let [ASTNode::Stmt(statement)] = path {
            body.push((*statement).clone());
        }
        true
    });
    body
}

/// A function of the script, as others of its name take other numbers of arguments.
pub fn key(name: &str, parameters: usize) -> String {
    format!("{name}/{parameters}")
}

pub fn is_closure(function: &ScriptFuncDef) -> bool {
    function.name.starts_with("anon$")
}

fn entries(map: &Expr) -> Options {
    let Expr::Map(map, _) = map else { return Options::new() };
    map.0.iter().map(|(key, value)| (key.name.to_string(), kind::literal(value))).collect()
}

/// The maps among the constants of a script.
fn constants(ast: &AST) -> BTreeMap<String, Options> {
    let maps = ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Var(variable, ..) if matches!(variable.1, Expr::Map(..)) => {
            Some((variable.0.name.to_string(), entries(&variable.1)))
        }
        _ => None,
    });
    maps.collect()
}

/// The names under which a script has imported the library's reader of options.
fn readers(ast: &AST) -> BTreeSet<String> {
    let imports = ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Import(import, _) => match &import.0 {
            Expr::StringConstant(path, _) if path == "std/options" => {
                Some(import.1.name.to_string())
            }
            _ => None,
        },
        _ => None,
    });
    imports.collect()
}
