//! `config::get("…")` of a key that no configuration can have, or that this one has not.

use rhai::{Expr, FnCallExpr};

use super::file::File;
use crate::config::missing;

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
}
