//! Calls: the function or method must exist, and take these arguments.

use rhai::{FnCallExpr, Position};

use super::begin::begin_of;
use super::counts::forms;
use super::file::File;
use super::kind::{self, Kind};
use super::known::{Signature, is_identifier, is_keyword_function};
use super::otherwise;
use super::quick::root;
use super::values::shown;
use crate::error::nearest;
use crate::script::errors::with_nearest;
use crate::script::former;
use crate::{Code, Error};

const HOST: &str = "Host";

/// As many functions of a module are named where none is like the one that was meant.
const SHOWN: usize = 12;

fn script_error(message: String) -> Error {
    Error::new(Code::Script, message)
}

impl File<'_, '_> {
    pub fn call(&mut self, call: &FnCallExpr, position: Position) -> Kind {
        if self.curried(call) {
            return Some("Fn".to_owned());
        }
        self.compared_fact(call);
        // What is meant to fail may be wrong.
        let is_meant_to_fail = root(call).is_none() && call.name == "assert_throws";
        self.trying += usize::from(is_meant_to_fail);
        let kinds: Vec<Kind> = call.args.iter().map(|it| self.value(it)).collect();
        self.trying -= usize::from(is_meant_to_fail);
        if call.op_token.is_some() || !is_identifier(&call.name) {
            return self.operator(call, &kinds, position);
        }
        if root(call).is_none() && is_keyword_function(&call.name) {
            return self.keyword_call(call, &kinds, position);
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
            self.host_arguments(name, &function, call, kinds);
            return None;
        }
        let all = self.checker.known.plain(name);
        let mut counts: Vec<usize> = all.iter().map(|it| it.kinds.len()).collect();
        counts.extend(own.into_iter().flatten().map(|it| it.parameters.len()));
        if counts.contains(&kinds.len()) {
            let kind = self.native(name, "", call, kinds, position);
            self.after_call(call);
            return kind;
        }
        if counts.is_empty() {
            let is_variable = self.scope.variable(name).map(|entry| entry.used = true).is_some();
            let is_namespace = self.checker.known.namespaces.contains_key(name);
            let error = script_error(format!("there is no function `{name}`"));
            let names = self.checker.known.namespaces.get("").into_iter().flat_map(|it| it.keys());
            let names = names.chain(self.module.functions.keys()).map(String::as_str);
            let error = match is_variable {
                true => {
                    error.hint(format!("a function in a variable is called so: {name}.call(…)"))
                }
                false if is_namespace => error.hint(format!(
                    "`{name}` is a namespace: call one of its functions, as `imgctl api {name}` lists them"
                )),
                false => match otherwise::function(name) {
                    Some(hint) => error.hint(hint),
                    None => with_nearest(error, name, names),
                },
            };
            let error = match error.hint_text() {
                Some(_) => error,
                None => error.hint(self.task_of(name).unwrap_or_else(|| {
                    "`imgctl api` lists the functions that there are".to_owned()
                })),
            };
            self.error("unknown_function", &error, position);
            return None;
        }
        let is_host =
            |it: &Signature| it.kinds.first().is_some_and(|of| of.as_deref() == Some(HOST));
        if own.is_none() && counts.contains(&(kinds.len() + 1)) && all.iter().all(is_host) {
            let hint = otherwise::function(name)
                .unwrap_or_else(|| format!("a host stands before the dot: write `host.{name}(…)`"));
            let error = script_error(format!("`{name}` is called without a host")).hint(hint);
            self.error("wrong_count", &error, position);
            return None;
        }
        let forms = forms(name, all.iter().map(|it| it.names.as_slice()), own);
        self.wrong_count(name, kinds.len(), counts, &forms, position);
        None
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
                let error = match (error.hint_text(), otherwise::function(&shown)) {
                    (Some(_), _) => error,
                    (None, Some(hint)) => error.hint(hint),
                    (None, None) => {
                        error.hint(format!("`imgctl api {namespace}` lists what there is"))
                    }
                };
                self.error("unknown_function", &error, position);
                return None;
            }
            if !counts.contains(&count) {
                let all = functions.get(name).into_iter().flatten();
                let forms = forms(&shown, all.map(|it| it.names.as_slice()), None);
                self.wrong_count(&shown, count, counts, &forms, position);
                return None;
            }
            if namespace == "config" && name == "get" {
                self.setting(call);
            }
            if namespace == "hosts" {
                self.inventory(call);
            }
            self.written_out(&shown, call);
            self.local_file(&shown, call);
            if namespace == "local" {
                self.command(name, call);
            }
            if namespace == "task" {
                self.other_task(call);
            }
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
            let names: Vec<&str> = public.clone().take(SHOWN + 1).collect();
            let error = match is_private {
                true => error.hint("it is private to its module"),
                false => with_nearest(error, name, public),
            };
            let error = match error.hint_text() {
                None if names.is_empty() => error.hint("the module has no functions for others"),
                None if names.len() <= SHOWN => {
                    error.hint(format!("use one of: {}", names.join(", ")))
                }
                _ => error,
            };
            let error = match error.hint_text() {
                None => error.hint(format!("`imgctl api {namespace}` lists what there is")),
                Some(_) => error,
            };
            self.error("unknown_function", &error, position);
            return None;
        }
        if !counts.contains(&count) {
            let forms = forms(&shown, std::iter::empty(), module.functions.get(name));
            self.wrong_count(&shown, count, counts, &forms, position);
            return None;
        }
        if let Some(function) = module.function(name, count) {
            self.script_options(&shown, function, call);
            self.host_arguments(&shown, function, call, kinds);
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
            let error = match self.meant_by_method(kind, name) {
                Some(hint) => error.hint(hint),
                None => with_nearest(error, name, names.iter().map(String::as_str)),
            };
            let error = with_reference(error, of);
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
            let is_host =
                |it: &Signature| it.kinds.first().is_some_and(|of| of.as_deref() == Some(HOST));
            let shown =
                if all.iter().all(is_host) { format!("host.{name}") } else { format!(".{name}") };
            let behind = all.iter().map(|it| it.names.get(1..).unwrap_or_default());
            let forms = forms(&shown, behind, None);
            let forms = if own.is_some() { Vec::new() } else { forms };
            self.wrong_count(name, count - 1, counts, &forms, position);
            return None;
        }
        if of.as_deref().is_none_or(|of| of == HOST) {
            self.command(name, call);
            self.local_file(if name == "get" { "host.get" } else { name }, call);
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
        let meant = of.as_deref().and_then(|kind| self.meant_by_method(kind, name));
        let error = match &meant {
            Some(hint) => script_error(message).hint(hint.clone()),
            None => with_nearest(script_error(message), name, names.iter().map(String::as_str)),
        };
        let error = with_reference(error, of);
        // A map may hold a closure of any name; only a name close to a known one is taken for a typo.
        let may_be_map = of.is_none() || of.as_deref() == Some("map");
        let is_near = nearest(name, names.iter().map(String::as_str)).is_some();
        if !may_be_map || is_near || meant.is_some() {
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
        let places: Vec<Position> = call.args.iter().map(begin_of).collect();
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
        places.extend(call.args.iter().map(begin_of));
        self.arguments(name, "", name, kinds, &places, 1, position);
        self.native_options(name, call.args.as_slice(), 1);
        self.called_back(name, call.args.as_slice(), true);
        returned(self.checker.known.plain(name).iter(), kinds)
    }
}

/// Where the methods of a value are listed, if nothing better is known.
fn with_reference(error: Error, of: &Kind) -> Error {
    match (error.hint_text(), of.as_deref()) {
        (None, Some(HOST)) => error.hint("`imgctl api host` lists what a host has"),
        _ => error,
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
