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
        if let Some((message, hint)) = missing::by_schema(path) {
            self.fail("unknown_setting", message, hint, *position);
            return;
        }
        // With a default it may be missing.
        let ([_], Some(config)) = (call.args.as_slice(), self.checker.config) else { return };
        if let Some((message, hint)) = missing::of_project(config, path) {
            self.warn("missing_setting", message, hint, *position);
        }
    }
}
