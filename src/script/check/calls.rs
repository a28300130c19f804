//! Calls: the function or method must exist, and take these arguments.

use rhai::{Expr, FnCallExpr, Position};

use super::file::File;
use super::kind::{self, Kind};
use super::known::{Signature, counts_of_keyword, is_identifier, is_keyword_function};
use super::quick::root;
use super::values::shown;
use crate::script::errors::with_nearest;
use crate::script::former;
use crate::{Code, Error};

fn script_error(message: String) -> Error {
    Error::new(Code::Script, message)
}

impl File<'_, '_> {
    pub fn call(&mut self, call: &FnCallExpr, position: Position) -> Kind {
        if self.curried(call) {
            return Some("Fn".to_owned());
        }
        // What is meant to fail may be wrong.
        let is_meant_to_fail = root(call).is_none() && call.name == "assert_throws";
        self.trying += usize::from(is_meant_to_fail);
        let kinds: Vec<Kind> = call.args.iter().map(|it| self.value(it)).collect();
        self.trying -= usize::from(is_meant_to_fail);
        if call.op_token.is_some() || !is_identifier(&call.name) {
            return self.operator(call, &kinds, position);
        }
        if root(call).is_none() && is_keyword_function(&call.name) {
            return self.keyword_call(call, position);
        }
        if call.namespace.path.len() > 1 {
            let name = call.namespace.path[0].name.to_string();
            self.named_module(&name, call.namespace.position());
            return None;
        }
        match root(call).map(str::to_owned) {
            None => self.plain_call(call, &kinds, position),
            Some(name) => self.named_call(&name, call, &kinds, position),
        }
    }

    fn plain_call(&mut self, call: &FnCallExpr, kinds: &[Kind], position: Position) -> Kind {
        let name = call.name.as_str();
        if name == "step"
            && let Some(step) = call.args.first()
            && let Some(written) = self.written_text(step)
        {
            self.step(&written, step.position());
        }
        let own = self.module.functions.get(name);
        if let Some(function) = self.module.function(name, kinds.len()) {
            let function = function.clone();
            self.script_options(name, &function, call);
            return None;
        }
        let all = self.checker.known.plain(name);
        let mut counts: Vec<usize> = all.iter().map(|it| it.kinds.len()).collect();
        counts.extend(own.into_iter().flatten().map(|it| it.parameters.len()));
        if counts.contains(&kinds.len()) {
            return self.native(name, "", call, kinds, position);
        }
        if counts.is_empty() {
            let is_variable = self.scope.variable(name).map(|entry| entry.used = true).is_some();
            let error = script_error(format!("there is no function `{name}`"));
            let names = self.checker.known.namespaces.get("").into_iter().flat_map(|it| it.keys());
            let names = names.chain(self.module.functions.keys()).map(String::as_str);
            let error = match is_variable {
                true => {
                    error.hint(format!("a function in a variable is called so: {name}.call(…)"))
                }
                false => with_nearest(error, name, names),
            };
            self.error("unknown_function", &error, position);
            return None;
        }
        self.wrong_count(name, kinds.len(), counts, position);
        None
    }

    /// Text that is written where it is used, or as a constant.
    fn written_text(&mut self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::StringConstant(text, _) => Some(text.to_string()),
            Expr::Variable(variable, ..) => {
                let name = variable.1.as_str();
                let entry = match variable.2.path.first() {
                    None => self.scope.variable(name),
                    Some(root) if root.name == "global" => self.scope.global(name),
                    Some(_) => None,
                };
                entry.and_then(|entry| entry.text.clone())
            }
            _ => None,
        }
    }

    /// Functions of the language that no metadata tells of.
    fn keyword_call(&mut self, call: &FnCallExpr, position: Position) -> Kind {
        let (name, count) = (call.name.as_str(), call.args.len());
        if self.module.function(name, count).is_some() {
            return None;
        }
        if name == "is_def_var"
            && let Some(Expr::StringConstant(asked, _)) = call.args.first()
            && let Some(entry) = self.scope.variable(asked)
        {
            entry.used = true;
        }
        let is_wrong = counts_of_keyword(name).is_some_and(|counts| !counts.contains(&count));
        if is_wrong && self.trying == 0 && !self.module.functions.contains_key(name) {
            let counts = counts_of_keyword(name).unwrap_or_default().to_vec();
            self.wrong_count(name, count, counts, position);
            return None;
        }
        if let ("exit", [Expr::IntegerConstant(status, _)]) = (name, call.args.as_slice())
            && *status != 0
        {
            let message = format!("`exit({status})` ends the script with success");
            let hint = format!("write `task::exit({status})` to fail with this status");
            self.warn("exit", message, Some(hint), position);
        }
        let kind = match name {
            "print" | "debug" => "()",
            "type_of" => "string",
            "is_shared" | "is_def_var" | "is_def_fn" => "bool",
            "Fn" => "Fn",
            _ => return None,
        };
        Some(kind.to_owned())
    }

    fn named_call(
        &mut self,
        namespace: &str,
        call: &FnCallExpr,
        kinds: &[Kind],
        position: Position,
    ) -> Kind {
        let (name, count) = (call.name.as_str(), kinds.len());
        let shown = format!("{namespace}::{name}");
        if self.scope.module(namespace).is_none()
            && self.checker.known.namespaces.contains_key(namespace)
        {
            let functions = &self.checker.known.namespaces[namespace];
            let counts = functions.get(name).into_iter().flatten().map(|it| it.kinds.len());
            let counts: Vec<usize> = counts.collect();
            if let Some(error) = former::refuse(&shown, &call.args, counts.contains(&count)) {
                self.error("former_call", &error, position);
                return None;
            }
            if counts.is_empty() {
                let error = script_error(format!("there is no function `{shown}`"));
                let error = with_nearest(error, name, functions.keys().map(String::as_str));
                self.error("unknown_function", &error, position);
                return None;
            }
            if !counts.contains(&count) {
                self.wrong_count(&shown, count, counts, position);
                return None;
            }
            if namespace == "config" && name == "get" {
                self.setting(call);
            }
            self.written_out(&shown, call);
            return self.native(name, namespace, call, kinds, position);
        }
        // Its functions cannot be known.
        let module = self.named_module(namespace, call.namespace.position())??;
        let module = self.checker.modules.get(&module).cloned().flatten()?;
        let all = module.functions.get(name).into_iter().flatten().filter(|it| !it.is_private);
        let counts: Vec<usize> = all.map(|it| it.parameters.len()).collect();
        if let Some(error) = former::refuse(&shown, &call.args, counts.contains(&count)) {
            self.error("former_call", &error, position);
            return None;
        }
        if counts.is_empty() {
            let error = script_error(format!("there is no function `{shown}`"));
            let public =
                module.functions.iter().filter(|(_, all)| all.iter().any(|it| !it.is_private));
            let public = public.map(|(name, _)| name.as_str());
            let is_private = module.functions.contains_key(name);
            let error = match is_private {
                true => error.hint("it is private to its module"),
                false => with_nearest(error, name, public),
            };
            self.error("unknown_function", &error, position);
            return None;
        }
        if !counts.contains(&count) {
            self.wrong_count(&shown, count, counts, position);
            return None;
        }
        if let Some(function) = module.function(name, count) {
            self.script_options(&shown, function, call);
        }
        None
    }

    /// A method is a function whose first argument is written before the dot, or a closure in a map.
    pub fn method(&mut self, of: &Kind, call: &FnCallExpr, position: Position) -> Kind {
        let mut kinds: Vec<Kind> = vec![of.clone()];
        kinds.extend(call.args.iter().map(|it| self.value(it)).collect::<Vec<_>>());
        let (name, count) = (call.name.as_str(), kinds.len());
        self.receiver.clone_from(of);
        if !is_identifier(name) || is_keyword_function(name) {
            if name == "call" && call.args.is_empty() {
                self.no_function(of, position);
            }
            return None;
        }
        // A function of the script has the value as `this`, and so takes one argument fewer.
        let own = self.module.functions.get(name);
        if own.into_iter().flatten().any(|it| it.parameters.len() + 1 == count) {
            return None;
        }
        let all = self.checker.known.plain(name);
        if all.is_empty() && own.is_none() {
            return self.no_such_method(of, name, position);
        }
        let is_map = of.as_deref() == Some("map");
        if let (Some(kind), false) = (of, is_map)
            && !all.iter().any(|it| it.kinds.first().is_some_and(|it| kind::fits(of, it)))
            && own.is_none()
        {
            let error = script_error(format!("{} has no method `{name}`", shown(kind)));
            let names = self.methods_of(of);
            let error = with_nearest(error, name, names.iter().map(String::as_str));
            self.error("unknown_method", &error, position);
            return None;
        }
        if self.may_be_held(of, name) {
            return None;
        }
        let mut counts: Vec<usize> = all.iter().map(|it| it.kinds.len()).collect();
        counts.extend(own.into_iter().flatten().map(|it| it.parameters.len() + 1));
        if !counts.contains(&count) {
            let counts = counts.into_iter().filter(|it| *it > 0).map(|it| it - 1).collect();
            self.wrong_count(name, count - 1, counts, position);
            return None;
        }
        self.native_method(name, call, &kinds, position)
    }

    /// A value of that type may hold a function under this name.
    pub fn may_be_held(&self, of: &Kind, name: &str) -> bool {
        of.as_deref().is_none_or(|kind| kind == "map") && self.checker.keys.contains(name)
    }

    fn no_such_method(&mut self, of: &Kind, name: &str, position: Position) -> Kind {
        if self.may_be_held(of, name) || self.evaluates {
            return None;
        }
        let names = match of.as_deref() {
            Some(_) => self.methods_of(of),
            None => {
                let known = &self.checker.known;
                let all = known.namespaces.get("").into_iter().flat_map(|it| it.keys());
                let all = all.chain(self.module.functions.keys()).chain(known.properties.keys());
                all.cloned().collect()
            }
        };
        let message = match of.as_deref() {
            Some(kind) if kind != "map" => format!("{} has no method `{name}`", shown(kind)),
            _ => format!("there is no method `{name}`"),
        };
        let error = with_nearest(script_error(message), name, names.iter().map(String::as_str));
        // A map may hold a closure of any name; only a name close to a known one is taken for a typo.
        let may_be_map = of.is_none() || of.as_deref() == Some("map");
        if !may_be_map || error.hint_text().is_some() {
            self.error("unknown_method", &error, position);
        }
        None
    }

    fn methods_of(&self, of: &Kind) -> Vec<String> {
        let fits =
            |it: &Signature| it.kinds.first().is_some_and(|kind| kind.is_some() && kind == of);
        let all = self.checker.known.namespaces.get("").into_iter().flatten();
        let all = all.filter(|(name, all)| is_identifier(name) && all.iter().any(fits));
        all.map(|(name, _)| name.clone()).chain(self.module.functions.keys().cloned()).collect()
    }

    pub fn wrong_count(&mut self, shown: &str, count: usize, mut counts: Vec<usize>, at: Position) {
        counts.sort_unstable();
        counts.dedup();
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let given = if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") };
        let error = script_error(format!("`{shown}` does not take {given}"))
            .hint(format!("pass {}", counts.join(" or ")));
        self.error("wrong_count", &error, at);
    }

    fn native(
        &mut self,
        name: &str,
        namespace: &str,
        call: &FnCallExpr,
        kinds: &[Kind],
        position: Position,
    ) -> Kind {
        let shown =
            if namespace.is_empty() { name.to_owned() } else { format!("{namespace}::{name}") };
        let places: Vec<Position> = call.args.iter().map(Expr::position).collect();
        self.arguments(&shown, namespace, name, kinds, &places, 0, position);
        self.native_options(&shown, call.args.as_slice(), 0);
        self.called_back(&shown, call.args.as_slice(), false);
        let known = &self.checker.known;
        let all = known.namespaces.get(namespace).and_then(|all| all.get(name));
        returned(all.into_iter().flatten(), kinds)
    }

    fn native_method(
        &mut self,
        name: &str,
        call: &FnCallExpr,
        kinds: &[Kind],
        position: Position,
    ) -> Kind {
        let mut places = vec![position];
        places.extend(call.args.iter().map(Expr::position));
        self.arguments(name, "", name, kinds, &places, 1, position);
        self.native_options(name, call.args.as_slice(), 1);
        self.called_back(name, call.args.as_slice(), true);
        returned(self.checker.known.plain(name).iter(), kinds)
    }

    /// Tells of an argument of a type that no function of that name takes there. `first` is 1 if the
    /// first one is written before the dot.
    #[expect(clippy::too_many_arguments, reason = "each says another thing about one call")]
    fn arguments(
        &mut self,
        shown_name: &str,
        namespace: &str,
        name: &str,
        kinds: &[Kind],
        places: &[Position],
        first: usize,
        position: Position,
    ) {
        if self.trying > 0 || self.module.functions.contains_key(name) && namespace.is_empty() {
            return;
        }
        let Some(all) = self.checker.known.namespaces.get(namespace).and_then(|it| it.get(name))
        else {
            return;
        };
        let all: Vec<&Signature> = all.iter().filter(|it| it.kinds.len() == kinds.len()).collect();
        let matching = |it: &Signature| {
            it.kinds
                .iter()
                .zip(kinds)
                .take_while(|(wanted, given)| kind::fits(given, wanted))
                .count()
        };
        let Some(best) = all.iter().max_by_key(|it| matching(it)) else { return };
        let at = matching(best);
        let (Some(Some(given)), true) = (kinds.get(at), at >= first) else { return };
        // What else may stand there, where the arguments before are the same.
        let mut wanted: Vec<&str> = all
            .iter()
            .filter(|it| matching(it) == at)
            .filter_map(|it| it.kinds[at].as_deref())
            .map(shown)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let number = at + 1 - first;
        let parameter = best.names.get(at).filter(|it| !it.is_empty());
        let parameter = parameter.map(|it| format!(" (`{it}`)")).unwrap_or_default();
        let message = format!("argument {number}{parameter} of `{shown_name}` is {}", shown(given));
        let place = places.get(at).copied().filter(|it| !it.is_none()).unwrap_or(position);
        let error = script_error(message).hint(format!("pass {}", wanted.join(" or ")));
        self.error("wrong_type", &error, place);
    }
}

/// The type of the result, if all functions that may be meant agree.
fn returned<'s>(all: impl Iterator<Item = &'s Signature>, kinds: &[Kind]) -> Kind {
    let fits = |it: &&Signature| {
        it.kinds.len() == kinds.len()
            && it.kinds.iter().zip(kinds).all(|(wanted, given)| kind::fits(given, wanted))
    };
    let mut all = all.filter(fits).map(|it| &it.returns);
    let first = all.next()?;
    if all.all(|it| it == first) { first.clone() } else { None }
}
