//! Values that are used although the call returns nothing, and results that nobody uses.

use rhai::{ASTFlags, Expr, FnCallExpr, Position};

use super::begin::begin_of;
use super::file::File;
use super::kind::{self, Kind};
use super::known::{Signature, is_identifier, is_keyword_function};
use super::pure::{calls_nothing, is_written_out, leaves_as_is};
use super::quick::root;
use crate::script::api::known::WITHOUT_EFFECTS;
use crate::script::kind as words;
use crate::{Code, Error};

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

    /// What `if`, `while`, `&&` and `||` ask.
    pub fn condition(&mut self, expression: &Expr) {
        let kind = self.value(expression);
        let Some(kind) = kind.filter(|it| it != "bool" && it != "()") else { return };
        if self.trying > 0 {
            return;
        }
        let hint = match kind.as_str() {
            "CommandResult" => "ask for its status: `result.status == 0`, or use `host.test(…)`",
            "string" => "compare it: `text != \"\"`",
            "array" | "map" => "ask for what is in it: `!x.is_empty()`",
            _ => "compare it with another value",
        };
        let message = format!("a condition is true or false, not {}", shown(&kind));
        let error = Error::new(Code::Script, message).hint(hint);
        self.error("wrong_type", &error, begin_of(expression));
    }

    /// A call that returns nothing stands where a value is wanted.
    pub fn nothing(&mut self, expression: &Expr) {
        if let Expr::Stmt(block) = expression
            && block.statements().is_empty()
        {
            return self.empty_block(expression.position());
        }
        let Some((call, position, is_method)) = last_call(expression) else { return };
        self.no_value(call, position, is_method);
    }

    pub fn no_value(&mut self, call: &FnCallExpr, position: Position, is_method: bool) {
        let name = call.name.as_str();
        let message = format!("`{name}` returns nothing");
        let hint = match is_method {
            true => format!(
                "it changes the value before the dot: write `x.{name}(…);` as a line, then use `x`"
            ),
            false => "call it on a line of its own".to_owned(),
        };
        self.fail("no_value", message, Some(hint), position);
    }

    /// `is_last`: the last line of a block may be written as its value, although nobody uses that.
    pub fn dropped(&mut self, expression: &Expr, is_last: bool) {
        match last_call(expression) {
            Some((call, position, false)) => self.dropped_call(call, position, is_last),
            Some((call, position, true)) => {
                self.dropped_result(call, position, call.args.len() + 1, true);
            }
            None if !is_last && self.trying == 0 && is_written_out(expression) => {
                let hint = "remove it, or use it, as in `let value = …`";
                let message = "this value is not used".to_owned();
                self.warn("unused_result", message, Some(hint.to_owned()), expression.position());
            }
            None => {}
        }
    }

    pub fn dropped_call(&mut self, call: &FnCallExpr, position: Position, is_last: bool) {
        if call.op_token.is_none() {
            return self.dropped_result(call, position, call.args.len(), false);
        }
        if is_last || self.trying > 0 || !call.args.iter().all(calls_nothing) {
            return;
        }
        let message = format!("the result of `{}` is not used", call.name);
        let hint = match call.name.as_str() {
            "==" => "it only compares: to change a variable write `=`",
            _ => "it changes nothing: use what it returns, as in `let changed = …`",
        };
        self.warn("unused_result", message, Some(hint.to_owned()), position);
    }

    /// A function that only makes a value, as a line of its own, does nothing.
    fn dropped_result(
        &mut self,
        call: &FnCallExpr,
        position: Position,
        count: usize,
        is_method: bool,
    ) {
        let name = call.name.as_str();
        let is_special = !is_identifier(name) || is_keyword_function(name);
        let receiver = if is_method { self.receiver.clone() } else { None };
        let may_be_held = is_method && self.may_be_held(&receiver, name);
        // There it may be meant to throw.
        if is_special || self.trying > 0 || may_be_held {
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
        // What may be any value can be asked for only to see whether it is one, as with `json::parse`.
        let is_computed = |it: &Signature| it.returns.is_some() && !it.returns_nothing();
        let only_reads = receiver.as_deref().is_some_and(|kind| leaves_as_is(kind, name))
            && !call.args.iter().any(|it| self.has_effects(it));
        let is_useless = match WITHOUT_EFFECTS.contains(&namespace) {
            true => all.peek().is_some() && all.all(is_computed),
            false => only_reads || all.peek().is_some() && all.all(makes_value),
        };
        if is_useless {
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
