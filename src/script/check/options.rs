//! Options in maps that are written out: their names, and the types of values that are literals.

use rhai::{Dynamic, Expr, FnCallExpr, Ident, Map, Position};

use super::file::File;
use super::kind;
use super::module::ScriptFunction;
use super::values::{replaces, shown};
use crate::script::api::option_maps;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    /// Those of a native function, by the struct that reads them.
    pub fn native_options(&mut self, name: &str, arguments: &[Expr], first: usize) {
        if self.trying > 0 {
            return;
        }
        let Some(reader) = option_maps::of(name) else { return };
        let (namespace, plain) = name.split_once("::").unwrap_or(("", name));
        let count = arguments.len() + first;
        let known = &self.checker.known;
        let all = known.namespaces.get(namespace).and_then(|all| all.get(plain));
        let meant = all.into_iter().flatten().find(|it| it.kinds.len() == count);
        let at = meant.and_then(|it| it.names.iter().position(|it| it == reader.parameter));
        let Some(given) = at.and_then(|at| arguments.get(at.checked_sub(first)?)) else { return };
        for (key, value) in self.written_map(given).into_iter().flatten() {
            let fields = (reader.fields)();
            if !fields.contains(&key.name.as_str()) {
                self.unknown_option(reader.name, &key, fields.iter().copied());
                continue;
            }
            let Some(value) = value.and_then(|value| value.get_literal_value(None)) else {
                continue;
            };
            let misfit = |value: Dynamic| {
                let only = Map::from_iter([(key.name.as_str().into(), value)]);
                (reader.misfit)(reader.name, &key.name, only)
            };
            let is_number = value.is_int() || value.is_float();
            if let Some(error) = misfit(value.clone()) {
                let error = match error.hint_text() {
                    None if is_number && misfit(value.to_string().into()).is_none() => {
                        error.hint(format!("write it in quotes: `{}: \"…\"`", key.name))
                    }
                    _ => error,
                };
                self.option("wrong_type", &error, key.pos);
            }
        }
    }

    /// Those of a function of the library or of the script, by the defaults that it lays them over.
    pub fn script_options(&mut self, name: &str, function: &ScriptFunction, call: &FnCallExpr) {
        if self.trying > 0 {
            return;
        }
        for (at, options) in &function.options {
            let map = call.args.get(*at).and_then(|given| self.written_map(given));
            for (key, value) in map.into_iter().flatten() {
                let kind = value.as_ref().and_then(kind::literal);
                match options.get(key.name.as_str()) {
                    None => self.unknown_option(name, &key, options.keys().map(String::as_str)),
                    Some(default) if !replaces(&kind, default) => {
                        let words = |kind: &kind::Kind| {
                            shown(kind.as_deref().unwrap_or_default()).to_owned()
                        };
                        let given = words(&kind);
                        let message = format!("the option `{}` of {name} is {given}", key.name);
                        let error = Error::new(Code::Script, message)
                            .hint(format!("pass {}", words(default)));
                        self.option("wrong_type", &error, key.pos);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn unknown_option<'a>(
        &mut self,
        name: &str,
        key: &Ident,
        known: impl Iterator<Item = &'a str> + Clone,
    ) {
        let message = format!("{name} has no option `{}`", key.name);
        let error = with_nearest(Error::new(Code::Script, message), &key.name, known.clone());
        let error = match error.hint_text() {
            None => error.hint(format!("use one of: {}", known.collect::<Vec<_>>().join(", "))),
            Some(_) => error,
        };
        self.option("unknown_option", &error, key.pos);
    }

    /// A map in a variable may be given to several calls: each mistake is told once.
    fn option(&mut self, code: &'static str, error: &Error, at: Position) {
        if self.told.insert(format!("{at}: {}", error.message())) {
            self.error(code, error, at);
        }
    }
}
