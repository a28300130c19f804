//! Expressions, and the types of their values where these are certain.

use rhai::{ASTFlags, BinaryExpr, Dynamic, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::file::{File, key};
use super::kind::{self, Kind};
use super::module::body;
use super::scope::What;
use super::statement::is_closure;
use crate::error::nearest;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    pub fn expression(&mut self, expression: &Expr) -> Kind {
        match expression {
            Expr::StringConstant(text, position) => self.text(text, *position),
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
            Expr::Stmt(block) => self.block(block.statements(), true),
            Expr::FnCall(call, position) => return self.call(call, *position),
            Expr::Dot(chain, flags, _) => {
                let of = self.expression(&chain.lhs);
                self.key_of_variable(chain, *flags);
                if let Some((call, position)) = method_of(&chain.rhs) {
                    self.called_by_name(&chain.lhs, call, position);
                    self.changed_constant(&chain.lhs, call, position);
                }
                return self.link(&of, &chain.rhs, *flags);
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
                self.key_of_facts(of, next);
                let of = self.member(of, &next.lhs);
                self.link(&of, &next.rhs, *flags)
            }
            Expr::Index(next, flags, _) => {
                let mut of = self.member(of, &next.lhs);
                if of.as_deref() == Some("()") {
                    self.nothing(&next.lhs);
                    of = None;
                }
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
        let error = with_nearest(Error::new(Code::Script, message), name, names.iter().copied());
        let error = match error.hint_text() {
            None => {
                error.hint(format!("it has: {}", names.into_iter().collect::<Vec<_>>().join(", ")))
            }
            Some(_) => error,
        };
        self.error("unknown_property", &error, position);
        None
    }

    fn variable(&mut self, expression: &Expr) -> Kind {
        let Expr::Variable(variable, _, position) = expression else { return None };
        let name = variable.1.as_str();
        let Some(root) = variable.2.path.first() else {
            if let Some(entry) = self.scope.variable(name) {
                entry.used = true;
                return entry.kind.clone();
            }
            if self.module.functions.contains_key(name) {
                return Some("Fn".to_owned());
            }
            self.unknown_variable(name, *position);
            return None;
        };
        if root.name == "global" {
            if let Some(entry) = self.scope.global(name) {
                entry.used = true;
                return entry.kind.clone();
            }
            let message = format!("the script has no constant `{name}`");
            let names: Vec<String> = self.scope.globals().map(str::to_owned).collect();
            let error = Error::new(Code::Script, message);
            let error = with_nearest(error, name, names.iter().map(String::as_str));
            let error = match error.hint_text() {
                None => error.hint(format!("declare it outside of functions: const {name} = …;")),
                Some(_) => error,
            };
            self.error("unknown_variable", &error, *position);
            return None;
        }
        if self.scope.module(&root.name).is_none()
            && self.native_as_value(&root.name, name, *position)
        {
            return None;
        }
        if let Some(Some(module)) = self.named_module(&root.name, variable.2.position())
            && let Some(Some(module)) = self.checker.modules.get(&module)
            && !module.exports.contains(name)
        {
            let message = format!("`{}` exports no `{name}`", root.name);
            let error = Error::new(Code::Script, message);
            let error = with_nearest(error, name, module.exports.iter().map(String::as_str));
            self.error("unknown_variable", &error, *position);
        }
        None
    }

    /// Native namespaces have functions and nothing else.
    fn native_as_value(&mut self, namespace: &str, name: &str, position: Position) -> bool {
        let Some(functions) = self.checker.known.namespaces.get(namespace) else { return false };
        let error = Error::new(Code::Script, format!("there is no constant `{namespace}::{name}`"));
        let error = match functions.contains_key(name) {
            true => error.hint(format!("to call the function write `{namespace}::{name}(…)`")),
            false => with_nearest(error, name, functions.keys().map(String::as_str)),
        };
        let error = match error.hint_text() {
            Some(_) => error,
            None => {
                error.hint(format!("it has functions only: `imgctl api {namespace}` lists them"))
            }
        };
        self.error("unknown_variable", &error, position);
        true
    }

    /// The module that a name stands for: None if it is none, Some(None) if nothing is known of it.
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
        self.error("unknown_namespace", &error, position);
        None
    }

    pub fn unknown_variable(&mut self, name: &str, position: Position) {
        let is_new = self.told.insert(format!("{}:{name}", self.function));
        if self.evaluates || !is_new {
            return;
        }
        let error = Error::new(Code::Script, format!("there is no variable `{name}`"));
        let near: Vec<String> = self
            .scope
            .variables()
            .chain(self.module.functions.keys().map(String::as_str))
            .chain(self.checker.known.namespaces.keys().map(String::as_str))
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        // What was most likely meant is not told to be unused as well.
        let meant = nearest(name, near.iter().map(String::as_str));
        if let Some(entry) = meant.and_then(|meant| self.scope.variable(meant)) {
            entry.used = true;
        }
        if self.checker.known.namespaces.contains_key(name) {
            let error = error.hint(format!(
                "`{name}` is a namespace: call one of its functions, as `imgctl api {name}` lists them"
            ));
            return self.error("unknown_variable", &error, position);
        }
        // One of the script, or of a function's closures, is not what another name is written for.
        let is_outside = self.scope.is_outside(name).map(|entry| entry.used = true).is_some();
        let error = match is_outside {
            true => error,
            false => with_nearest(error, name, near.iter().map(String::as_str)),
        };
        let global = self.scope.global(name).map(|entry| entry.used = true);
        let of_script = !self.function.is_empty() && global.is_some();
        let error = match error.hint_text() {
            _ if of_script => error.hint(format!("a function reads it as `global::{name}`")),
            None if !self.function.is_empty() => {
                error.hint("a function sees its parameters, and constants as `global::NAME`")
            }
            _ => error,
        };
        self.error("unknown_variable", &error, position);
    }

    /// A closure, read where it is written. `captured` are the expressions of what it captures.
    pub fn closure(&mut self, closure: &FnPtr, captured: &[Expr]) {
        let name = closure.fn_name();
        let ast = self.ast;
        let Some(function) = ast.iter_fn_def().find(|it| it.name == name) else { return };
        if self.trying_to_read(name) {
            return;
        }
        let kinds: Vec<Kind> = captured.iter().map(|it| self.captured(it)).collect();
        let outside = self.scope.enter(None);
        // Where a closure is written, what `eval` has defined can be captured.
        let around = self.evaluates;
        self.enter(&key(name, function.params.len()));
        self.evaluates |= around;
        for (at, parameter) in function.params.iter().enumerate() {
            let kind = kinds.get(at).cloned().flatten();
            self.scope.declare(parameter, Position::NONE, What::Given, kind);
        }
        let body = body(function);
        self.statements(&body, true);
        let left = self.scope.leave(outside);
        self.unused(left);
        self.evaluates = around;
    }

    fn captured(&mut self, expression: &Expr) -> Kind {
        let Expr::Variable(variable, ..) = expression else { return None };
        self.scope.variable(&variable.1).and_then(|entry| entry.kind.clone())
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
