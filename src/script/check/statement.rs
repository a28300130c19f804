//! Statements.

use rhai::{ASTFlags, Expr, Position, Stmt};

use super::begin::begin_of;
use super::file::File;
use super::scope::What;
use super::values::shown;
use crate::{Code, Error};

/// Types whose values have no items.
const GO_OVER_NOTHING: &[&str] = &["bool", "CommandResult", "f64", "Fn", "Host", "i64", "map"];

impl File<'_, '_> {
    /// A block with names of its own. `is_value`: the value of its last line is used.
    pub fn block(&mut self, statements: &[Stmt], is_value: bool) {
        self.scope.open();
        self.statements(statements, is_value);
        let left = self.scope.close();
        self.unused(left);
    }

    pub fn statements(&mut self, statements: &[Stmt], is_value: bool) {
        let last = statements.iter().rposition(|it| !matches!(it, Stmt::Noop(_)));
        let left = self.left.len();
        let mut ended = false;
        for (at, statement) in statements.iter().enumerate() {
            if matches!(statement, Stmt::Noop(_)) {
                continue;
            }
            if std::mem::take(&mut ended) {
                let message = "this is never reached".to_owned();
                self.warn("unreachable", message, None, begin(statement));
            }
            let is_last = last == Some(at);
            self.statement(statement, is_value && is_last, is_last);
            ended = self.diverges(statement);
        }
        self.left.truncate(left);
    }

    fn statement(&mut self, statement: &Stmt, is_value: bool, is_last: bool) {
        match statement {
            Stmt::If(fork, _) => {
                self.condition(&fork.expr);
                let id = self.fork();
                self.arm(id, 0, |file| file.block(fork.body.statements(), is_value));
                self.arm(id, 1, |file| file.block(fork.branch.statements(), is_value));
                self.leave_if(id, fork.body.statements(), fork.branch.statements());
            }
            Stmt::Switch(switch, _) => {
                let (value, cases) = &**switch;
                self.value(value);
                let id = self.fork();
                for (at, case) in cases.expressions.iter().enumerate() {
                    self.arm(id, at, |file| {
                        file.condition(&case.lhs);
                        file.expression_at_end(&case.rhs, is_value, true);
                    });
                }
                self.repeated_cases(cases);
                self.leave_switch(id, &cases.expressions);
            }
            Stmt::While(lasting, _) | Stmt::Do(lasting, ..) => {
                self.condition(&lasting.expr);
                self.going_round(lasting.body.statements(), |file| {
                    file.block(lasting.body.statements(), false);
                });
            }
            Stmt::For(each, _) => {
                let (item, counter, body) = &**each;
                self.iterated(&body.expr);
                self.scope.open();
                for name in [Some(item), counter.as_ref()].into_iter().flatten() {
                    self.scope.declare(&name.name, name.pos, What::Given, None);
                }
                if let Some(entry) = self.scope.variable(&item.name) {
                    entry.texts = texts(&body.expr);
                }
                self.going_round(body.body.statements(), |file| {
                    file.block(body.body.statements(), false);
                });
                self.scope.close();
            }
            Stmt::Var(variable, flags, _) => {
                let (name, value, _) = &**variable;
                let kind = self.value(value);
                let is_assigned = self.assigned.contains(name.name.as_str());
                let parameters = self.closure_parameters(value);
                let is_other = self.changes.assigned.contains(name.name.as_str());
                let kind = kind.filter(|_| !is_assigned);
                let what = match flags.contains(ASTFlags::CONSTANT) {
                    true => What::Constant,
                    false => What::Variable,
                };
                let (keys, map) = (self.keys_of(value), self.written_map(value));
                self.scope.declare(&name.name, name.pos, what, kind);
                if let Some(entry) = self.scope.variable(&name.name) {
                    entry.parameters = parameters.filter(|_| !is_other);
                    (entry.keys, entry.map) = (keys, map);
                    entry.text = match value {
                        Expr::StringConstant(text, _) if entry.what == What::Constant => {
                            Some(text.to_string())
                        }
                        _ => None,
                    };
                }
                if (flags.contains(ASTFlags::EXPORTED) || self.early.contains(name.name.as_str()))
                    && let Some(entry) = self.scope.variable(&name.name)
                {
                    entry.used = true;
                }
            }
            Stmt::Assignment(assignment) => {
                let (_, sides) = &**assignment;
                match &sides.lhs {
                    Expr::Variable(variable, _, position) if variable.2.is_empty() => {
                        if self.scope.variable(&variable.1).is_none() {
                            self.unknown_target(&variable.1, *position);
                        }
                    }
                    other => self.target(other),
                }
                self.value(&sides.rhs);
                self.after_assignment(&sides.lhs);
            }
            Stmt::FnCall(call, position) => {
                self.call(call, *position);
                if !is_value {
                    self.dropped_call(call, *position, is_last);
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
                    if let Some(entry) = self.scope.variable(&name.1) {
                        entry.is_caught = true;
                    }
                }
                self.block(attempt.branch.statements(), false);
                self.scope.close();
            }
            Stmt::Expr(expression) => self.expression_at_end(expression, is_value, is_last),
            Stmt::BreakLoop(Some(value), ..) | Stmt::Return(Some(value), ..) => {
                self.expression(value);
            }
            Stmt::Import(import, position) => self.import(&import.0, &import.1, *position),
            Stmt::Export(names, _) => self.export(&names.0.name, names.0.pos),
            _ => {}
        }
    }

    /// An expression as a line of its own.
    fn expression_at_end(&mut self, expression: &Expr, is_value: bool, is_last: bool) {
        match expression {
            Expr::Stmt(block) if !is_closure(expression) => {
                self.block(block.statements(), is_value);
            }
            other => {
                self.expression(other);
                if !is_value && !is_last && self.closure_of(other).is_some() {
                    self.dropped_closure(other);
                } else if !is_value {
                    self.dropped(other, is_last);
                }
            }
        }
    }

    /// What `for` goes over.
    fn iterated(&mut self, expression: &Expr) {
        let kind = self.value(expression);
        self.characters(expression, &kind);
        let Some(kind) = kind.filter(|it| GO_OVER_NOTHING.contains(&it.as_str())) else { return };
        if self.trying > 0 {
            return;
        }
        let message = format!("`for` cannot go over {}", shown(&kind));
        let hint = "give it a list, a range such as 0..3, text, or the keys of a map: `map.keys()`";
        let error = Error::new(Code::Script, message).hint(hint);
        self.error("wrong_type", &error, begin_of(expression));
    }

    fn export(&mut self, name: &str, position: Position) {
        match self.scope.variable(name) {
            Some(entry) => entry.used = true,
            None => self.unknown_variable(name, position),
        }
    }
}

/// The texts of a list that is written out, unless something else is in it.
fn texts(list: &Expr) -> Vec<(String, Position)> {
    let Expr::Array(items, _) = list else { return Vec::new() };
    let text = |item: &Expr| match item {
        Expr::StringConstant(text, position) => Some((text.to_string(), *position)),
        _ => None,
    };
    items.iter().map(text).collect::<Option<_>>().unwrap_or_default()
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
        Stmt::Expr(expression) => begin_of(expression),
        other => other.position(),
    }
}
