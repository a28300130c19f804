//! `config::get("…")` of a key that no configuration can have, or that this one has not, and machines that it does
//! not name.

use rhai::{Expr, FnCallExpr};

use super::diagnostic::Diagnostic;
use super::file::File;
use crate::config::missing;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    pub fn setting(&mut self, call: &FnCallExpr) {
        let (Some(Expr::StringConstant(path, position)), 0) = (call.args.first(), self.trying)
        else {
            return;
        };
        let has_default = call.args.len() > 1;
        if let Some(told) = missing::by_schema(path) {
            // It is always the default; a script may be written for other versions as well.
            if has_default && !told.is_misspelled {
                let message = format!("{}: the value is always the default", told.message);
                let hint = "settings of your own stand below `vars`".to_owned();
                self.warn("unknown_setting", message, Some(hint), *position);
            } else {
                self.fail("unknown_setting", told.message, told.hint, *position);
            }
            return;
        }
        let (false, Some(config)) = (has_default, self.checker.config) else { return };
        if let Some(told) = missing::of_project(config, path) {
            self.warn("missing_setting", told.message, told.hint, *position);
        }
    }

    /// `hosts::get("db1")` and `hosts::group("db")` of what `hosts:` does not have, and machines without their keys.
    pub fn inventory(&mut self, call: &FnCallExpr) {
        let (Some(config), 0) = (self.checker.config, self.trying) else { return };
        let asked = match call.args.first() {
            Some(Expr::StringConstant(name, position)) => Some((name.as_str(), *position)),
            _ => None,
        };
        let is_meant = |machine: &str| match (call.name.as_str(), asked) {
            ("get", Some((name, _))) => machine == name,
            ("group", Some((group, _))) => {
                config.groups_of(machine).is_ok_and(|groups| groups.iter().any(|it| it == group))
            }
            _ => true,
        };
        let all = config.hosts_without_key().into_iter();
        let told = all.filter(|(name, _)| is_meant(name));
        let told = told.map(|(_, error)| Diagnostic::warning("missing_file", &error));
        self.checker.found.extend(told);
        let Some((name, position)) = asked else { return };
        let (what, known): (&str, Vec<String>) = match call.name.as_str() {
            "get" => ("host", config.host_names().map(str::to_owned).collect()),
            "group" => match config.host_groups() {
                Ok(groups) => ("group", groups.into_iter().collect()),
                // It is told with the configuration.
                Err(_) => return,
            },
            _ => return,
        };
        if known.iter().any(|it| it == name) {
            return;
        }
        let error = Error::new(Code::Script, format!("there is no {what} `{name}` in `hosts:`"));
        let error = with_nearest(error, name, known.iter().map(String::as_str));
        let hint = error.hint_text().unwrap_or("add it under `hosts:` in config.yaml").to_owned();
        // Another configuration may have it.
        self.warn("missing_setting", error.message().to_owned(), Some(hint), position);
    }
}
