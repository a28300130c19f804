//! Statements.

use rhai::{ASTFlags, Expr, Position, Stmt};

use super::file::File;
use super::flow::diverges;
use super::scope::What;

impl File<'_, '_> {
    /// A block with names of its own. `is_value`: the value of its last line is used.
    pub fn block(&mut self, statements: &[Stmt], is_value: bool) {
        self.scope.open();
        self.statements(statements, is_value);
        let left = self.scope.close();
        self.unused(left);
    }

    pub fn statements(&mut self, statements: &[Stmt], is_value: bool) {
        let mut ended = false;
        for (at, statement) in statements.iter().enumerate() {
            if matches!(statement, Stmt::Noop(_)) {
                continue;
            }
            if std::mem::take(&mut ended) {
                let message = "this is never reached".to_owned();
                self.warn("unreachable", message, None, begin(statement));
            }
            self.statement(statement, is_value && at + 1 == statements.len());
            ended = diverges(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt, is_value: bool) {
        match statement {
            Stmt::If(fork, _) => {
                self.expression(&fork.expr);
                let id = self.fork();
                self.arm(id, 0, |file| file.block(fork.body.statements(), is_value));
                self.arm(id, 1, |file| file.block(fork.branch.statements(), is_value));
            }
            Stmt::Switch(switch, _) => {
                let (value, cases) = &**switch;
                self.expression(value);
                let id = self.fork();
                for (at, case) in cases.expressions.iter().enumerate() {
                    self.arm(id, at, |file| {
                        file.expression(&case.lhs);
                        file.expression_at_end(&case.rhs, is_value);
                    });
                }
            }
            Stmt::While(lasting, _) | Stmt::Do(lasting, ..) => {
                self.expression(&lasting.expr);
                self.block(lasting.body.statements(), false);
            }
            Stmt::For(each, _) => {
                let (item, counter, body) = &**each;
                self.expression(&body.expr);
                self.scope.open();
                for name in [Some(item), counter.as_ref()].into_iter().flatten() {
                    self.scope.declare(&name.name, name.pos, What::Given, None);
                }
                self.block(body.body.statements(), false);
                self.scope.close();
            }
            Stmt::Var(variable, flags, _) => {
                let (name, value, _) = &**variable;
                let kind = self.value(value);
                let kind = kind.filter(|_| !self.assigned.contains(name.name.as_str()));
                let what = match flags.contains(ASTFlags::CONSTANT) {
                    true => What::Constant,
                    false => What::Variable,
                };
                self.scope.declare(&name.name, name.pos, what, kind);
                if flags.contains(ASTFlags::EXPORTED)
                    && let Some(entry) = self.scope.variable(&name.name)
                {
                    entry.used = true;
                }
            }
            Stmt::Assignment(assignment) => {
                let (operator, sides) = &**assignment;
                match &sides.lhs {
                    Expr::Variable(variable, _, position) if variable.2.is_empty() => {
                        if self.scope.variable(&variable.1).is_none() {
                            self.unknown_variable(&variable.1, *position);
                        }
                    }
                    other => drop(self.expression(other)),
                }
                if operator.is_op_assignment() {
                    self.expression(&sides.rhs);
                } else {
                    self.value(&sides.rhs);
                }
            }
            Stmt::FnCall(call, position) => {
                self.call(call, *position);
                if !is_value {
                    self.dropped_call(call, *position);
                }
            }
            Stmt::Block(block) => self.block(block.statements(), is_value),
            Stmt::TryCatch(attempt, _) => {
                self.trying += 1;
                self.block(attempt.body.statements(), false);
                self.trying -= 1;
                self.scope.open();
                if let Expr::Variable(name, _, position) = &attempt.expr {
                    self.scope.declare(&name.1, *position, What::Given, None);
                }
                self.block(attempt.branch.statements(), false);
                self.scope.close();
            }
            Stmt::Expr(expression) => self.expression_at_end(expression, is_value),
            Stmt::BreakLoop(Some(value), ..) | Stmt::Return(Some(value), ..) => {
                self.expression(value);
            }
            Stmt::Import(import, position) => self.import(&import.0, &import.1, *position),
            Stmt::Export(names, _) => self.export(&names.0.name, names.0.pos),
            _ => {}
        }
    }

    /// An expression as a line of its own.
    fn expression_at_end(&mut self, expression: &Expr, is_value: bool) {
        match expression {
            Expr::Stmt(block) if !is_closure(expression) => {
                self.block(block.statements(), is_value);
            }
            other => {
                self.expression(other);
                if !is_value {
                    self.dropped(other);
                }
            }
        }
    }

    fn export(&mut self, name: &str, position: Position) {
        match self.scope.variable(name) {
            Some(entry) => entry.used = true,
            None => self.unknown_variable(name, position),
        }
    }
}

/// Whether an expression is a closure with what it captures, which Rhai writes as a block.
pub fn is_closure(expression: &Expr) -> bool {
    matches!(expression, Expr::Stmt(block) if matches!(block.statements().first(), Some(Stmt::Share(_))))
}

/// Where a statement begins, with the namespace of a call.
fn begin(statement: &Stmt) -> Position {
    match statement {
        Stmt::FnCall(call, position) if call.namespace.is_empty() => *position,
        Stmt::FnCall(call, _) => call.namespace.position(),
        other => other.position(),
    }
}
