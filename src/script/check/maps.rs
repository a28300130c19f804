//! Keys of maps that are known as a whole: those of a host's facts, and of variables that are written out and
//! neither changed nor handed on.

use rhai::{ASTFlags, BinaryExpr, Expr, Position};

use super::file::File;
use super::held::first;
use super::kind::Kind;
use crate::script::api::known::FACTS;
use crate::script::errors::with_nearest;
use crate::{Code, Error};

impl File<'_, '_> {
    /// `map.key` of a variable.
    pub fn key_of_variable(&mut self, chain: &BinaryExpr, flags: ASTFlags) {
        let Expr::Variable(variable, ..) = &chain.lhs else { return };
        let is_optional = flags.contains(ASTFlags::NEGATED);
        if !variable.2.is_empty() || is_optional || self.handed_on.contains(variable.1.as_str()) {
            return;
        }
        let Some((key, position)) = first(chain) else { return };
        let keys = self.scope.variable(&variable.1).and_then(|entry| entry.keys.clone());
        let Some(keys) = keys.filter(|keys| !keys.iter().any(|it| it == key)) else { return };
        let whose = format!("`{}`", variable.1);
        self.no_key(&whose, key, &keys, position);
    }

    /// `host.os.key`
    pub fn key_of_facts(&mut self, of: &Kind, chain: &BinaryExpr) {
        let Expr::Property(property, _) = &chain.lhs else { return };
        if of.as_deref() != Some("Host") || property.2 != "os" {
            return;
        }
        let Some((key, position)) = first(chain) else { return };
        if !FACTS.contains(&key) {
            let keys = FACTS.map(str::to_owned);
            self.no_key("`host.os`", key, &keys, position);
        }
    }

    fn no_key(&mut self, whose: &str, key: &str, keys: &[String], position: Position) {
        if self.trying > 0 || self.evaluates || self.stops {
            return;
        }
        let known = keys.iter().map(String::as_str);
        let error = Error::new(Code::Script, format!("{whose} has no `{key}`"));
        let error = with_nearest(error, key, known);
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
