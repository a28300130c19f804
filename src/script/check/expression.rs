//! Expressions, and the types of their values where these are certain.

use rhai::{ASTFlags, BinaryExpr, Dynamic, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::file::File;
use super::kind::{self, Kind};
use super::module::{body, key};
use super::otherwise;
use super::scope::{Entry, What};
use super::statement::is_closure;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    pub fn expression(&mut self, expression: &Expr) -> Kind {
        match expression {
            Expr::StringConstant(text, position) => {
                self.text(text, *position);
                self.text_of_ruby(text, *position);
            }
            Expr::InterpolatedString(parts, _) => {
                for part in parts {
                    match part {
                        // The text between is written in backticks.
                        Expr::StringConstant(..) => {}
                        Expr::Stmt(block) => self.interpolated(block.statements()),
                        other => drop(self.value(other)),
                    }
                }
            }
            Expr::Array(items, _) => items.iter().for_each(|it| drop(self.value(it))),
            Expr::Map(map, _) => map.0.iter().for_each(|(_, it)| drop(self.value(it))),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                parts.iter().for_each(|it| self.condition(it));
                return Some("bool".to_owned());
            }
            Expr::Coalesce(parts, _) => parts.iter().for_each(|it| drop(self.expression(it))),
            Expr::Variable(..) => return self.variable(expression),
            Expr::DynamicConstant(value, _) => {
                if let Some(closure) = value.read_lock::<FnPtr>() {
                    self.closure(&closure, &[]);
                }
            }
            Expr::Stmt(block) if is_closure(expression) => {
                if let Some(Stmt::Expr(inner)) = block.statements().get(1) {
                    self.expression(inner);
                }
                return Some("Fn".to_owned());
            }
            Expr::Stmt(block) if block.statements().is_empty() => return Some("()".to_owned()),
            Expr::Stmt(block) => self.block(block.statements(), true),
            Expr::FnCall(call, position) => return self.call(call, *position),
            Expr::Dot(chain, ..) if self.dot_for_colons(chain) => return None,
            Expr::Dot(chain, flags, _) => {
                let told = self.checker.found.len();
                let of = self.expression(&chain.lhs);
                // Of what does not exist, nothing more is wrong.
                let is_unknown =
                    matches!(chain.lhs, Expr::Variable(..)) && self.checker.found.len() > told;
                self.trying += usize::from(is_unknown);
                self.key_of_variable(chain, *flags);
                if let Some((call, position)) = method_of(&chain.rhs) {
                    self.called_by_name(&chain.lhs, call, position);
                    self.changed_constant(&chain.lhs, call, position);
                }
                let kind = self.link(&of, &chain.rhs, *flags);
                self.trying -= usize::from(is_unknown);
                self.after_method(chain);
                return kind;
            }
            Expr::Index(chain, flags, _) => {
                let of = self.value(&chain.lhs);
                return self.index(&of, chain, *flags);
            }
            Expr::Custom(custom, _) => {
                custom.inputs.iter().for_each(|it| drop(self.expression(it)));
            }
            _ => {}
        }
        kind::literal(expression)
    }

    /// What stands behind a dot.
    fn link(&mut self, of: &Kind, right: &Expr, flags: ASTFlags) -> Kind {
        if flags.contains(ASTFlags::BREAK) {
            return self.member(of, right);
        }
        match right {
            Expr::Dot(next, flags, _) => {
                let is_fact = self.key_of_facts(of, next);
                let of = self.member_with_value(of, &next.lhs);
                let text = || Some("string".to_owned());
                match &next.rhs {
                    Expr::Property(..) if is_fact => text(),
                    Expr::Dot(behind, flags, _) if is_fact => {
                        self.link(&text(), &behind.rhs, *flags)
                    }
                    behind => self.link(&of, behind, *flags),
                }
            }
            Expr::Index(next, flags, _) => {
                let of = self.member_with_value(of, &next.lhs);
                self.index(&of, next, *flags)
            }
            other => self.member(of, other),
        }
    }

    /// What stands between `${` and `}`.
    fn interpolated(&mut self, statements: &[Stmt]) {
        match statements {
            [Stmt::Expr(only)] => drop(self.value(only)),
            [Stmt::FnCall(call, position)] => {
                if self.call(call, *position).as_deref() == Some("()") {
                    self.no_value(call, *position, false);
                }
            }
            _ => self.block(statements, true),
        }
    }

    /// What stands in brackets, and behind them.
    fn index(&mut self, of: &Kind, chain: &BinaryExpr, flags: ASTFlags) -> Kind {
        if flags.contains(ASTFlags::BREAK) {
            self.position_in(of, &chain.rhs);
            return None;
        }
        match &chain.rhs {
            Expr::Dot(next, flags, _) => {
                self.position_in(of, &next.lhs);
                self.link(&None, &next.rhs, *flags)
            }
            Expr::Index(next, flags, _) => {
                self.position_in(of, &next.lhs);
                self.index(&None, next, *flags)
            }
            other => {
                self.position_in(of, other);
                None
            }
        }
    }

    /// The number or key in brackets.
    fn position_in(&mut self, of: &Kind, position: &Expr) {
        let given = self.value(position);
        let (Some(of), Some(given)) = (of.as_deref(), given.as_deref()) else { return };
        let wanted = match of {
            "array" | "string" => "i64",
            "map" => "string",
            _ => return,
        };
        let is_plain = ["i64", "f64", "string", "bool", "char", "array", "map"].contains(&given);
        if given == wanted || !is_plain || self.trying > 0 {
            return;
        }
        let (message, hint) = match of {
            "map" => ("a map has its values at text", "convert the key: `map[to_string(key)]`"),
            _ => (
                "a list or text has its items at whole numbers",
                "convert it: `list[parse_int(x)]`",
            ),
        };
        let message = format!("{message}, not at {}", super::values::shown(given));
        let error = Error::new(Code::Script, message).hint(hint);
        self.error("wrong_type", &error, position.position());
    }

    /// One behind which something else stands.
    fn member_with_value(&mut self, of: &Kind, member: &Expr) -> Kind {
        let kind = self.member(of, member);
        if kind.as_deref() == Some("()") {
            self.nothing(member);
            return None;
        }
        kind
    }

    fn member(&mut self, of: &Kind, member: &Expr) -> Kind {
        match member {
            Expr::Property(property, position) => self.property(of, &property.2, *position),
            Expr::MethodCall(call, position) => self.method(of, call, *position),
            other => self.expression(other),
        }
    }

    pub fn property(&mut self, of: &Kind, name: &str, position: Position) -> Kind {
        let all = self.checker.known.properties.get(name);
        let found = all.into_iter().flatten().find(|it| it.of.is_some() && it.of == *of);
        if let Some(found) = found {
            return found.gives.clone();
        }
        let of = of.as_deref().filter(|it| *it != "map")?;
        let names = self.checker.known.properties_of(of)?;
        // A property of any type is one of this, too.
        if all.into_iter().flatten().any(|it| it.of.is_none()) {
            return None;
        }
        let message = format!("{} has no property `{name}`", super::values::shown(of));
        let error = Error::new(Code::Script, message);
        let error = match otherwise::property(of, name).or_else(|| self.called_without(of, name)) {
            Some(hint) => error.hint(hint),
            None => with_nearest(error, name, names.iter().copied()),
        };
        let error = match error.hint_text() {
            None => {
                error.hint(format!("it has: {}", names.into_iter().collect::<Vec<_>>().join(", ")))
            }
            Some(_) => error,
        };
        self.error("unknown_property", &error, position);
        None
    }

    /// The module that a name stands for: None if it is not one, Some(None) if nothing is known of it.
    pub fn named_module(&mut self, name: &str, position: Position) -> Option<Option<String>> {
        if let Some(entry) = self.scope.module(name) {
            entry.used = true;
            let What::Module(module) = &entry.what else { return None };
            return Some(module.clone());
        }
        if self.evaluates {
            return Some(None);
        }
        let native = self.checker.known.namespaces.keys().map(String::as_str);
        let all = native.filter(|it| !it.is_empty()).chain(self.scope.modules());
        let error = super::quick::unknown_namespace(name, all.collect::<Vec<_>>().into_iter());
        let error = match self.imported_later(name, position) {
            Some(line) => error.hint(format!("move the import of line {line} to the top")),
            None => error,
        };
        self.error("unknown_namespace", &error, position);
        None
    }

    /// The hint for a method without arguments that is written as a property.
    pub fn called_without(&self, of: &str, name: &str) -> Option<String> {
        let is_of = |kinds: &[Kind]| matches!(kinds, [Some(first)] if first == of);
        let is_method = self.checker.known.plain(name).iter().any(|it| is_of(&it.kinds));
        is_method.then(|| format!("to call the method write `.{name}()`"))
    }

    /// A closure, read where it is written. `captured` are the expressions of what it captures.
    pub fn closure(&mut self, closure: &FnPtr, captured: &[Expr]) {
        let name = closure.fn_name();
        let ast = self.ast;
        let Some(function) = ast.iter_fn_def().find(|it| it.name == name) else { return };
        if self.trying_to_read(name) {
            return;
        }
        let captured: Vec<Option<Entry>> = captured.iter().map(|it| self.captured(it)).collect();
        let outside = self.scope.enter(None);
        // Where a closure is written, what `eval` has defined can be captured.
        let around = self.evaluates;
        self.enter(&key(name, function.params.len()));
        self.evaluates |= around;
        for (at, parameter) in function.params.iter().enumerate() {
            match captured.get(at).cloned().flatten() {
                Some(entry) => {
                    self.scope.add(Entry {
                        name: parameter.to_string(),
                        what: What::Given,
                        ..entry
                    });
                }
                None => self.scope.declare(parameter, Position::NONE, What::Given, None),
            }
        }
        let body = body(function);
        self.statements(&body, true);
        let left = self.scope.leave(outside);
        self.unused(left);
        self.evaluates = around;
    }

    /// What is known of a variable in a closure, which runs before or behind what else is done with it.
    fn captured(&mut self, expression: &Expr) -> Option<Entry> {
        let Expr::Variable(variable, ..) = expression else { return None };
        let is_changed = self.changes.may_have_other_keys(&variable.1);
        let entry = self.scope.variable(&variable.1)?;
        if is_changed {
            entry.map = None;
        }
        Some(entry.clone())
    }

    /// Two closures of the same text have the same name, and one body.
    fn trying_to_read(&mut self, name: &str) -> bool {
        !self.closures.insert(name.to_owned())
    }

    /// A call that Rhai writes in place of a closure that captures variables.
    pub fn curried(&mut self, call: &FnCallExpr) -> bool {
        let [Expr::DynamicConstant(value, _), captured @ ..] = call.args.as_slice() else {
            return false;
        };
        if call.name != "curry" || !Dynamic::is_fnptr(value) {
            return false;
        }
        captured.iter().for_each(|it| drop(self.expression(it)));
        if let Some(closure) = value.read_lock::<FnPtr>() {
            self.closure(&closure, captured);
        }
        true
    }
}

/// The method that is called on what stands before a dot.
fn method_of(right: &Expr) -> Option<(&FnCallExpr, Position)> {
    match right {
        Expr::MethodCall(call, position) => Some((call, *position)),
        Expr::Dot(next, ..) | Expr::Index(next, ..) => match &next.lhs {
            Expr::MethodCall(call, position) => Some((call, *position)),
            _ => None,
        },
        _ => None,
    }
}
