//! The ways through a script: what is never reached, and steps that would be done twice.

use rhai::{
    ASTFlags, ASTNode, BinaryExpr, Expr, FnCallExpr, Position, Stmt, SwitchCasesCollection,
};

use super::file::{File, Step};
use super::quick::root;

/// Whether what stands behind a statement is never reached. `exits` tells calls that do not return.
fn diverges(statement: &Stmt, exits: &dyn Fn(&FnCallExpr) -> bool) -> bool {
    let any = |statements: &[Stmt]| statements.iter().any(|it| diverges(it, exits));
    match statement {
        Stmt::Return(..) | Stmt::BreakLoop(..) => true,
        Stmt::Block(block) => any(block.statements()),
        Stmt::If(fork, _) => any(fork.body.statements()) && any(fork.branch.statements()),
        Stmt::Switch(switch, _) => {
            let cases = &switch.1;
            cases.def_case.is_some()
                && cases.expressions.iter().all(|it| expression_diverges(&it.rhs, exits))
        }
        Stmt::TryCatch(attempt, _) => {
            any(attempt.body.statements()) && any(attempt.branch.statements())
        }
        Stmt::FnCall(call, _) => exits(call),
        // `loop`, and what other languages write for it.
        Stmt::While(lasting, _) => {
            matches!(lasting.expr, Expr::Unit(..) | Expr::BoolConstant(true, _))
                && !breaks(statement)
        }
        Stmt::Expr(expression) => expression_diverges(expression, exits),
        _ => false,
    }
}

fn expression_diverges(expression: &Expr, exits: &dyn Fn(&FnCallExpr) -> bool) -> bool {
    match expression {
        Expr::FnCall(call, _) => exits(call),
        Expr::Stmt(block) => block.iter().any(|it| diverges(it, exits)),
        _ => false,
    }
}

/// Whether there is a `break`, `return` or `throw` anywhere.
fn ends_loop(statement: &Stmt) -> bool {
    let mut found = false;
    statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
        found |= match path.last() {
            Some(ASTNode::Stmt(Stmt::BreakLoop(_, flags, _))) => flags.contains(ASTFlags::BREAK),
            Some(ASTNode::Stmt(Stmt::Return(..))) => true,
            _ => false,
        };
        !found
    });
    found
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
    /// Whether what stands behind a statement is never reached.
    pub fn diverges(&mut self, statement: &Stmt) -> bool {
        self.any_diverges(|exits| diverges(statement, exits))
    }

    /// `exit` may be a function of the script, and `task` a module of that name.
    fn any_diverges(&mut self, ask: impl FnOnce(&dyn Fn(&FnCallExpr) -> bool) -> bool) -> bool {
        let is_native = self.scope.module("task").is_none();
        let module = self.module;
        ask(&|call| {
            call.name == "exit"
                && match root(call) {
                    None => module.function("exit", call.args.len()).is_none(),
                    Some(root) => root == "task" && is_native,
                }
        })
    }

    /// Behind an `if` with an arm that ends the block, one is in the other arm.
    pub fn leave_if(&mut self, fork: usize, body: &[Stmt], branch: &[Stmt]) {
        let body = body.iter().any(|it| self.diverges(it));
        let branch = branch.iter().any(|it| self.diverges(it));
        match (body, branch) {
            (true, false) => self.left.push((fork, 1)),
            (false, true) => self.left.push((fork, 0)),
            _ => {}
        }
    }

    /// What follows a `switch`, of which one arm ends the block, is in none of its arms.
    pub fn leave_switch(&mut self, fork: usize, arms: &[BinaryExpr]) {
        let ends =
            self.any_diverges(|exits| arms.iter().any(|arm| expression_diverges(&arm.rhs, exits)));
        if ends {
            self.left.push((fork, usize::MAX));
        }
    }

    /// Of two cases for one value without conditions, the first one counts.
    pub fn repeated_cases(&mut self, cases: &SwitchCasesCollection) {
        let always = |at: usize| {
            let case = cases.expressions.get(at);
            case.is_some_and(|it| matches!(it.lhs, Expr::BoolConstant(true, _)))
        };
        let mut never: Vec<usize> = Vec::new();
        for of_value in cases.cases.values() {
            let behind = of_value.blocks.iter().copied().skip_while(|at| !always(*at));
            never.extend(behind.skip(1));
        }
        never.sort_unstable();
        for case in never.iter().filter_map(|at| cases.expressions.get(*at)) {
            let message = "this is never reached: a case above is for the same value".to_owned();
            self.warn("unreachable", message, None, case.rhs.start_position());
        }
    }

    /// Reads the body of a loop. One that may end in its first round does not repeat steps.
    pub fn going_round(&mut self, body: &[Stmt], read: impl FnOnce(&mut Self)) {
        let goes_round = !body.iter().any(ends_loop);
        self.loops += usize::from(goes_round);
        read(self);
        self.loops -= usize::from(goes_round);
    }

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
        if self.loops > 0 {
            let message =
                format!("the step `{name}` is in a loop, and every round has the same name");
            let hint = "write what differs into the name: step(`NAME ${item}`, …)";
            self.warn("repeated_step", message, Some(hint.to_owned()), position);
        }
        let branches = [self.branches.as_slice(), self.left.as_slice()].concat();
        let function = self.function.clone();
        self.steps.push(Step { name: name.to_owned(), position, branches, function });
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

/// Whether two steps are in different arms of the same fork, or in different tests, each of which begins anew.
fn excludes(one: &Step, other: &Step) -> bool {
    let is_test = |step: &Step| step.function.starts_with("test_");
    if one.function != other.function && is_test(one) && is_test(other) {
        return true;
    }
    one.branches.iter().any(|(fork, arm)| other.branches.iter().any(|(f, a)| f == fork && a != arm))
}
