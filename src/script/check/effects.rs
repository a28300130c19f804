//! Whether functions that are given as arguments do more than make a value.

use rhai::{ASTNode, Expr, Stmt};

use super::file::File;
use super::pure::calls_nothing;
use super::quick::root;

impl File<'_, '_> {
    /// Whether a function that is written as an argument does more than compute a value.
    pub fn has_effects(&self, argument: &Expr) -> bool {
        let Expr::DynamicConstant(value, _) = argument else {
            // What is in a variable or a map may be a function.
            let may_be_one =
                matches!(argument, Expr::Variable(..) | Expr::Dot(..) | Expr::Index(..));
            return may_be_one || !calls_nothing(argument);
        };
        let Some(pointer) = value.read_lock::<rhai::FnPtr>() else { return false };
        let Some(function) = self.ast.iter_fn_def().find(|it| it.name == pointer.fn_name()) else {
            return true;
        };
        let mut found = false;
        for statement in super::module::body(function) {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                found |= match path.last() {
                    Some(
                        ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                    ) => call.op_token.is_none() || root(call).is_some(),
                    Some(ASTNode::Expr(Expr::MethodCall(..))) => true,
                    Some(ASTNode::Stmt(
                        Stmt::Assignment(..)
                        | Stmt::Return(..)
                        | Stmt::Import(..)
                        | Stmt::TryCatch(..),
                    )) => true,
                    _ => false,
                };
                !found
            });
        }
        found
    }
}
