//! What is done between the nodes of a script's syntax tree, by Rhai's interface for debuggers.

use rhai::debugger::DebuggerCommand;
use rhai::{ASTNode, Engine, Expr, FnCallExpr, Stmt};

use super::repl::{Tools, breakpoint};
use super::translated;

/// Opens a console at each `breakpoint()`, translates the errors of the language that `catch` gives to scripts, and
/// gives each call of a script's function a memory of its own of what names mean. Rhai has one for a whole run: a
/// function that a module calls by its bare name would, from the second call on, be the one of that name in whichever
/// module called such a one first. A function's body begins with an empty node. It costs a copy of all arguments of
/// each call, so that a script with nothing of these does not have it.
pub fn watch(engine: &mut Engine, tools: Tools) {
    #[expect(deprecated, reason = "rhai marks it as volatile, not as about to be removed")]
    engine.register_debugger(
        |_, debugger| debugger,
        move |mut context, _, node, _, position| {
            if matches!(node, ASTNode::Stmt(_)) {
                translated::newest(&mut context);
            }
            if matches!(node, ASTNode::Stmt(Stmt::Noop(_))) {
                // The end of the call takes it away.
                std::mem::forget(context.new_frame().with_new_caching_layer());
            } else if called(&node).is_some_and(is_breakpoint) {
                breakpoint::stop(&mut context, tools, position)?;
            }
            Ok(DebuggerCommand::StepInto)
        },
    );
}

fn called<'n>(node: &ASTNode<'n>) -> Option<&'n FnCallExpr> {
    match node {
        ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)) => Some(call),
        _ => None,
    }
}

fn is_breakpoint(call: &FnCallExpr) -> bool {
    call.name == "breakpoint" && call.args.is_empty() && call.namespace.is_empty()
}
