//! Variables: which value a name stands for, and what may be meant by one that does not exist.

use rhai::{BinaryExpr, Expr, Position};

use super::changed::method;
use super::file::File;
use super::kind::Kind;
use super::known::is_keyword_function;
use super::module::is_closure;
use super::otherwise;
use crate::error::nearest;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    pub fn variable(&mut self, expression: &Expr) -> Kind {
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
            None if functions.contains_key("get") => {
                error.hint(format!("write `{namespace}::get(\"{name}\")`"))
            }
            None => {
                error.hint(format!("it has functions only: `imgctl api {namespace}` lists them"))
            }
        };
        self.error("unknown_variable", &error, position);
        true
    }

    /// `log.info("x")`, `package.install(host, "x")`: what a namespace or module has stands behind `::`.
    pub fn dot_for_colons(&mut self, chain: &BinaryExpr) -> bool {
        let (Expr::Variable(variable, _, position), Some(call)) = (&chain.lhs, method(chain))
        else {
            return false;
        };
        let name = variable.1.as_str();
        let is_variable =
            self.scope.variable(name).is_some() || self.scope.is_outside(name).is_some();
        if !variable.2.is_empty() || self.evaluates || is_variable {
            return false;
        }
        let is_module = self.scope.module(name).map(|entry| entry.used = true).is_some();
        let is_own = self.module.functions.contains_key(name);
        let known = &self.checker.known.namespaces;
        // `JSON.parse(…)`
        let namespace = match is_module || known.contains_key(name) {
            true => name.to_owned(),
            false => name.to_lowercase(),
        };
        if is_own || !is_module && !known.contains_key(&namespace) {
            return false;
        }
        let meant = format!("{namespace}::{}", call.name);
        let exists = known.get(&namespace).is_some_and(|all| all.contains_key(call.name.as_str()));
        let hint = match otherwise::function(&meant) {
            Some(hint) => hint,
            None if is_module || exists => format!("write `{meant}(…)`"),
            None => format!("`imgctl api {namespace}` lists the functions of `{namespace}`"),
        };
        let error = Error::new(Code::Script, format!("there is no variable `{name}`")).hint(hint);
        self.error("unknown_variable", &error, *position);
        call.args.iter().for_each(|it| drop(self.value(it)));
        true
    }

    pub fn unknown_variable(&mut self, name: &str, position: Position) {
        let is_new = self.told.insert(format!("{}:{name}", self.function));
        if self.evaluates || !is_new {
            return;
        }
        let error = Error::new(Code::Script, format!("there is no variable `{name}`"));
        if self.checker.known.namespaces.contains_key(name) {
            let hint = otherwise::variable(name).unwrap_or_else(|| format!(
                "`{name}` is a namespace: call one of its functions, as `imgctl api {name}` lists them"
            ));
            let error = error.hint(hint);
            return self.error("unknown_variable", &error, position);
        }
        // One of the script, or of a function's closures, is not what another name is written for.
        let is_outside = self.scope.is_outside(name).map(|entry| entry.used = true).is_some();
        let elsewhere = self.declared_elsewhere(name, position);
        let is_function = is_keyword_function(name) || !self.checker.known.plain(name).is_empty();
        let error = match elsewhere {
            _ if is_outside => error,
            Some(hint) => error.hint(hint),
            None if is_function && self.function.is_empty() => {
                error.hint(format!("it is a function: call it by `{name}(…)`"))
            }
            None => match self.meant_by_variable(name) {
                Some(hint) => error.hint(hint),
                None => self.nearest_variable(error, name),
            },
        };
        let global = self.scope.global(name).map(|entry| entry.used = true);
        let of_script = !self.function.is_empty() && global.is_some();
        let error = match error.hint_text() {
            _ if of_script => error.hint(format!("a function reads it as `global::{name}`")),
            None if !self.function.is_empty() => {
                error.hint("a function sees its parameters, and constants as `global::NAME`")
            }
            None => error.hint(self.task_of(name).unwrap_or_else(|| {
                format!("declare it first: `let {name} = …;`, or write text in quotes: \"{name}\"")
            })),
            _ => error,
        };
        self.error("unknown_variable", &error, position);
    }

    /// A variable that is assigned to and does not exist.
    pub fn unknown_target(&mut self, name: &str, position: Position) {
        let known: Vec<String> = self.scope.variables().map(str::to_owned).collect();
        let is_near = nearest(name, known.iter().map(String::as_str)).is_some();
        let is_outside = self.scope.is_outside(name).is_some();
        if is_near
            || is_outside
            || self.evaluates
            || !self.told.insert(format!("{}:{name}", self.function))
        {
            return self.unknown_variable(name, position);
        }
        let error = Error::new(Code::Script, format!("there is no variable `{name}`"))
            .hint(format!("declare it by `let`: `let {name} = …;`"));
        self.error("unknown_variable", &error, position);
    }

    /// The name that is most likely meant, which is not told to be unused as well.
    fn nearest_variable(&mut self, error: Error, name: &str) -> Error {
        let near: Vec<String> = self
            .scope
            .variables()
            .chain(self.module.functions.keys().map(String::as_str))
            .chain(self.checker.known.namespaces.keys().map(String::as_str))
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        let meant = nearest(name, near.iter().map(String::as_str));
        if let Some(entry) = meant.and_then(|meant| self.scope.variable(meant)) {
            entry.used = true;
        }
        with_nearest(error, name, near.iter().map(String::as_str))
    }

    /// What to do where the same function declares a variable of that name below, or in a block that has ended.
    fn declared_elsewhere(&mut self, name: &str, position: Position) -> Option<String> {
        let here = self.function_at(position);
        let all = self.declared.iter().filter(|(known, _)| known == name).map(|(_, at)| *at);
        let all: Vec<Position> = all.filter(|at| self.function_at(*at) == here).collect();
        if let Some(line) = all.iter().filter(|at| **at > position).find_map(|at| at.line()) {
            // It is not told to be unused as well.
            self.early.insert(name.to_owned());
            return Some(format!("it is declared below, in line {line}: move that line up"));
        }
        let line = all.last()?.line()?;
        Some(format!(
            "that of line {line} ends with its block: declare it above the block and assign it there, `{name} = …;`"
        ))
    }

    /// Which of the functions with a name a place is in. None: it is outside of them.
    fn function_at(&self, position: Position) -> Option<usize> {
        let is_around = |body: (Position, Position)| body.0 <= position && position <= body.1;
        let functions = self.ast.iter_fn_def().filter(|it| !is_closure(it));
        functions.map(|it| (it.body.start_position(), it.body.end_position())).position(is_around)
    }
}
