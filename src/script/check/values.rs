//! Values that are used although there are none, and results that nobody uses.

use rhai::{ASTFlags, Expr, FnCallExpr, Position};

use super::file::File;
use super::kind::{self, Kind};
use super::known::{Signature, is_identifier, is_keyword_function};
use super::quick::root;
use crate::script::kind as words;

/// A type in words.
pub fn shown(kind: &str) -> &'static str {
    words::kind(kind)
}

impl File<'_, '_> {
    /// An expression whose value is used.
    pub fn value(&mut self, expression: &Expr) -> Kind {
        let kind = self.expression(expression);
        if kind.as_deref() == Some("()") && !matches!(expression, Expr::Unit(_)) {
            self.nothing(expression);
            return None;
        }
        kind
    }

    /// A call that returns nothing stands where a value is wanted.
    fn nothing(&mut self, expression: &Expr) {
        let Some((call, position, is_method)) = last_call(expression) else { return };
        let name = call.name.as_str();
        if is_method && self.keys.contains(name) {
            return;
        }
        let message = format!("`{name}` returns nothing");
        let hint = match is_method {
            true => format!(
                "it changes the value before the dot: write `x.{name}(…);` as a line, then use `x`"
            ),
            false => "call it on a line of its own".to_owned(),
        };
        self.fail("no_value", message, Some(hint), position);
    }

    pub fn dropped(&mut self, expression: &Expr) {
        match last_call(expression) {
            Some((call, position, false)) => self.dropped_call(call, position),
            Some((call, position, true)) => {
                self.dropped_result(call, position, call.args.len() + 1)
            }
            None => {}
        }
    }

    pub fn dropped_call(&mut self, call: &FnCallExpr, position: Position) {
        self.dropped_result(call, position, call.args.len());
    }

    /// A function that only makes a value, as a line of its own, does nothing.
    fn dropped_result(&mut self, call: &FnCallExpr, position: Position, count: usize) {
        let name = call.name.as_str();
        let is_special =
            call.op_token.is_some() || !is_identifier(name) || is_keyword_function(name);
        // There it may be meant to throw.
        if is_special || self.trying > 0 || self.keys.contains(name) {
            return;
        }
        let namespace = root(call).unwrap_or_default();
        if self.scope.module(namespace).is_some() || self.module.functions.contains_key(name) {
            return;
        }
        let known = &self.checker.known;
        let all = known.namespaces.get(namespace).and_then(|all| all.get(name));
        let mut all = all.into_iter().flatten().filter(|it| it.kinds.len() == count).peekable();
        let makes_value = |it: &Signature| {
            it.is_of_language && !it.returns_nothing() && !it.changes_first && count > 0
        };
        if all.peek().is_some() && all.all(makes_value) {
            let message = format!("the result of `{name}` is not used");
            let hint = "it changes nothing: use what it returns, as in `let changed = …`";
            self.warn("unused_result", message, Some(hint.to_owned()), position);
        }
    }
}

/// The call whose result is that of the expression, and whether it is a method.
fn last_call(expression: &Expr) -> Option<(&FnCallExpr, Position, bool)> {
    match expression {
        Expr::FnCall(call, position) => Some((call, *position, false)),
        Expr::MethodCall(call, position) => Some((call, *position, true)),
        Expr::Dot(chain, flags, _) | Expr::Index(chain, flags, _) => {
            let is_index = matches!(expression, Expr::Index(..));
            if is_index && flags.contains(ASTFlags::BREAK) {
                return None;
            }
            last_call(&chain.rhs).filter(|(_, _, is_method)| *is_method)
        }
        _ => None,
    }
}

/// Whether a literal may stand where a default of this type is.
pub fn replaces(given: &Kind, default: &Kind) -> bool {
    default.as_deref() == Some("()") || kind::fits(given, default)
}
