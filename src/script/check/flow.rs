//! The ways through a script: what is never reached, and steps that would be done twice.

use rhai::{ASTFlags, ASTNode, Expr, Position, Stmt};

use super::file::{File, Step};
use super::quick::root;

/// Whether what stands behind a statement is never reached.
pub fn diverges(statement: &Stmt) -> bool {
    match statement {
        Stmt::Return(..) | Stmt::BreakLoop(..) => true,
        Stmt::Block(block) => block.iter().any(diverges),
        Stmt::If(fork, _) => fork.body.iter().any(diverges) && fork.branch.iter().any(diverges),
        Stmt::FnCall(call, _) => call.name == "exit" && root(call).is_none_or(|it| it == "task"),
        Stmt::While(lasting, _) => matches!(lasting.expr, Expr::Unit(..)) && !breaks(statement),
        Stmt::Expr(expression) => match &**expression {
            Expr::FnCall(call, _) => {
                call.name == "exit" && root(call).is_none_or(|it| it == "task")
            }
            Expr::Stmt(block) => block.iter().any(diverges),
            _ => false,
        },
        _ => false,
    }
}

fn breaks(statement: &Stmt) -> bool {
    let mut found = false;
    statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::BreakLoop(_, flags, _))) = path.last() {
            found |= flags.contains(ASTFlags::BREAK);
        }
        true
    });
    found
}

impl File<'_, '_> {
    /// Reads one of the arms of a fork.
    pub fn arm(&mut self, fork: usize, arm: usize, read: impl FnOnce(&mut Self)) {
        self.branches.push((fork, arm));
        read(self);
        self.branches.pop();
    }

    pub fn fork(&mut self) -> usize {
        self.forks += 1;
        self.forks
    }

    pub fn step(&mut self, name: &str, position: Position) {
        let branches = self.branches.clone();
        self.steps.push(Step { name: name.to_owned(), position, branches });
    }

    /// Two steps of one name share one record: each would be repeated whenever the other was done.
    pub fn repeated_steps(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        for (at, step) in steps.iter().enumerate() {
            let before = &steps[..at];
            let Some(first) = before.iter().find(|it| it.name == step.name && !excludes(it, step))
            else {
                continue;
            };
            let line = first.position.line().unwrap_or_default();
            let message = format!("there is a step `{}` in line {line} already", step.name);
            let hint =
                "each step of a script needs a name of its own, by which it is known as done";
            // On other hosts or places, or behind a `return`, both may be meant.
            self.warn("repeated_step", message, Some(hint.into()), step.position);
        }
    }
}

/// Whether two steps are in different arms of the same fork.
fn excludes(one: &Step, other: &Step) -> bool {
    one.branches.iter().any(|(fork, arm)| other.branches.iter().any(|(f, a)| f == fork && a != arm))
}
