//! What is known of variables: whether their values are changed, and by what. Rhai hands copies on: only what is
//! assigned to, what has a method, and the first argument of a native function can be changed.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, BinaryExpr, Expr, FnCallExpr, Ident, Stmt};

use super::known::is_keyword_function;
use super::pure::leaves_as_is;

/// A map that is written out, as far as its keys are known. None: the value of the key was changed.
pub type Written = Vec<(Ident, Option<Expr>)>;

/// The names of variables of a file that something is done to. `gets_copies` tells functions that change none.
#[derive(Default)]
pub struct Changes {
    /// They get another value.
    pub assigned: BTreeSet<String>,
    /// A part of them gets another value.
    pub parts: BTreeSet<String>,
    /// Something that may do anything gets them: a method, or a native function.
    pub handed: BTreeSet<String>,
}

impl Changes {
    pub fn of(ast: &AST, gets_copies: &dyn Fn(&str) -> bool) -> Changes {
        let mut found = Changes::default();
        ast.walk(&mut |path| {
            let (name, kind) = match path.last() {
                Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => match &assignment.1.lhs {
                    whole @ Expr::Variable(..) => (begin(whole), &mut found.assigned),
                    part => (begin(part), &mut found.parts),
                },
                Some(ASTNode::Expr(Expr::Dot(chain, ..))) => {
                    (method_changes(chain), &mut found.handed)
                }
                Some(
                    ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                ) if !gets_copies(&call.name) => (first_argument(call), &mut found.handed),
                _ => return true,
            };
            kind.extend(name.map(str::to_owned));
            true
        });
        found
    }

    /// Whether a map of that name may have other keys than it begins with: an assignment adds none.
    pub fn may_have_other_keys(&self, name: &str) -> bool {
        self.assigned.contains(name) || self.handed.contains(name)
    }

    /// Whether a map of that name may have been changed before it is handed on.
    pub fn in_place(&self, name: &str) -> bool {
        self.parts.contains(name) || self.handed.contains(name)
    }

    pub fn any(&self, name: &str) -> bool {
        self.assigned.contains(name) || self.in_place(name)
    }
}

/// The variable that an expression is, or begins with.
pub fn begin(target: &Expr) -> Option<&str> {
    match target {
        Expr::Variable(name, ..) if name.2.is_empty() => Some(name.1.as_str()),
        Expr::Dot(chain, ..) | Expr::Index(chain, ..) => begin(&chain.lhs),
        _ => None,
    }
}

/// The method behind the first dot.
pub fn method(chain: &BinaryExpr) -> Option<&FnCallExpr> {
    match &chain.rhs {
        Expr::MethodCall(call, _) => Some(call),
        Expr::Dot(next, ..) | Expr::Index(next, ..) => match &next.lhs {
            Expr::MethodCall(call, _) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// The variable that a method may change.
pub fn method_changes(chain: &BinaryExpr) -> Option<&str> {
    let is_reader = leaves_as_is("map", &method(chain)?.name);
    if matches!(chain.lhs, Expr::Variable(..)) && !is_reader { begin(&chain.lhs) } else { None }
}

/// The variable that a function without a namespace gets itself, not a copy of it.
pub fn first_argument(call: &FnCallExpr) -> Option<&str> {
    let is_known = call.op_token.is_some() || is_keyword_function(&call.name);
    match call.args.first() {
        Some(argument @ Expr::Variable(..)) if call.namespace.is_empty() && !is_known => {
            begin(argument)
        }
        _ => None,
    }
}
