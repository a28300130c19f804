//! Parameters that must be hosts: a function calls what only a host has, or hands them to one that does.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rhai::{
    AST, ASTNode, BinaryExpr, Dynamic, Expr, FnCallExpr, FnPtr, ScriptFuncDef, Shared, Stmt,
};

use super::changed::method;
use super::kind::Kind;
use super::known::Known;
use super::module::{Module, body, is_closure, key};
use super::quick::root;

const HOST: &str = "Host";

/// How often what functions hand on is followed: through as many functions of a file.
const DEPTH: usize = 4;

/// By [`key`]: which of a function's parameters must be hosts.
type Found = BTreeMap<String, BTreeSet<usize>>;

/// A parameter that is handed to a function of the same file.
struct Handed {
    from: (String, usize),
    to: (String, usize),
}

/// Where the functions of other files are, by the name that the file gives a module.
pub type Imported = BTreeMap<String, Rc<Module>>;

/// Learns which parameters of a module's functions must be hosts. A map may hold functions under the names in `held`.
pub fn learn(
    module: &mut Module,
    ast: &AST,
    known: &Known,
    held: &BTreeSet<String>,
    imported: &Imported,
) {
    let mut found = Found::new();
    let mut handed = Vec::new();
    for function in ast.iter_fn_def().filter(|it| !it.params.is_empty()) {
        let reader = Reader { known, held, imported, function, name: own_key(function) };
        reader.read(&body(function), &mut found, &mut handed);
    }
    for _ in 0..DEPTH {
        for Handed { from, to } in &handed {
            if found.get(&to.0).is_some_and(|all| all.contains(&to.1)) {
                found.entry(from.0.clone()).or_default().insert(from.1);
            }
        }
    }
    for (name, all) in &mut module.functions {
        for function in all {
            let own = found.get(&key(name, function.parameters.len()));
            function.hosts = own.cloned().unwrap_or_default();
        }
    }
}

/// That of a closure is its name, which no other closure has.
fn own_key(function: &ScriptFuncDef) -> String {
    match is_closure(function) {
        true => function.name.to_string(),
        false => key(&function.name, function.params.len()),
    }
}

/// Reads one function.
struct Reader<'r> {
    known: &'r Known,
    held: &'r BTreeSet<String>,
    imported: &'r Imported,
    function: &'r Shared<ScriptFuncDef>,
    name: String,
}

impl Reader<'_> {
    fn read(&self, body: &[Stmt], found: &mut Found, handed: &mut Vec<Handed>) {
        let own = self.settled(body);
        let place = |expression: &Expr| match expression {
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                own.iter().find(|(name, _)| *name == variable.1).map(|(_, at)| *at)
            }
            _ => None,
        };
        let mut certain = BTreeSet::new();
        for statement in body {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                match path.last() {
                    Some(ASTNode::Expr(Expr::Dot(chain, ..))) => {
                        certain.extend(place(&chain.lhs).filter(|_| self.is_of_host(chain)));
                    }
                    Some(
                        ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                    ) => {
                        for (at, argument) in call.args.iter().enumerate() {
                            let Some(here) = place(argument) else { continue };
                            if self.is_host_elsewhere(call, at) {
                                certain.insert(here);
                            }
                            let from = (self.name.clone(), here);
                            handed.extend(own_callee(call, at).map(|to| Handed { from, to }));
                        }
                    }
                    _ => {}
                }
                true
            });
        }
        if !certain.is_empty() {
            found.insert(self.name.clone(), certain);
        }
    }

    /// The parameters that keep their values, and are not asked what they are.
    fn settled(&self, body: &[Stmt]) -> Vec<(String, usize)> {
        let mut unsettled: BTreeSet<String> = BTreeSet::new();
        let named = |expression: &Expr| match expression {
            Expr::Variable(variable, ..) => Some(variable.1.to_string()),
            _ => None,
        };
        for statement in body {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                match path.last() {
                    Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => {
                        unsettled.insert(variable.0.name.to_string());
                    }
                    Some(ASTNode::Stmt(Stmt::For(each, _))) => {
                        unsettled.insert(each.0.name.to_string());
                    }
                    Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                        unsettled.extend(named(&assignment.1.lhs));
                    }
                    Some(
                        ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                    ) if call.name == "type_of" => {
                        unsettled.extend(call.args.first().and_then(named));
                    }
                    // `host.type_of()`
                    Some(ASTNode::Expr(Expr::Dot(chain, ..)))
                        if method(chain).is_some_and(|call| call.name == "type_of") =>
                    {
                        unsettled.extend(named(&chain.lhs));
                    }
                    _ => {}
                }
                true
            });
        }
        let all = self.function.params.iter().enumerate();
        let all = all.map(|(at, name)| (name.to_string(), at));
        all.filter(|(name, _)| !unsettled.contains(name)).collect()
    }

    /// Whether a method is called that only hosts have.
    fn is_of_host(&self, chain: &BinaryExpr) -> bool {
        let Some(call) = method(chain) else { return false };
        let all = self.known.plain(&call.name);
        let is_of_host =
            |kinds: &[Kind]| kinds.first().is_some_and(|first| first.as_deref() == Some(HOST));
        !self.held.contains(call.name.as_str())
            && !all.is_empty()
            && all.iter().all(|it| is_of_host(&it.kinds))
    }

    /// Whether a function of another file needs a host there.
    fn is_host_elsewhere(&self, call: &FnCallExpr, at: usize) -> bool {
        let module = root(call).and_then(|root| self.imported.get(root));
        let function = module.and_then(|it| it.function(&call.name, call.args.len()));
        function.is_some_and(|it| it.hosts.contains(&at))
    }
}

/// The function of the same file that gets an argument, and which parameter of it. A closure gets what it captures.
fn own_callee(call: &FnCallExpr, at: usize) -> Option<(String, usize)> {
    if root(call).is_some() {
        return None;
    }
    match call.args.first() {
        Some(Expr::DynamicConstant(value, _)) if call.name == "curry" && at > 0 => {
            Some((closure_key(value)?, at - 1))
        }
        _ => Some((key(&call.name, call.args.len()), at)),
    }
}

fn closure_key(value: &Dynamic) -> Option<String> {
    let pointer = value.read_lock::<FnPtr>()?;
    Some(pointer.fn_name().to_owned())
}
