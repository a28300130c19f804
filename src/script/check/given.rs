//! A task's own arguments, as `args::parse` declares them: each once, and none that nothing reads.

use std::collections::BTreeSet;

use rhai::{ASTNode, BinaryExpr, Expr, FnCallExpr, Position, Stmt};

use super::file::File;
use super::held::first;
use super::quick::root;
use crate::error::nearest;

/// A variable with a task's arguments, and where each of them is declared.
struct Given {
    variable: String,
    names: Vec<(String, Position)>,
}

impl File<'_, '_> {
    pub fn own_arguments(&mut self) {
        if self.evaluates || self.stops {
            return;
        }
        let all: Vec<Given> = self.ast.statements().iter().filter_map(given).collect();
        for given in all {
            self.declared_twice(&given);
            // A variable that nothing reads is told as one.
            let read = self.read_of(&given.variable).filter(|read| !read.is_empty());
            let Some(mut read) = read else { continue };
            let names = || given.names.iter().map(|(name, _)| name.as_str());
            // One that is misspelled where it is read is told there.
            let meant = |key: &String| nearest(key, names()).map(str::to_owned);
            let unknown = read.iter().filter(|key| names().all(|name| name != key.as_str()));
            let meant: Vec<String> = unknown.filter_map(meant).collect();
            read.extend(meant);
            for (name, position) in given.names.iter().filter(|(name, _)| !read.contains(name)) {
                let message = format!("the argument `{name}` is never read");
                let hint = format!("remove it, or use `{}.{name}`", given.variable);
                self.warn("unused_argument", message, Some(hint), *position);
            }
        }
    }

    fn declared_twice(&mut self, given: &Given) {
        let mut known = BTreeSet::new();
        for (name, position) in &given.names {
            if !known.insert(name) {
                let message = format!("the argument `{name}` is declared twice");
                let hint =
                    "name it once: among those that are needed, or with a default".to_owned();
                self.fail("repeated_argument", message, Some(hint), *position);
            }
        }
    }

    /// The keys that are read of a variable. None: it is used as a whole, so that any may be.
    fn read_of(&self, variable: &str) -> Option<BTreeSet<String>> {
        let mut keys = BTreeSet::new();
        let is_whole = !self.ast.walk(&mut |path| {
            let Some(ASTNode::Expr(Expr::Variable(named, ..))) = path.last() else { return true };
            if named.1 != variable {
                return true;
            }
            match path.len().checked_sub(2).and_then(|at| path.get(at)) {
                Some(ASTNode::Expr(Expr::Dot(chain, ..) | Expr::Index(chain, ..))) => {
                    key(chain, variable).is_some_and(|key| {
                        keys.insert(key);
                        true
                    })
                }
                // A closure that captures it reads it under the same name.
                Some(
                    ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)),
                ) => captures(call),
                _ => false,
            }
        });
        (!is_whole).then_some(keys)
    }
}

fn captures(call: &FnCallExpr) -> bool {
    let is_closure =
        matches!(call.args.first(), Some(Expr::DynamicConstant(value, _)) if value.is_fnptr());
    call.name == "curry" && is_closure
}

/// The key of `variable.key` or `variable["key"]`.
fn key(chain: &BinaryExpr, variable: &str) -> Option<String> {
    let is_of_it = matches!(&chain.lhs, Expr::Variable(named, ..) if named.1 == variable);
    match &chain.rhs {
        _ if !is_of_it => None,
        Expr::StringConstant(key, _) => Some(key.to_string()),
        _ => first(chain).map(|(key, _)| key.to_owned()),
    }
}

/// `let given = args::parse(["needed"], #{ other: "" });`
fn given(statement: &Stmt) -> Option<Given> {
    let Stmt::Var(variable, ..) = statement else { return None };
    let Expr::FnCall(call, _) = &variable.1 else { return None };
    let is_parse = root(call) == Some("args") && call.name == "parse";
    let [Expr::Array(required, _), Expr::Map(optional, _)] = call.args.as_slice() else {
        return None;
    };
    let required = required.iter().filter_map(|it| match it {
        Expr::StringConstant(name, position) => Some((name.to_string(), *position)),
        _ => None,
    });
    let optional = optional.0.iter().map(|(key, _)| (key.name.to_string(), key.pos));
    let names = required.chain(optional).collect();
    is_parse.then(|| Given { variable: variable.0.name.to_string(), names })
}
