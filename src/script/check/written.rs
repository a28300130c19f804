//! What is known of texts and maps in variables, from where they are written to where they are used.

use rhai::{BinaryExpr, Expr, FnCallExpr, Ident};

use super::changed::{Written, begin, first_argument, method, method_changes};
use super::file::File;
use super::held::first;
use super::scope::Entry;
use crate::error::nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    /// Text that is written where it is used, or as a constant.
    pub fn written_text(&mut self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::StringConstant(text, _) => Some(text.to_string()),
            _ => self.entry_of(expression)?.text.clone(),
        }
    }

    /// The variable or constant that is named.
    pub fn entry_of(&mut self, expression: &Expr) -> Option<&mut Entry> {
        let Expr::Variable(variable, ..) = expression else { return None };
        let name = variable.1.as_str();
        match variable.2.path.first() {
            None => self.scope.variable(name),
            Some(root) if root.name == "global" => self.scope.global(name),
            Some(_) => None,
        }
    }

    /// The keys of a map that is written here or in a variable, and their values.
    pub fn written_map(&mut self, expression: &Expr) -> Option<Written> {
        match expression {
            Expr::Map(map, _) => {
                let entries = map.0.iter();
                Some(entries.map(|(key, value)| (key.clone(), Some(value.clone()))).collect())
            }
            Expr::Variable(..) => self.entry_of(expression)?.map.clone(),
            // What stands behind the sign replaces what stands before it.
            Expr::FnCall(call, _) if call.op_token.is_some() && call.name == "+" => {
                let [before, behind] = call.args.as_slice() else { return None };
                let mut all = self.written_map(before).unwrap_or_default();
                all.iter_mut().for_each(|(_, value)| *value = None);
                all.extend(self.written_map(behind).unwrap_or_default());
                Some(all)
            }
            _ => None,
        }
    }

    /// What is known of a variable's map behind an assignment to it, or to one of its keys, which must be there.
    pub fn after_assignment(&mut self, target: &Expr) {
        let key = match target {
            Expr::Dot(chain, ..) => first(chain),
            Expr::Index(chain, ..) => match &chain.rhs {
                Expr::StringConstant(key, position) => Some((key.as_str(), *position)),
                _ => None,
            },
            _ => None,
        };
        // The way to what is deeper is read as any value is.
        let is_deeper =
            matches!(target, Expr::Dot(chain, ..) if !matches!(chain.rhs, Expr::Property(..)));
        let Some(name) = begin(target) else { return };
        let Some(entry) = self.scope.variable(name) else { return };
        let Some((key, position)) = key else {
            entry.map = None;
            return;
        };
        let Some(map) = &mut entry.map else { return };
        if let Some((_, value)) = map.iter_mut().find(|(known, _)| known.name == key) {
            *value = None;
            return;
        }
        let keys: Vec<String> = map.iter().map(|(key, _)| key.name.to_string()).collect();
        let error = Error::new(Code::Script, format!("`{name}` has no `{key}`"));
        let add = format!("a map gets a new key by `{name}.set(\"{key}\", value)`");
        let error = match nearest(key, keys.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`? {add}")),
            None => error.hint(add),
        };
        // In a loop, what stands below may have added it.
        let may_be_there = self.changes.may_have_other_keys(name);
        let is_told = is_deeper || may_be_there;
        if !is_told && self.trying == 0 && !self.evaluates && !self.stops {
            self.error("unknown_property", &error, position);
        }
    }

    /// The same behind a method. `map.set("key", value)` adds a key.
    pub fn after_method(&mut self, chain: &BinaryExpr) {
        let Some(entry) = method_changes(chain).and_then(|name| self.scope.variable(name)) else {
            return;
        };
        let added = match method(chain).map(|call| (call.name.as_str(), call.args.as_slice())) {
            Some(("set", [Expr::StringConstant(key, pos), value])) => {
                Some((Ident { name: key.clone(), pos: *pos }, value))
            }
            _ => None,
        };
        let Some((key, value)) = added else {
            entry.map = None;
            return;
        };
        let Some(map) = &mut entry.map else { return };
        if let Some((_, known)) = map.iter_mut().find(|(known, _)| known.name == key.name) {
            *known = None;
            return;
        }
        map.push((key, Some(value.clone())));
    }

    /// Whether a function without a namespace changes none of its arguments.
    pub fn gets_copies(&self, name: &str) -> bool {
        let all = self.checker.known.plain(name);
        self.module.functions.contains_key(name)
            || !all.is_empty() && all.iter().all(|it| !it.changes_first)
    }

    /// The same behind a function without a namespace.
    pub fn after_call(&mut self, call: &FnCallExpr) {
        if self.gets_copies(&call.name) {
            return;
        }
        let Some(entry) = first_argument(call).and_then(|name| self.scope.variable(name)) else {
            return;
        };
        entry.map = None;
    }
}
