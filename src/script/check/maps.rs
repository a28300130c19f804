//! Keys of maps that are known as a whole: those of variables that are written out and not
//! changed, of a task's arguments, and of options over their defaults.

use rhai::{ASTFlags, BinaryExpr, Expr, FnCallExpr, Position};

use super::file::File;
use super::held::first;
use super::quick::root;
use super::scope::What;
use crate::error::nearest;
use crate::script::errors::{self, with_nearest};
use crate::script::shipped::Shelf;
use crate::{Code, Error};

impl File<'_, '_> {
    /// The keys of a map, if all of them are known.
    pub fn keys_of(&mut self, value: &Expr) -> Option<Vec<String>> {
        match value {
            Expr::Map(map, _) => Some(map.0.iter().map(|(key, _)| key.name.to_string()).collect()),
            Expr::Variable(variable, ..) if !self.changes.may_have_other_keys(&variable.1) => {
                self.entry_of(value)?.keys.clone()
            }
            Expr::FnCall(call, _) => self.keys_of_call(call),
            _ => None,
        }
    }

    /// What `args::parse` and `options::over` return has the keys that they are given, and no others.
    fn keys_of_call(&mut self, call: &FnCallExpr) -> Option<Vec<String>> {
        let namespace = root(call)?.to_owned();
        match (call.name.as_str(), call.args.as_slice()) {
            ("parse", [required, optional])
                if namespace == "args" && self.scope.module("args").is_none() =>
            {
                let Expr::Array(required, _) = required else { return None };
                let mut keys = Vec::new();
                for name in required {
                    keys.push(self.written_text(name)?);
                }
                keys.extend(self.keys_of(optional)?);
                Some(keys)
            }
            ("over", [defaults, ..]) => {
                let What::Module(Some(module)) = &self.scope.module(&namespace)?.what else {
                    return None;
                };
                let is_of_library = module == &format!("{}/options.rhai", Shelf::Stdlib.folder());
                if is_of_library { self.keys_of(defaults) } else { None }
            }
            _ => None,
        }
    }

    /// `map.key` of a variable.
    pub fn key_of_variable(&mut self, chain: &BinaryExpr, flags: ASTFlags) {
        let Expr::Variable(variable, ..) = &chain.lhs else { return };
        let is_optional = flags.contains(ASTFlags::NEGATED);
        if !variable.2.is_empty() || is_optional || self.changes.may_have_other_keys(&variable.1) {
            return;
        }
        let Some((key, position)) = first(chain) else { return };
        let Some(entry) = self.scope.variable(&variable.1) else { return };
        let (keys, is_caught) = (entry.keys.clone(), entry.is_caught);
        // A script may throw a map with keys of its own: told is only what is nearly one of an error's.
        if is_caught
            && !errors::KEYS.contains(&key)
            && !self.written.contains(key)
            && nearest(key, errors::KEYS).is_some()
        {
            return self.no_key(
                &format!("`{}`", variable.1),
                key,
                &errors::KEYS.map(str::to_owned),
                position,
            );
        }
        let Some(keys) = keys.filter(|keys| !keys.iter().any(|it| it == key)) else { return };
        let whose = format!("`{}`", variable.1);
        self.no_key(&whose, key, &keys, position);
    }

    pub fn no_key(&mut self, whose: &str, key: &str, keys: &[String], position: Position) {
        if self.trying > 0 || self.evaluates || self.stops {
            return;
        }
        let known = keys.iter().map(String::as_str);
        let error = Error::new(Code::Script, format!("{whose} has no `{key}`"));
        let error = match self.called_without("map", key) {
            Some(hint) => error.hint(hint),
            None => with_nearest(error, key, known),
        };
        let error = match error.hint_text() {
            None if keys.is_empty() => {
                error.hint("the map is empty: `map.set(\"key\", value)` adds one")
            }
            None => error.hint(format!("it has: {}", keys.join(", "))),
            Some(_) => error,
        };
        self.error("unknown_property", &error, position);
    }
}
