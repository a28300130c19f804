//! Functions of the language itself, such as `Fn` and `exit`.

use rhai::{Expr, FnCallExpr, Position};

use super::begin::begin_of;
use super::file::File;
use super::kind::Kind;
use super::known::{counts_of_keyword, is_keyword_function};
use crate::script::errors::with_nearest;
use crate::script::status;
use crate::{Code, Error};

impl File<'_, '_> {
    /// Functions of the language that no metadata tells of.
    pub fn keyword_call(&mut self, call: &FnCallExpr, kinds: &[Kind], position: Position) -> Kind {
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
            self.wrong_count(name, count, counts, &[], position);
            return None;
        }
        if let ("exit", [Some(given)], [value]) = (name, kinds, call.args.as_slice())
            && given != "i64"
            && self.trying == 0
        {
            self.error("wrong_type", &status::none(given), begin_of(value));
        }
        match (name, call.args.as_slice()) {
            ("Fn", [Expr::StringConstant(named, at)]) => self.named_function(named, *at),
            ("call", [of, ..]) => {
                self.no_function(kinds.first().unwrap_or(&None), of.position());
            }
            _ => {}
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

    /// `Fn("name")`: a function of the script, or one without a namespace.
    fn named_function(&mut self, name: &str, position: Position) {
        let is_known = self.module.functions.contains_key(name)
            || !self.checker.known.plain(name).is_empty()
            || is_keyword_function(name);
        if is_known || self.trying > 0 || self.evaluates {
            return;
        }
        let error = Error::new(Code::Script, format!("there is no function `{name}`"));
        let error = match name.contains("::") {
            true => error.hint(format!("write a closure that calls it: `|| {name}(…)`")),
            false => {
                let known =
                    self.checker.known.namespaces.get("").into_iter().flat_map(|it| it.keys());
                let all = self.module.functions.keys().chain(known);
                with_nearest(error, name, all.map(String::as_str))
            }
        };
        let error = match error.hint_text() {
            Some(_) => error,
            None => error.hint("`imgctl api` lists the functions that there are"),
        };
        self.error("unknown_function", &error, position);
    }
}
